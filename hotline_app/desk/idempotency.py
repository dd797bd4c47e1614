"""Idempotency-Key: the same request twice is carried out once.

Kept in Redis for a day.  While the first one is at work the second is told so; if the desk dies in between,
the key is free again after a minute.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import RedisError

from hotline_app.desk.problems import Problem

_KEEP_S = 24 * 3600
_AT_WORK_S = 60
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Once:
    """`result` is what the first request made, None when this is the first."""

    _redis: Redis
    _key: str | None
    _digest: str
    result: str | None = None

    @classmethod
    async def begin(cls, redis: Redis, who: str, key: str | None, body: str) -> Once:
        """Raises the 409 problem while the first is at work, 422 when the key was used for something else;
        RedisError when it cannot be told (nothing has been done then)."""
        if key is None:
            return cls(redis, None, "")
        if not key or len(key) > _LONGEST or not key.isprintable():
            raise Problem(
                "invalid", "Idempotency-Key 不可用", field="Idempotency-Key", remedy="请用 1 至 200 个字符"
            )
        digest = hashlib.sha256(body.encode()).hexdigest()
        name = "desk:once:" + hashlib.sha256(f"{who}\0{key}".encode()).hexdigest()
        if await redis.set(name, json.dumps({"body": digest}), nx=True, ex=_AT_WORK_S):
            return cls(redis, name, digest)
        stored = json.loads(await redis.get(name) or "{}")
        if stored and stored["body"] != digest:
            raise Problem(
                "invalid",
                "同一个 Idempotency-Key 用于了不同的内容",
                field="Idempotency-Key",
                remedy="请换一个新的键",
            )
        if "result" not in stored:
            raise Problem(
                "in-progress", "同一请求正在处理", remedy="请稍后重试", headers={"Retry-After": "1"}
            )
        return cls(redis, name, digest, stored["result"])

    async def finish(self, result: str) -> None:
        if self._key is None:
            return
        try:
            await self._redis.set(self._key, json.dumps({"body": self._digest, "result": result}), ex=_KEEP_S)
        except (RedisError, OSError):
            return  # it is done and must be answered so; a repeat within the minute is told to wait

    async def give_up(self) -> None:
        """It was not done: the next try may."""
        if self._key is None:
            return
        try:
            await self._redis.delete(self._key)
        except (RedisError, OSError):
            return  # the key frees itself within a minute
