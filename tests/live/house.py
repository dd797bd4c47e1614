"""A whole hotline for a test: its own state directory and ports, started as operators start it."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import redis.asyncio

from crm import People, Role, SeatInfo, Store, catalogue
from hotline_app import wiring
from hotline_app.runtime import Runtime
from hotline_app.settings import Values
from hotline_app.state import State

REPO = Path(__file__).resolve().parents[2]
START_S = 90.0


def free_ports(count: int) -> list[int]:
    """Even ports that are free for TCP and UDP, as are those after them.

    Below the range from which systems hand out ports by themselves, so that nobody takes them meanwhile.
    """
    found: list[int] = []
    while len(found) < count:
        port = random.randrange(10_000, 20_000, 2)
        if port not in found and _free(port) and _free(port + 1):
            found.append(port)
    return found


def _free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as trying:
            try:
                trying.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


@dataclass
class House:
    """One running hotline and what a test needs of it.  Made by `built`; torn down by `demolish`."""

    base: Path
    config: Path
    runtime: Runtime
    seats: list[SeatInfo]
    token: str
    _up: subprocess.Popen[bytes] | None = None
    _session: aiohttp.ClientSession | None = field(default=None, repr=False)

    @classmethod
    async def built(
        cls,
        *,
        seats: Iterable[str],
        settings: dict[str, dict[str, Any]] | None = None,
        nodes: int = 1,
        trunks: list[dict[str, Any]] | None = None,
    ) -> House:
        """A state directory with its seats and an administrator's token; nothing runs yet.

        Its nodes are called node1, node2 …  No survey after the talk unless `settings` wants one: most
        scenarios end with the talk.
        """
        base = Path(tempfile.mkdtemp(prefix="hl-house-"))
        base.chmod(0o755)  # noqa: ASYNC240 - once, in a test
        web, sip, ami, bridge, *more = free_ports(4 + 2 * (nodes - 1))
        first = 33000 + 500 * (os.getpid() % 50)
        tables: dict[str, Any] = {
            "web": {"port": web},
            "sip": {"port": sip},
            "bridge": {"port": bridge, "processes": 2},
            "rtp": {"first": first, "last": first + 1999},
            "queue": {"wrap_up_s": 1},
            "survey": {"enabled": False},
        }
        for name, values in (settings or {}).items():
            tables[name] = tables.get(name, {}) | values
        if trunks:
            tables["trunks"] = trunks
        config = base / "hotline.toml"
        asterisks: list[dict[str, Any]] = [{"name": "node1", "port": ami}]
        for n in range(1, nodes):
            place = {
                "sip_port": more[2 * n - 2],
                "rtp_first": first + 2000 * n,
                "rtp_last": first + 2000 * n + 1999,
            }
            asterisks.append({"name": f"node{n + 1}", "port": more[2 * n - 1], **place})
        tables["nodes"] = asterisks
        config.write_text(_toml(tables), encoding="utf-8")
        state = State(base / "state")
        state.make()
        runtime = Runtime(Values.model_validate(tables), state)
        store = await wiring.open_store(runtime, tolerate_away=False)
        try:
            made = await catalogue.ensure_seats(store, seats)
            token = await _operator(store)
        finally:
            await store.close()
        return cls(base, config, runtime, made, token)

    # ---- life

    def start(self) -> None:
        """Starts `up` and returns at once."""
        log = (self.base / "up.log").open("ab")
        argv = [sys.executable, "-m", "hotline_app.cli", "up", "--config", str(self.config)]
        self._up = subprocess.Popen(
            [*argv, "--state", str(self.runtime.state.base)],
            cwd=REPO,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()

    async def ready(self) -> None:
        """Returns when `up` has said READY.  Raises AssertionError with what it said instead."""
        assert self._up is not None
        deadline = time.monotonic() + START_S
        while self.said().count("READY http") < self._starts():
            if self._up.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"hotline did not come up:\n{self.said()[-4000:]}")
            await asyncio.sleep(0.1)

    def _starts(self) -> int:
        return 1 + self.killed

    killed: int = 0

    def said(self) -> str:
        """Everything that `up` has printed."""
        file = self.base / "up.log"
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""

    def our_processes(self) -> dict[str, int]:
        """Our own Python by name: the supervisor, bridges and desk that run now."""
        assert self._up is not None
        found = {"up": self._up.pid}
        for part in ("bridge-0", "bridge-1", "desk"):
            if (pid := _pid(self.runtime.state.run / f"{part}.json")) is not None:
                found[part] = pid
        return found

    def kill_everything_of_ours(self) -> None:
        """kill -9 of every one of our processes; Asterisk and Redis are not ours to lose."""
        for pid in self.our_processes().values():
            os.kill(pid, signal.SIGKILL)
        assert self._up is not None
        self._up.wait()
        self.killed += 1

    def pid_of(self, part: str) -> int:
        """The process of `redis`, `asterisk`, `bridge-0` …"""
        pid = _pid(next(self.runtime.state.run.glob(f"{part}*.json")))
        assert pid is not None, f"{part} does not run"
        return pid

    async def demolish(self) -> None:
        """Stops it as an operator would, and leaves nothing behind."""
        if self._session is not None:
            await self._session.close()
        if self._up is not None and self._up.poll() is None:
            self._up.terminate()
            await asyncio.to_thread(self._up.wait, 60)
        if os.environ.get("KEEP_HOUSE"):
            print(f"kept: {self.base}")
        else:
            shutil.rmtree(self.base, ignore_errors=True)

    # ---- questions

    @property
    def url(self) -> str:
        """The desk's address."""
        return self.runtime.web_url

    @property
    def session(self) -> aiohttp.ClientSession:
        """An HTTP session with the administrator's token."""
        if self._session is None:
            self._session = aiohttp.ClientSession(headers={"Authorization": f"Bearer {self.token}"})
        return self._session

    async def get(self, path: str) -> Any:
        """GET below /api/v1, as JSON."""
        async with self.session.get(f"{self.url}/api/v1{path}") as answer:
            assert answer.status == 200, f"{path}: {answer.status} {await answer.text()}"
            return await answer.json()

    async def post(self, path: str, body: Any = None, *, status: int = 200) -> Any:
        """POST below /api/v1."""
        async with self.session.post(f"{self.url}/api/v1{path}", json=body) as answer:
            assert answer.status == status, f"{path}: {answer.status} {await answer.text()}"
            return await answer.json() if answer.content_length else None

    async def store(self) -> Store:
        """The database, as another process sees it; close it."""
        return await wiring.open_store(self.runtime, tolerate_away=False)

    def redis(self) -> redis.asyncio.Redis:
        """Redis, as another process sees it; close it."""
        return redis.asyncio.Redis.from_url(self.runtime.redis_url, decode_responses=True)

    def secret(self, ext: str) -> str:
        """A seat's phone password."""
        return next(seat.secret for seat in self.seats if seat.ext == ext)


async def _operator(store: Store) -> str:
    people = People(store)
    await people.add("test-operator", "not-used-Q7w!", Role.ADMIN, actor="test")
    return await people.issue_token("test-operator", Role.ADMIN, actor="test")


def _pid(file: Path) -> int | None:
    from hotline_app.processes import remembered

    record = remembered(file) if file.exists() else None
    return record.pid if record else None


def _toml(tables: dict[str, Any]) -> str:
    lines: list[str] = []
    for name, values in tables.items():
        for table in values if isinstance(values, list) else [values]:
            lines.append(f"[[{name}]]" if isinstance(values, list) else f"[{name}]")
            lines += [f"{key} = {_value(value)}" for key, value in table.items()]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{ " + ", ".join(f'"{key}" = {_value(part)}' for key, part in value.items()) + " }"
    return repr(value)
