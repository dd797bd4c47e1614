"""The ledger's shelter while the database is away: an append-only, fsynced, encrypted file a process.

One line an entry: base64 of the sealed JSON.  A file belongs to the process that holds its lock; a file
nobody holds is an orphan, which any process may replay.  Room is reserved in advance, so that a disk
that fills up later still leaves a place to write to.
"""

import base64
import fcntl
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from crm.entries import Entry, dump, load
from crm.errors import VaultError
from crm.vault import Vault

_PURPOSE = "journal"
_SUFFIX = ".journal"
_RESERVED = 1 << 20  # some 1,500 entries: minutes of calls, at no cost worth naming


@dataclass(frozen=True, slots=True)
class Page:
    """Entries read from `offset` on; `end` is where the next page begins; `damaged` lines as they stand."""

    entries: list[Entry]
    damaged: list[bytes]
    end: int


class Journal:
    """One file, held exclusively.  `append` returns once the lines are on the disk."""

    def __init__(self, path: Path, vault: Vault, handle: int, length: int) -> None:
        self.path = path
        self._vault = vault
        self._handle = handle
        self.length = length

    @classmethod
    def create(cls, folder: Path, vault: Vault) -> "Journal":
        """This process's own file.  Raises OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{os.getpid()}-{os.urandom(4).hex()}{_SUFFIX}"
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.posix_fallocate(handle, 0, _RESERVED)
        os.fsync(handle)
        _sync_folder(folder)
        return cls(path, vault, handle, 0)

    @classmethod
    def orphans(cls, folder: Path, vault: Vault) -> Iterator["Journal"]:
        """The files of processes that are gone, each locked for us while it is in our hands."""
        for path in sorted(folder.glob(f"*{_SUFFIX}")):
            try:
                handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            except FileNotFoundError:
                continue
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
                continue
            if os.fstat(handle).st_nlink == 0:  # replayed and removed by another process meanwhile
                os.close(handle)
                continue
            yield cls(path, vault, handle, _written(handle))

    def append(self, entries: Sequence[Entry]) -> None:
        """Raises OSError when the disk takes no more; the file is then as it was before."""
        lines = b"".join(self._line(entry) for entry in entries)
        try:
            view, at = memoryview(lines), self.length
            while view:
                count = os.pwrite(self._handle, view, at)
                view, at = view[count:], at + count
            os.fdatasync(self._handle)
        except OSError:
            self._blank(self.length, len(lines))
            raise
        self.length += len(lines)

    def page(self, offset: int, most: int = 500) -> Page:
        """Up to `most` lines from `offset`.  A torn or foreign line is handed back, never raised."""
        entries: list[Entry] = []
        damaged: list[bytes] = []
        at = offset
        for line in self._lines(offset, most):
            at += len(line)
            try:
                if not line.endswith(b"\n"):
                    raise ValueError("torn line")
                entries.append(load(self._vault.unseal(base64.b64decode(line, validate=False), _PURPOSE)))
            except (VaultError, ValueError, KeyError, TypeError):
                damaged.append(line)
        return Page(entries, damaged, at)

    def _lines(self, offset: int, most: int) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            file.seek(offset)
            for _ in range(most):
                line = file.readline(self.length - file.tell())
                if not line:
                    return
                yield line

    def _line(self, entry: Entry) -> bytes:
        return base64.b64encode(self._vault.seal(dump(entry), _PURPOSE)) + b"\n"

    def reset(self) -> None:
        """Everything is in the database: begin again, with the room still reserved."""
        self._blank(0, self.length)
        os.fdatasync(self._handle)
        self.length = 0

    def _blank(self, start: int, count: int) -> None:
        # Zeros mean "nothing written yet"; the reserved room must stay ours, so it is never cut off.
        if os.fstat(self._handle).st_size > max(start, _RESERVED):
            os.ftruncate(self._handle, max(start, _RESERVED))
        zeros = min(start + count, _RESERVED) - start
        if zeros > 0:
            os.pwrite(self._handle, bytes(zeros), start)

    def remove(self) -> None:
        """The file is replayed for good."""
        self.path.unlink(missing_ok=True)
        _sync_folder(self.path.parent)
        self.release()

    def release(self) -> None:
        """Let go of the file; if it still stands, it is an orphan from now on."""
        os.close(self._handle)

    def refuse(self, entries: Sequence[Entry]) -> Path:
        """Keep entries that the database refuses for good."""
        return self.set_aside([self._line(entry) for entry in entries], "refused")

    def set_aside(self, lines: Sequence[bytes], kind: str) -> Path:
        """Keep lines that cannot be replayed beside the journal, for a person to look at."""
        path = self.path.with_suffix(f".{kind}")
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            os.write(handle, b"".join(line if line.endswith(b"\n") else line + b"\n" for line in lines))
            os.fsync(handle)
        finally:
            os.close(handle)
        return path


def _written(handle: int) -> int:
    """How far an orphan is written: up to the first zero byte, which base64 never holds."""
    at = 0
    while chunk := os.pread(handle, 1 << 16, at):
        zero = chunk.find(b"\0")
        if zero >= 0:
            return at + zero
        at += len(chunk)
    return at


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
