"""Follows a file that somebody else writes and rotates by renaming, without losing a line."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

# A writer that opened the file just before it was renamed still writes into the old one.
_LINGER_S = 2.0
_CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Position:
    """A byte in a file, whatever the file is called by now. As text: `inode:byte`; empty is the beginning."""

    inode: int
    byte: int

    def __str__(self) -> str:
        return f"{self.inode}:{self.byte}" if self.inode else ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError."""
        inode, _, byte = (text or "0:0").partition(":")
        return cls(int(inode), int(byte))


@dataclass(frozen=True, slots=True)
class Line:
    """`at`: where it begins. `text` is without its line end."""

    text: str
    at: Position
    end: Position


@dataclass(frozen=True, slots=True)
class Gap:
    """Lines may be missing from before here: a file was cut short or removed before it was read."""

    reason: str
    at: Position


class Tail:
    """`lines()` yields what is complete by now and returns; call it again later.

    Rotated files lie beside the file under `<name>.*`, uncompressed until they have been read.
    """

    def __init__(self, path: Path, position: Position) -> None:
        self._path = path
        self._position = position
        self._file: BinaryIO | None = None
        self._renamed_at: float | None = None

    @property
    def position(self) -> Position:
        return self._position

    def lines(self, most: int) -> Iterator[Line | Gap]:
        """At most `most` lines, so that a long backlog is read in slices."""
        count = 0
        while count < most:
            if self._file is None:
                gap = self._open()
                if gap is not None:
                    yield gap
                if self._file is None:
                    return
            gap = self._cut_short()
            if gap is not None:
                yield gap
            got = 0
            for line in self._complete_lines(most - count):
                got += 1
                yield line
            count += got
            if got == 0:
                unfinished = self._unfinished()
                if not self._next_file():
                    return
                if unfinished is not None:
                    yield unfinished

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> Gap | None:
        """Opens the file of our position, under whatever name."""
        gap = None
        if not self._position.inode:
            files = self._oldest_first()
            chosen = files[0] if files else None
        else:
            chosen = self._by_inode(self._position.inode)
            if chosen is None:
                files = self._oldest_first()
                if not files:
                    return None
                chosen = files[0]
                gap = Gap("the file read last is gone", self._position)
        if chosen is None:
            return gap
        try:
            self._file = chosen.open("rb", buffering=0)
        except FileNotFoundError:
            # Renamed since we looked: found under its new name next time.
            return None
        inode = os.fstat(self._file.fileno()).st_ino
        byte = self._position.byte
        if inode != self._position.inode:
            self._position = Position(inode, 0)
        elif byte and os.pread(self._file.fileno(), 1, byte - 1) not in (b"\n", b""):
            # The number was given to a new file after ours had been removed.
            gap = Gap("another file than the one read last", self._position)
            self._position = Position(inode, 0)
        self._renamed_at = None
        return gap

    def _cut_short(self) -> Gap | None:
        assert self._file is not None
        if os.fstat(self._file.fileno()).st_size >= self._position.byte:
            return None
        gap = Gap("the file was cut short", self._position)
        self._position = Position(self._position.inode, 0)
        return gap

    def _unfinished(self) -> Gap | None:
        assert self._file is not None
        if os.fstat(self._file.fileno()).st_size <= self._position.byte:
            return None
        return Gap("the file ends within a line", self._position)

    def _complete_lines(self, most: int) -> Iterator[Line]:
        assert self._file is not None
        count = 0
        while count < most:
            chunk = os.pread(self._file.fileno(), _CHUNK, self._position.byte)
            end = chunk.rfind(b"\n")
            if end < 0:
                if len(chunk) < _CHUNK:
                    return
                # No line is that long: step over it; as a line it is reported as malformed.
                end = len(chunk) - 1
            for raw in chunk[: end + 1].removesuffix(b"\n").split(b"\n"):
                begin = self._position
                self._position = Position(begin.inode, begin.byte + len(raw) + 1)
                yield Line(raw.rstrip(b"\r").decode("utf-8", "replace"), begin, self._position)
                count += 1
                if count == most:
                    return

    def _next_file(self) -> bool:
        """Goes on to the file that followed ours, once nobody can be writing into ours any more."""
        assert self._file is not None
        try:
            if self._path.stat().st_ino == self._position.inode:
                return False
        except FileNotFoundError:
            return False
        now = time.monotonic()
        if self._renamed_at is None:
            self._renamed_at = now
        if now - self._renamed_at < _LINGER_S:
            return False
        following = self._following()
        self.close()
        self._renamed_at = None
        self._position = Position(following, 0)
        return True

    def _following(self) -> int:
        assert self._file is not None
        ours = os.fstat(self._file.fileno())
        *rotated, current = self._oldest_first()
        for path in rotated:
            status = path.stat()
            if status.st_ino != ours.st_ino and status.st_mtime_ns >= ours.st_mtime_ns:
                return status.st_ino
        return current.stat().st_ino

    def _by_inode(self, inode: int) -> Path | None:
        return next((path for path in self._oldest_first() if path.stat().st_ino == inode), None)

    def _oldest_first(self) -> list[Path]:
        """Rotated files by their last write, then the file itself."""
        found = []
        for path in self._path.parent.glob(f"{self._path.name}.*"):
            try:
                found.append((path.stat().st_mtime_ns, path))
            except FileNotFoundError:
                continue
        files = [path for _, path in sorted(found)]
        return [*files, self._path] if self._path.exists() else files
