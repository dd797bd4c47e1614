"""A private Redis for a benchmark, as the house runs its own: on a unix socket, with the append-only file."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisAway

from asterisk_conf.obtain import Programs


@asynccontextmanager
async def private_redis(programs: Programs) -> AsyncIterator[str]:
    """Its address; the server and its files are gone afterwards."""
    base = Path(tempfile.mkdtemp(prefix="hl-bench-"))
    socket = base / "redis.sock"
    options = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(base)]
    options += ["--appendonly", "yes", "--appendfsync", "everysec"]
    options += ["--latency-tracking-info-percentiles", "50 99 99.9", "--slowlog-log-slower-than", "5000"]
    server = subprocess.Popen(  # noqa: ASYNC220 - returns at once, and nothing else runs yet
        programs.argv("redis-server", *options),
        env=programs.env("redis-server"),
        stdout=subprocess.DEVNULL,
    )
    try:
        await _answers(f"unix://{socket}", server)
        yield f"unix://{socket}"
    finally:
        server.terminate()
        await asyncio.to_thread(server.wait, 20)
        shutil.rmtree(base, ignore_errors=True)


async def _answers(url: str, server: subprocess.Popen[bytes]) -> None:
    client = Redis.from_url(url)
    try:
        async with asyncio.timeout(20):
            while server.poll() is None:
                try:
                    await client.ping()
                except RedisAway:
                    await asyncio.sleep(0.02)
                else:
                    return
        raise RuntimeError("redis-server ended at once")
    finally:
        await client.aclose()
