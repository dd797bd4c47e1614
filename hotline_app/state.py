"""The state directory: where everything of one running hotline lies, its lock and its secrets."""

from __future__ import annotations

import fcntl
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self


class StateFault(Exception):
    """The state directory cannot be used; the message says why and what to do."""


def default_state() -> Path:
    """/var/lib/hotline for root, else ~/.local/state/hotline."""
    if os.geteuid() == 0:
        return Path("/var/lib/hotline")
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "hotline"


def demo_state() -> Path:
    """Where `demo` keeps what it makes up, apart from real records."""
    return default_state().with_name("hotline-demo")


@dataclass(frozen=True)
class State:
    """Names of places; `make` creates them.  Only what Asterisk and Redis need is open to their user."""

    base: Path

    @property
    def run(self) -> Path:
        """Process ids, the Redis socket, the resolved settings."""
        return self.base / "run"

    @property
    def log(self) -> Path:
        """Logs of our own processes (JSON lines)."""
        return self.base / "log"

    @property
    def secrets(self) -> Path:
        """The vault's key and made-up passwords; 0700, files 0600."""
        return self.base / "secrets"

    @property
    def redis(self) -> Path:
        """The private Redis: its data, socket and log."""
        return self.base / "redis"

    @property
    def journal(self) -> Path:
        """Sealed ledger entries that wait for the database."""
        return self.base / "journal"

    @property
    def studio(self) -> Path:
        """Where studio recordings of prompts are laid."""
        return self.base / "studio"

    @property
    def runtime(self) -> Path:
        """The settings as resolved, for our other processes; holds secrets."""
        return self.run / "runtime.json"

    def node(self, name: str) -> Path:
        """Everything of one private Asterisk node."""
        return self.base / "nodes" / name

    def make(self) -> None:
        """Creates the places that are ours.  Raises StateFault."""
        try:
            self.base.mkdir(parents=True, exist_ok=True)
            self.base.chmod(0o711)  # Asterisk's and Redis' user passes through to its own places
            for place in (self.run, self.log, self.secrets, self.journal, self.studio):
                place.mkdir(exist_ok=True, mode=0o700)
            (self.base / "nodes").mkdir(exist_ok=True)
            (self.base / "nodes").chmod(0o711)
        except OSError as error:
            raise StateFault(
                f"状态目录 {self.base} 不可用：{error.strerror}；用 --state 指定一个可写的目录 / "
                f"the state directory cannot be used: choose a writable one with --state"
            ) from error

    def secret(self, name: str, *, length: int = 24) -> str:
        """A secret of ours by name, made up on first use (hexadecimal, 2 × `length` digits), 0600."""
        file = self.secrets / name
        try:
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return file.read_text(encoding="ascii").strip()
        with os.fdopen(handle, "w", encoding="ascii") as opened:
            opened.write(secrets.token_hex(length) + "\n")
            opened.flush()
            os.fsync(opened.fileno())
        return file.read_text(encoding="ascii").strip()


class StateLock:
    """One supervisor a state directory.  Entering raises StateFault naming the process that holds it."""

    def __init__(self, state: State) -> None:
        self._path = state.run / "supervisor.pid"
        self._handle: IO[str] | None = None

    def __enter__(self) -> Self:
        handle = self._path.open("a+", encoding="ascii")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            holder = handle.read().strip() or "?"
            handle.close()
            raise StateFault(
                f"状态目录已被进程 {holder} 使用；先停止它（kill {holder}），或用 --state 指定另一个目录 / "
                f"process {holder} already runs on this state directory: stop it, or choose another --state"
            ) from None
        handle.truncate(0)
        handle.write(f"{os.getpid()}\n")
        handle.flush()
        self._handle = handle
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._handle is not None
        self._handle.truncate(0)
        self._handle.close()


def holder(state: State) -> int | None:
    """The process id of the supervisor that runs on this state directory, None when there is none."""
    path = state.run / "supervisor.pid"
    if not path.is_file():
        return None
    with path.open("r+", encoding="ascii") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            text = handle.read().strip()
            return int(text) if text else None
    return None


def running_state() -> Path:
    """The usual state directory, unless nothing runs there while a demo runs on its own."""
    if holder(State(default_state())) is None and holder(State(demo_state())) is not None:
        return demo_state()
    return default_state()
