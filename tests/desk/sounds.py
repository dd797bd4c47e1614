"""Tracks as Asterisk records them: 8 kHz, 16 bit, one channel."""

from __future__ import annotations

import wave
from array import array
from pathlib import Path

RATE = 8000


def ramp(count: int, begin: int = 0) -> array[int]:
    """Samples that tell where they stood."""
    return array("h", [(begin + n) % 30_000 for n in range(count)])


def write_track(path: Path, samples: array[int]) -> bytes:
    """The file's bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as track:
        track.setparams((1, 2, RATE, 0, "NONE", ""))
        track.writeframes(samples.tobytes())
    return path.read_bytes()
