"""Sound files as Asterisk plays them, and the outside programs that make them."""

from __future__ import annotations

import subprocess
import wave
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

RATE = 8000
SAMPLE_BYTES = 2


class ToolFailed(RuntimeError):
    """An outside program refused, was missing or took too long; the text is the end of what it said."""


@dataclass(frozen=True, slots=True)
class Command:
    """How an outside program is started: its argv so far, and its whole environment (None: ours)."""

    argv: tuple[str, ...]
    env: Mapping[str, str] | None = None

    def run(self, *arguments: str, text: str = "", timeout_s: float = 60.0) -> str:
        """Feeds `text`, returns standard output.  Raises ToolFailed."""
        try:
            done = subprocess.run(
                [*self.argv, *arguments],
                input=text.encode(),
                env=None if self.env is None else dict(self.env),
                capture_output=True,
                timeout=timeout_s,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ToolFailed(f"{self.argv[0]}: {error}") from error
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip()[-300:]
            raise ToolFailed(f"{self.argv[-1]} ({done.returncode}): {said}")
        return done.stdout.decode(errors="replace")


def length_s(path: Path) -> float:
    """Seconds of a wav file.  Raises wave.Error or EOFError when it is none, OSError when it is not there."""
    with wave.open(str(path)) as sound:
        return sound.getnframes() / sound.getframerate()


def playable(path: Path) -> bool:
    """Whether Asterisk plays it as it is: PCM, 16 bit, 8 kHz, mono, not empty."""
    try:
        with wave.open(str(path)) as sound:
            shape = (sound.getframerate(), sound.getsampwidth(), sound.getnchannels())
            return shape == (RATE, SAMPLE_BYTES, 1) and sound.getnframes() > 0
    except (wave.Error, EOFError):
        return False


def convert(sox: Command, source: Path, target: Path, *effects: str) -> None:
    """Any sound that sox reads → one that Asterisk plays.  Raises ToolFailed, also for an empty result."""
    sox.run(str(source), "-r", str(RATE), "-c", "1", "-b", "16", "-e", "signed", str(target), *effects)
    if not playable(target):
        raise ToolFailed("the result holds no sound")
