"""Sound files as Asterisk plays them."""

from __future__ import annotations

import wave
from pathlib import Path

from asterisk_conf.command import Command, ToolFailed

RATE = 8000
SAMPLE_BYTES = 2


def length_s(path: Path) -> float:
    """Seconds of a wav file.  Raises wave.Error or EOFError when it is none, OSError when it is not there."""
    with wave.open(str(path)) as sound:
        return _frames(sound) / float(sound.getframerate())


def playable(path: Path) -> bool:
    """Whether Asterisk plays it as it is: PCM, 16 bit, 8 kHz, mono, not empty."""
    try:
        with wave.open(str(path)) as sound:
            shape = (sound.getframerate(), sound.getsampwidth(), sound.getnchannels())
            return shape == (RATE, SAMPLE_BYTES, 1) and _frames(sound) > 0
    except (wave.Error, EOFError):
        return False


def _frames(sound: wave.Wave_read) -> int:
    """Counted, not believed: a cut-off file, or an empty one by sox, promises more than it has."""
    data = sound.readframes(sound.getnframes())
    return len(data) // (sound.getsampwidth() * sound.getnchannels())


def convert(sox: Command, source: Path, target: Path, *effects: str) -> None:
    """Any sound that sox reads → one that Asterisk plays.  Raises ToolFailed, also for an empty result."""
    sox.run(str(source), "-r", str(RATE), "-c", "1", "-b", "16", "-e", "signed", str(target), *effects)
    if not playable(target):
        raise ToolFailed("the result holds no sound")
