"""Both tracks of a call as one sound: the caller on the left, the seat on the right.

Two players in a page drift apart; one file cannot.  Nothing is written: any part of the stereo file is made
from the same part of the two tracks (16-bit PCM, one channel each), so that a player may seek at will.
"""

from __future__ import annotations

import struct
import wave
from array import array
from dataclasses import dataclass
from pathlib import Path

_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_SAMPLE = 2  # bytes, of one channel
_FRAME = 2 * _SAMPLE


class NotPlayable(Exception):
    """A track is no sound that could be laid beside another."""


@dataclass(frozen=True, slots=True)
class Track:
    """Where a track's samples lie in its file.  Rate in Hz."""

    path: Path
    offset: int
    frames: int
    rate: int

    @classmethod
    def of(cls, path: Path) -> Track:
        """Raises NotPlayable, OSError."""
        try:
            with path.open("rb") as opened, wave.open(opened) as sound:
                shape = (sound.getnchannels(), sound.getsampwidth())
                offset, rate = opened.tell(), sound.getframerate()
                promised = sound.getnframes()
        except (wave.Error, EOFError) as error:
            raise NotPlayable(path.name) from error
        if shape != (1, _SAMPLE):
            raise NotPlayable(path.name)
        there = (path.stat().st_size - offset) // _SAMPLE
        # A file that was cut off promises too much, one that was never closed promises nothing.
        return cls(path, offset, min(promised, there) if promised else there, rate)

    def samples(self, start: int, count: int) -> array[int]:
        """`count` samples from `start` on; silence where the track is over."""
        found = array("h", bytes(count * _SAMPLE))
        have = max(0, min(count, self.frames - start))
        if have:
            with self.path.open("rb") as opened:
                opened.seek(self.offset + start * _SAMPLE)
                data = opened.read(have * _SAMPLE)
            whole = len(data) // _SAMPLE
            found[:whole] = array("h", data[: whole * _SAMPLE])
        return found


class Stereo:
    """A `ranged.Source`.  A track that is not there is silent; at least one must be.  Raises NotPlayable."""

    def __init__(self, left: Track | None, right: Track | None) -> None:
        tracks = [track for track in (left, right) if track is not None]
        if not tracks or len({track.rate for track in tracks}) != 1:
            raise NotPlayable("tracks of different rates" if tracks else "no track")
        self._sides = (left, right)
        self._rate = tracks[0].rate
        self._frames = max(track.frames for track in tracks)

    @property
    def size(self) -> int:
        return _HEADER.size + self._frames * _FRAME

    def read(self, start: int, count: int) -> bytes:
        end = min(start + count, self.size)
        head = self._header()[start:end]
        first, last = max(start, _HEADER.size) - _HEADER.size, end - _HEADER.size
        if last <= first:
            return head
        frame = first // _FRAME
        frames = -(-last // _FRAME) - frame
        both = array("h", bytes(frames * _FRAME))
        for side, track in enumerate(self._sides):
            if track is not None:
                both[side::2] = track.samples(frame, frames)
        skip = first - frame * _FRAME
        return head + both.tobytes()[skip : skip + last - first]

    def _header(self) -> bytes:
        data = self._frames * _FRAME
        rate = self._rate
        return _HEADER.pack(
            b"RIFF", _HEADER.size - 8 + data, b"WAVE",
            b"fmt ", 16, 1, 2, rate, rate * _FRAME, _FRAME, _SAMPLE * 8,
            b"data", data,
        )  # fmt: skip
