"""Music on hold: soft chords that sox plays, about half a minute, made once; or the studio's own."""

from __future__ import annotations

from pathlib import Path

from asterisk_conf.command import Command
from asterisk_conf.fault import Fault
from asterisk_conf.prompts.catalogue import MUSIC
from asterisk_conf.prompts.recordings import Recordings
from asterisk_conf.prompts.sound import RATE
from asterisk_conf.prompts.store import digest, made, put

# Pentatonic chords (Hz), one after the other; each swells and fades, so that the loop has no seam.
_CHORDS = (
    (196.00, 293.66, 392.00, 493.88),
    (164.81, 246.94, 329.63, 493.88),
    (220.00, 293.66, 440.00, 587.33),
    (196.00, 246.94, 392.00, 440.00),
    (164.81, 220.00, 329.63, 440.00),
    (146.83, 220.00, 293.66, 369.99),
)
_CHORD_S = 5.0
_LEVEL_DB = -24


def compose(folder: Path, recordings: Path, cache: Path, *, sox: Command) -> tuple[Fault, ...]:
    """Leaves exactly one file in `folder`: the studio's recording `music`, else the chords.

    Returns what was wrong with the recording.  Raises ToolFailed when sox cannot play the chords, OSError.
    """
    studio = Recordings(recordings, cache, sox)
    recipe = repr((_CHORDS, _CHORD_S, _LEVEL_DB))
    source = studio.of(MUSIC) or made(cache, digest("music", recipe), lambda target: _play(sox, target))
    put(source, folder / f"{MUSIC}.wav")
    for stray in folder.iterdir():
        if stray.name != f"{MUSIC}.wav":
            stray.unlink()
    return tuple(studio.faults)


def _play(sox: Command, target: Path) -> None:
    parts = []
    for place, chord in enumerate(_CHORDS):
        part = target.with_name(f"chord{place}.wav")
        strings = [word for tone in chord for word in ("pluck" if tone < 200 else "sine", f"{tone:g}")]
        shape = ("fade", "t", "1.2", f"{_CHORD_S:g}", "1.8")
        level = ("remix", "-", "lowpass", "1800", "norm", str(_LEVEL_DB))
        sox.run(
            "-R",
            "-n",
            "-r",
            str(RATE),
            "-b",
            "16",
            str(part),
            "synth",
            f"{_CHORD_S:g}",
            *strings,
            *shape,
            *level,
        )
        parts.append(str(part))
    sox.run(*parts, "-r", str(RATE), "-c", "1", "-b", "16", str(target))
