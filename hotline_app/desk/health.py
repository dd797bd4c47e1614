"""What the desk stands on (database, Redis) and whether it answers; listeners hear each change."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

DATABASE = "database"
REDIS = "redis"


class Health:
    """`up[part]` is the last known answer of a part; it starts as up, so that a page does not flash red."""

    def __init__(self) -> None:
        self.up: dict[str, bool] = {DATABASE: True, REDIS: True}
        self._listeners: list[Callable[[str, bool], None]] = []
        self._log: Any = structlog.get_logger("desk.health")

    def listen(self, listener: Callable[[str, bool], None]) -> None:
        """`listener(part, up)` is called at each change, from the event loop."""
        self._listeners.append(listener)

    def report(self, part: str, up: bool, why: str = "") -> None:
        if self.up[part] == up:
            return
        self.up[part] = up
        if up:
            self._log.info("part is back", part=part)
        else:
            self._log.warning("part is away", part=part, why=why)
        for listener in self._listeners:
            listener(part, up)

    @property
    def away(self) -> list[str]:
        return [part for part, up in self.up.items() if not up]


async def probe(
    health: Health,
    part: str,
    ask: Callable[[], Awaitable[object]],
    faults: tuple[type[Exception], ...],
    every_s: float,
) -> None:
    """Asks the part for ever, `every_s` seconds apart (a quarter of that while it is away)."""
    caught: tuple[type[Exception], ...] = (*faults, TimeoutError)
    while True:
        try:
            async with asyncio.timeout(every_s):
                await ask()
        except caught as fault:
            health.report(part, False, type(fault).__name__)
        else:
            health.report(part, True)
        await asyncio.sleep(every_s if health.up[part] else every_s / 4)
