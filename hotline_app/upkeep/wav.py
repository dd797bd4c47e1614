"""What the header of a recorded track says."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

_RIFF = struct.Struct("<4sI4s")
_CHUNK = struct.Struct("<4sI")
_FORMAT = struct.Struct("<HHIIHH")


class NotWav(Exception):
    """The file is no WAV file, or broken at its very beginning."""


@dataclass(frozen=True, slots=True)
class Sound:
    """`duration_ms` by the header; by the size of the file, where the header was never finished."""

    bytes: int
    duration_ms: int


def measure(file: Path) -> Sound:
    """Raises NotWav, OSError."""
    size = file.stat().st_size
    with file.open("rb") as opened:
        head = opened.read(_RIFF.size)
        if len(head) < _RIFF.size or head[:4] != b"RIFF" or head[8:] != b"WAVE":
            raise NotWav(file.name)
        a_second = 0
        while len(chunk := opened.read(_CHUNK.size)) == _CHUNK.size:
            name, length = _CHUNK.unpack(chunk)
            if name == b"fmt " and length >= _FORMAT.size:
                described = opened.read(length)
                if len(described) < length:
                    break
                a_second = _FORMAT.unpack(described[: _FORMAT.size])[3]
            elif name == b"data":
                there = size - opened.tell()
                # A server that was killed has left the length at nothing.
                sound = there if length == 0 else min(length, there)
                if a_second <= 0:
                    raise NotWav(file.name)
                return Sound(size, sound * 1000 // a_second)
            else:
                opened.seek(length + length % 2, 1)
    raise NotWav(file.name)
