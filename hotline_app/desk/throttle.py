"""Slows down password guessing: counted in Redis for all desks together, in memory while Redis is away."""

from __future__ import annotations

import hashlib
import time

from redis.asyncio import Redis
from redis.exceptions import RedisError

from hotline_app.desk.problems import Problem

# An address may be a whole hall behind one router: it gets this many times the tries of one name.
_ADDRESS_FACTOR = 10
_MEMORY_LIMIT = 10_000


class LoginThrottle:
    """At most `tries` failures a name and ten times as many an address within `window_s` seconds."""

    def __init__(self, redis: Redis, *, tries: int, window_s: int) -> None:
        self._redis = redis
        self._tries = tries
        self._window_s = window_s
        self._memory: dict[str, tuple[int, float]] = {}  # key → failures, end of the window

    async def check(self, name: str, address: str) -> None:
        """Raises the 429 problem when this name or address failed too often."""
        for key, limit in self._keys(name, address):
            count, left = await self._count(key)
            if count >= limit:
                raise Problem(
                    "too-many",
                    f"登录失败次数过多，请在 {max(left, 1)} 秒后再试",
                    remedy="忘记密码请联系系统管理员重置",
                    headers={"Retry-After": str(max(left, 1))},
                )

    async def failed(self, name: str, address: str) -> None:
        for key, _ in self._keys(name, address):
            try:
                async with self._redis.pipeline(transaction=True) as pipe:
                    pipe.incr(key)
                    pipe.expire(key, self._window_s, nx=True)
                    await pipe.execute()
            except (RedisError, OSError):
                self._remember(key)

    async def succeeded(self, name: str) -> None:
        """A good password clears the name's count, never the address's."""
        key, _ = self._keys(name, "")[0]
        self._memory.pop(key, None)
        try:
            await self._redis.delete(key)
        except (RedisError, OSError):
            return  # the count runs out by itself with its window

    def _keys(self, name: str, address: str) -> list[tuple[str, int]]:
        who = hashlib.sha256(name.casefold().encode()).hexdigest()[:24]
        return [
            (f"desk:login:name:{who}", self._tries),
            (f"desk:login:address:{address}", self._tries * _ADDRESS_FACTOR),
        ]

    async def _count(self, key: str) -> tuple[int, int]:
        """Failures and seconds until they are forgotten; the stricter of Redis and memory."""
        count, end = self._memory.get(key, (0, 0.0))
        left = end - time.monotonic()
        if left <= 0:
            count, left = 0, 0.0
        try:
            shared = int(await self._redis.get(key) or 0)
            if shared > count:
                return shared, int(await self._redis.ttl(key))
        except (RedisError, OSError):
            return count, int(left)
        return count, int(left)

    def _remember(self, key: str) -> None:
        now = time.monotonic()
        if len(self._memory) >= _MEMORY_LIMIT:
            self._memory = {k: v for k, v in self._memory.items() if v[1] > now}
        if len(self._memory) >= _MEMORY_LIMIT:
            self._memory.clear()  # a flood of names; it rebuilds its address's count at once
        count, end = self._memory.get(key, (0, 0.0))
        if end <= now:
            count, end = 0, now + self._window_s
        self._memory[key] = (count + 1, end)
