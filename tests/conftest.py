"""What every test may ask for: the real programs, a real private Redis, a fresh real PostgreSQL database.

Each xdist worker has servers of its own, on unix sockets or free ports, so suites run side by side.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
import redis.asyncio

from asterisk_conf.obtain import Programs
from asterisk_conf.obtain import programs as obtain_programs

NOBODY = 65534


@pytest.fixture(scope="session")
def programs() -> Programs:
    """Asterisk, Redis, sipp, sox, espeak-ng, chromium and PostgreSQL, obtained once and cached."""
    return obtain_programs(test=True)


@pytest.fixture(scope="session")
def short_dir() -> Iterator[Path]:
    """A directory for this session with a path short enough for unix sockets (108 bytes)."""
    directory = Path(tempfile.mkdtemp(prefix="hl-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


def _stop(process: subprocess.Popen[bytes], seconds: float = 10) -> None:
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def redis_url(programs: Programs, short_dir: Path) -> Iterator[str]:
    """A private Redis on a unix socket, without persistence; `unix://…` for redis.asyncio.Redis.from_url."""
    socket, log = short_dir / "redis.sock", short_dir / "redis.log"
    options = ("--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(short_dir))
    process = subprocess.Popen(
        programs.argv("redis-server", *options, "--logfile", str(log)), env=programs.env("redis-server")
    )
    deadline = time.monotonic() + 20
    while not socket.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"redis-server did not start: {log.read_text() if log.exists() else ''}")
        time.sleep(0.02)
    yield f"unix://{socket}"
    _stop(process)


@pytest.fixture
async def redis_clean(redis_url: str) -> AsyncIterator[redis.asyncio.Redis]:
    """A client of that Redis, emptied before the test."""
    client = redis.asyncio.Redis.from_url(redis_url, decode_responses=True)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture(scope="session")
def postgres_server(programs: Programs, short_dir: Path) -> Iterator[str]:
    """A private PostgreSQL on a unix socket in the yielded directory; runs as nobody when we are root."""
    base = short_dir / "pg"
    base.mkdir()
    user = NOBODY if os.geteuid() == 0 else None
    if user is not None:
        os.chown(base, user, user)
    data = base / "data"
    env = {**programs.env("initdb"), "LC_ALL": "C", "HOME": str(base)}
    initdb = programs.argv(
        "initdb", "-D", str(data), "-U", "hotline", "-A", "trust", "-E", "UTF8", "--no-sync"
    )
    subprocess.run(initdb, env=env, user=user, group=user, cwd=base, check=True, capture_output=True)
    options = ("-D", str(data), "-k", str(base), "-c", "listen_addresses=", "-c", "max_connections=60")
    with (base / "log").open("wb") as log:
        process = subprocess.Popen(
            programs.argv("postgres", *options),
            env=env,
            user=user,
            group=user,
            cwd=base,
            stdout=log,
            stderr=log,
        )
    deadline = time.monotonic() + 30
    while not _answers(base):
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"postgres did not start: {(base / 'log').read_text()}")
        time.sleep(0.1)
    yield str(base)
    _stop(process)


def _answers(socket_dir: Path) -> bool:
    async def ask() -> None:
        connection = await asyncpg.connect(host=str(socket_dir), user="hotline", database="postgres")
        await connection.close()

    try:
        asyncio.run(ask())
    except (OSError, asyncpg.PostgresError):
        return False
    return True


@pytest.fixture
async def postgres_url(postgres_server: str) -> AsyncIterator[str]:
    """A fresh, empty database, dropped afterwards: `postgresql+asyncpg://…`."""
    name = f"t{uuid.uuid4().hex}"
    admin = await asyncpg.connect(host=postgres_server, user="hotline", database="postgres")
    await admin.execute(f'CREATE DATABASE "{name}"')
    yield f"postgresql+asyncpg://hotline@/{name}?host={postgres_server}"
    await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await admin.close()
