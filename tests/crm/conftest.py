"""Stores on both databases, ledgers that are always stopped, a PostgreSQL to stop and start."""

import asyncio
import itertools
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
import structlog

from asterisk_conf.obtain import Programs
from crm import Arrival, Ledger, Store, Vault, now_ms

NOBODY = 65534
KEY = bytes(range(32))

OpenLedger = Callable[..., Awaitable[Ledger]]


@pytest.fixture(autouse=True)
def _no_logs_kept() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@pytest.fixture
def vault() -> Vault:
    return Vault(KEY)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/hotline.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def store(url: str, vault: Vault, tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(url, vault=vault, state_dir=tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite_store(vault: Vault, tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(f"sqlite:///{tmp_path}/hotline.db", vault=vault, state_dir=tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
async def open_ledger(tmp_path: Path) -> AsyncIterator[OpenLedger]:
    """Start ledgers on a store; each is stopped after the test unless the test did so."""
    started: list[Ledger] = []

    async def start(store: Store, **options: float) -> Ledger:
        # Patient with a busy machine, except where a test is about the patience itself.
        ledger = Ledger(
            store,
            journal=tmp_path / "journal",
            commit_timeout_s=options.get("commit_timeout_s", 10),
            probe_s=options.get("probe_s", 0.1),
        )
        await ledger.start()
        started.append(ledger)
        return ledger

    yield start
    for ledger in started:
        await ledger.stop()


_counter = itertools.count(1)


def arrival(
    call_id: str | None = None,
    *,
    caller: str | bytes | None = "13904760001",
    name: str | bytes | None = None,
    at: int | None = None,
    line: str = "12345",
    node: str = "node1",
) -> Arrival:
    """A call from an invented number."""
    fresh = call_id or f"{node}-1764000000.{next(_counter)}"
    return Arrival(fresh, node, "carrier", line, caller, name, now_ms() if at is None else at)


async def until(true: Callable[[], bool], seconds: float = 15) -> None:
    """Wait for something that must come."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.02)


class PostgresServer:
    """A PostgreSQL of one test, on a socket in its own folder."""

    def __init__(self, programs: Programs, base: Path) -> None:
        self._programs = programs
        self._base = base
        self._user = NOBODY if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"postgresql://hotline@/postgres?host={base}"

    def create(self) -> None:
        if self._user is not None:
            os.chown(self._base, self._user, self._user)
        self._run(
            "initdb", "-D", f"{self._base}/data", "-U", "hotline", "-A", "trust", "-E", "UTF8", "--no-sync"
        )

    def _run(self, program: str, *options: str) -> None:
        subprocess.run(
            self._programs.argv(program, *options), env=self._env(program), user=self._user, group=self._user,
            cwd=self._base, check=True, capture_output=True,
        )  # fmt: skip

    def _env(self, program: str) -> dict[str, str]:
        return {**self._programs.env(program), "LC_ALL": "C", "HOME": str(self._base)}

    async def start(self) -> None:
        options = ("-D", f"{self._base}/data", "-k", str(self._base), "-c", "listen_addresses=")
        self._process = await asyncio.to_thread(
            subprocess.Popen, self._programs.argv("postgres", *options), env=self._env("postgres"),
            user=self._user, group=self._user, cwd=self._base, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + 20
        while True:
            try:
                connection = await asyncpg.connect(host=str(self._base), user="hotline", database="postgres")
            except (OSError, asyncpg.PostgresError):
                assert time.monotonic() < deadline, "PostgreSQL did not start"
                await asyncio.sleep(0.05)
            else:
                await connection.close()
                return

    async def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: fast shutdown; SIGQUIT: as if the machine lost power."""
        if self._process is not None:
            self._process.send_signal(how)
            await asyncio.to_thread(self._process.wait, 20)
            self._process = None


@pytest.fixture
async def own_postgres(programs: Programs, short_dir: Path) -> AsyncIterator[PostgresServer]:
    base = short_dir / f"own{os.urandom(3).hex()}"
    base.mkdir()
    server = PostgresServer(programs, base)
    await asyncio.to_thread(server.create)
    await server.start()
    yield server
    await server.stop(signal.SIGQUIT)
