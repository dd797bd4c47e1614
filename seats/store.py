"""The way to Redis: scripts and plain commands within a time limit, errors as the ACD's own types."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from seats.errors import AcdUnavailable, RefusedTransition
from seats.keys import KEYS
from seats.model import AcdRules
from seats.script_book import ScriptBook

# Redis works one command at a time: in a rush it is better to queue here than to open a connection a caller.
AT_ONCE = 16

Argument = str | bytes | int

# As bytes, because redis-py encodes text anew in every command.
_KEYS: tuple[Argument, ...] = (len(KEYS), *(key.encode() for key in KEYS.values()))


class ScriptStore:
    def __init__(self, redis: Redis, rules: AcdRules) -> None:
        self._redis = redis
        self._within_s = rules.answer_within_s
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._answered_at = 0.0  # the event loop's clock
        self._book = ScriptBook(rules)

    async def run(self, name: str, *arguments: str | int) -> Any:
        """One transition, one round trip; two more after Redis was emptied or replaced."""
        call: tuple[Argument, ...] = ("FCALL", self._book.function(name), *_KEYS, *arguments)
        try:
            async with self._turn():
                try:
                    return await self._send(*call)
                except ResponseError as error:
                    if "Function not found" not in str(error):
                        raise
                    await self._send("FUNCTION LOAD", "REPLACE", self._book.source)
                    return await self._send(*call)
        except ResponseError as error:
            refused = str(error).split()
            if refused[:1] == ["REFUSED"]:
                raise RefusedTransition(refused[1], refused[2], refused[3]) from None
            raise AcdUnavailable(f"{name}: {error}") from error
        except (RedisError, OSError, TimeoutError) as error:
            raise AcdUnavailable(f"{name}: {error or type(error).__name__}") from error

    async def ask(self, command: str, *arguments: str | int) -> Any:
        try:
            async with self._turn():
                return await self._send(command, *arguments)
        except (RedisError, OSError, TimeoutError) as error:
            raise AcdUnavailable(f"{command}: {error or type(error).__name__}") from error

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Waits for a turn as long as Redis answers others, then allows ``answer_within_s`` or TimeoutError.

        A rush only makes the line longer.  A silent Redis costs everybody the same short time, also those
        who had not had their turn.
        """
        clock = asyncio.get_running_loop().time
        began = clock()
        while self._at_once.locked():
            waited_from = clock()
            try:
                async with asyncio.timeout(self._within_s):
                    await self._at_once.acquire()
                break
            except TimeoutError:
                if self._answered_at < waited_from:
                    raise
        else:
            await self._at_once.acquire()
        try:
            start = clock() if self._answered_at >= began else began
            async with asyncio.timeout_at(start + self._within_s):
                yield
            self._answered_at = clock()
        finally:
            self._at_once.release()

    async def _send(self, *command: Argument) -> Any:
        return await self._redis.execute_command(*command)  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        await self._redis.aclose()
