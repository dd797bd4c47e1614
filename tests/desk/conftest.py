"""Desks to test against: a fresh one each test, on a copy of a seeded database."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog
from redis.asyncio import Redis

from asterisk_conf.obtain import Programs
from crm import Store, Vault
from hotline_app.desk.config import DeskConfig
from tests.desk.browser import Browser
from tests.desk.standing import KEY, Standing, seed, standing

OpenDesk = Callable[..., Awaitable[Standing]]
OpenBrowser = Callable[..., Awaitable[Browser]]


@pytest.fixture(autouse=True)
def _no_logs_kept() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the schema and one user of each role, made once: migrating takes its time."""
    base = tmp_path_factory.mktemp("seeded")

    async def make() -> None:
        store = await Store.open(f"sqlite:///{base / 'desk.db'}", vault=Vault(KEY), state_dir=base)
        await seed(store)
        await store.close()

    asyncio.run(make())
    return base / "desk.db"


@pytest.fixture
async def open_desk(
    tmp_path: Path, seeded: Path, redis_clean: Redis, redis_url: str
) -> AsyncIterator[OpenDesk]:
    """Starts desks, with settings of the test's own; stops them afterwards."""
    async with AsyncExitStack() as life:

        async def start(*, redis: str = redis_url, database: str = "", **changed: Any) -> Standing:
            if not database:
                shutil.copy(seeded, tmp_path / "desk.db")
                database = f"sqlite:///{tmp_path / 'desk.db'}"
            plain = DeskConfig(recordings=tmp_path / "recordings", console=tmp_path / "dist", probe_s=0.4)
            return await life.enter_async_context(
                standing(
                    redis_url=redis,
                    database_url=database,
                    base=tmp_path,
                    config=replace(plain, **changed),
                )
            )

        yield start


@pytest.fixture
async def desk(open_desk: OpenDesk) -> Standing:
    return await open_desk()


@pytest.fixture
async def browse() -> AsyncIterator[OpenBrowser]:
    """Opens browsers at a desk; with a name, already logged in."""
    async with AsyncExitStack() as life:

        async def start(desk: Standing, name: str = "") -> Browser:
            jar = aiohttp.CookieJar(unsafe=True)  # keeps cookies of an address without a name
            http = await life.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
            async with http.get(desk.url + "/api/v1/openapi.json") as answer:
                browser = Browser(http, desk.url, await answer.json())
            if name:
                assert (await browser.login(name)).status == 200
            return browser

        yield start


class OwnRedis:
    """A Redis that a test may kill and start again; it forgets everything."""

    def __init__(self, programs: Programs, directory: Path) -> None:
        self._programs = programs
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self._directory / 'own.sock'}"

    def start(self) -> None:
        socket = self._directory / "own.sock"
        options = ("--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(self._directory))
        self._process = subprocess.Popen(
            self._programs.argv("redis-server", *options, "--logfile", str(self._directory / "own.log")),
            env=self._programs.env("redis-server"),
        )
        deadline = time.monotonic() + 20
        while not socket.exists():
            assert self._process.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            (self._directory / "own.sock").unlink(missing_ok=True)


@pytest.fixture
def own_redis(programs: Programs, short_dir: Path) -> Iterator[OwnRedis]:
    server = OwnRedis(programs, short_dir)
    server.start()
    yield server
    server.kill()
