"""The private Redis: started detached, adopted when it still runs, asked until it answers."""

from __future__ import annotations

import asyncio
import os
import time

from redis import exceptions
from redis.asyncio import Redis

from asterisk_conf.obtain import Programs
from hotline_app.processes import Account, Process
from hotline_app.state import State, StateFault

_START_S = 60.0  # a long append-only file takes its time to load
_SOCKET_PATH = 107  # bytes that a unix socket's path may have


class RedisServer:
    """Data, socket and log lie in `<state>/redis`, which belongs to `account` (None: to us)."""

    name = "redis"

    def __init__(self, programs: Programs, state: State, account: Account | None) -> None:
        self._programs = programs
        self._place = state.redis
        self._account = account
        self.process = Process(self.name, state.run / "redis.json")

    def prepare(self) -> None:
        """Makes its directory.  Raises StateFault for a path that a socket cannot have."""
        socket = self._place / "redis.sock"
        if len(os.fsencode(socket)) > _SOCKET_PATH:
            raise StateFault(
                f"状态目录的路径太长，用 --state 换一个短的 / the state directory's path is too long: "
                f"{socket}"
            )
        self._place.mkdir(exist_ok=True, mode=0o700)
        if self._account:
            for path in (self._place, *self._place.rglob("*")):
                os.chown(path, self._account.uid, self._account.gid)

    def start(self) -> None:
        """Starts it (unless it runs); `ready` tells when it answers."""
        if self.process.running:
            return
        place = self._place
        options = {
            "port": "0",
            "unixsocket": str(place / "redis.sock"),
            "unixsocketperm": "700",
            "dir": str(place),
            "save": "",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
            "logfile": str(place / "redis.log"),
            "daemonize": "no",
            "set-proc-title": "no",  # the command line is how the process is known again
        }
        words = [word for key, value in options.items() for word in (f"--{key}", value)]
        environment = {**self._programs.env("redis-server"), "LC_ALL": "C"}
        self.process.spawn(
            self._programs.argv("redis-server", *words),
            env=environment,
            output=place.parent / "log/redis.out",
            cwd=place,
            account=self._account,
        )

    async def ready(self) -> None:
        """Returns when it answers.  Raises StateFault when it ends or stays silent."""
        deadline = time.monotonic() + _START_S
        async with Redis(unix_socket_path=str(self._place / "redis.sock"), socket_timeout=1.0) as client:
            while True:
                try:
                    await client.ping()
                    return
                except (exceptions.RedisError, OSError):  # not yet, or still loading
                    if not self.process.running or time.monotonic() > deadline:
                        raise StateFault(
                            f"Redis 没有启动，原因见 {self._place}/redis.log 和 "
                            f"{self._place.parent}/log/redis.out / Redis did not start: see its log"
                        ) from None
                await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """Ends it in order; it writes what it has."""
        await self.process.stop(patience_s=20)
