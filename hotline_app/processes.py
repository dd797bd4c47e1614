"""A process that outlives us: started in a session of its own, known by a file, adopted when it still runs.

A process id alone proves nothing, since ids are used again: the file also keeps the kernel's start time and
the command line, and a process is ours only if all three agree.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import structlog


@dataclass(frozen=True)
class Account:
    """The system user a process runs as; None for ours."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Record:
    """What a process is known by: its id, its start time in clock ticks since boot, its command line."""

    pid: int
    started: int
    argv: list[str]


def _start_time(pid: int) -> int | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    after_name = stat.rpartition(")")[2].split()
    return None if after_name[0] in ("Z", "X") else int(after_name[19])


def _command_line(pid: int) -> list[str]:
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [part.decode(errors="replace") for part in raw.rstrip(b"\0").split(b"\0")]


def _until_shown(pid: int) -> None:
    """Waits the microseconds after an exec in which /proc shows an empty command line, 0.1 s at most.

    Whoever reads our file from then on finds the process as it is written there.
    """
    for _ in range(100):
        if any(_command_line(pid)):
            return
        time.sleep(0.001)


def remembered(file: Path) -> Record | None:
    """The process of this file, if it still runs and is the one that was written down."""
    try:
        record = Record(**json.loads(file.read_text(encoding="utf-8")))
    except (FileNotFoundError, json.JSONDecodeError, TypeError):
        return None  # never started, or the machine stopped while the file was written
    if _start_time(record.pid) != record.started or _command_line(record.pid) != record.argv:
        return None
    return record


class Process:
    """One program by name, over its restarts.  Only the holder of the state lock may have one."""

    def __init__(self, name: str, pid_file: Path) -> None:
        self.name = name
        self._file = pid_file
        self._popen: subprocess.Popen[bytes] | None = None
        self.record = remembered(pid_file)

    @property
    def running(self) -> bool:
        """Whether it runs now."""
        if self._popen is not None and self._popen.poll() is not None:
            return False
        return self.record is not None and _start_time(self.record.pid) == self.record.started

    def spawn(
        self,
        argv: Sequence[str],
        *,
        env: dict[str, str],
        output: Path,
        cwd: Path,
        account: Account | None = None,
    ) -> None:
        """Starts it, detached from us; what it prints is appended to `output`.  Raises OSError."""
        with output.open("ab") as sink:
            self._popen = subprocess.Popen(
                list(argv),
                env=env,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                umask=0o077,
            )
        started = _start_time(self._popen.pid)
        if started is None:
            return  # ended already; `running` says so
        _until_shown(self._popen.pid)
        self.record = Record(self._popen.pid, started, list(argv))
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps(asdict(self.record)), encoding="utf-8")
        new.chmod(0o600)
        new.rename(self._file)

    async def ended(self) -> None:
        """Returns when the process has ended, child of ours or not."""
        if self.record is None or not self.running:
            return
        loop = asyncio.get_running_loop()
        gone = asyncio.Event()
        try:
            handle = os.pidfd_open(self.record.pid)
        except ProcessLookupError:
            return
        loop.add_reader(handle, gone.set)
        try:
            await gone.wait()
        finally:
            loop.remove_reader(handle)
            os.close(handle)
        if self._popen is not None:
            self._popen.wait()

    async def stop(self, *, patience_s: float, first: signal.Signals = signal.SIGTERM) -> None:
        """Asks it to end, and kills it after `patience_s`."""
        for ask, patience in ((first, patience_s), (signal.SIGKILL, 5.0)):
            if not self.running or self.record is None:
                break
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.record.pid, ask)
            try:
                await asyncio.wait_for(self.ended(), patience)
            except TimeoutError:
                structlog.get_logger().warning("process.does_not_end", name=self.name, signal=ask.name)
        self._file.unlink(missing_ok=True)
        self.record = None
