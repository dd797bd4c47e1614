"""A reading that many ask for and few need to make."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """Reads at most once in `fresh_s` seconds, and never twice at a time, however many ask.

    `get` raises what the reading raises; `last` is what was read before, None if nothing ever was."""

    def __init__(self, read: Callable[[], Awaitable[T]], *, fresh_s: float) -> None:
        self._read = read
        self._fresh_s = fresh_s
        self._read_at = float("-inf")
        self._lock = asyncio.Lock()
        self.last: T | None = None

    async def get(self) -> T:
        asked_at = time.monotonic()
        async with self._lock:
            if self.last is not None and asked_at - self._read_at < self._fresh_s:
                return self.last
            began = time.monotonic()
            self.last = await self._read()
            self._read_at = began
            return self.last
