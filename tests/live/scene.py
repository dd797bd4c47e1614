"""A house, the telephone network around it, and the people at its seats."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from asterisk_conf.obtain import Programs
from tests.live.house import House
from tests.live.screens import Screen, people_for
from tests.network.network import Network
from tests.network.seat import Seat


class Scene:
    """Entered: the house has said READY and the telephone network stands."""

    def __init__(self, programs: Programs, house: House, *, ports: Mapping[str, int] | None = None) -> None:
        self._programs = programs
        self._ports = ports or {}
        self.house = house
        self.phones: dict[str, Seat] = {}
        self.screens: dict[str, Screen] = {}
        self._life = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await people_for(self.house)
        self.house.start()
        await self.house.ready()
        runtime = self.house.runtime
        places = [runtime.place(node) for node in runtime.private_nodes]
        first, *more = [(place.sip_host, place.sip_port) for place in places]
        self.net = await self._life.enter_async_context(
            Network(self._programs, hotline_sip=first, more_sip=more, ports=self._ports)
        )
        self._life.push_async_callback(self._leave)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._life.__aexit__(kind, fault, trace)

    async def _leave(self) -> None:
        for screen in self.screens.values():
            await screen.leave()

    async def staffed(
        self,
        *,
        speaks: bool = True,
        records: bool = False,
        ready: bool = True,
        at: Mapping[str, int] | None = None,
    ) -> None:
        """Every seat: phone registered, screen open, somebody signed in (and ready).

        at: extension → the node (from 0) at which its phone registers, the first by default.
        """
        secrets = {seat.ext: seat.secret for seat in self.house.seats}
        for node in range(len(self.house.runtime.private_nodes)):
            here = {ext: secret for ext, secret in secrets.items() if (at or {}).get(ext, 0) == node}
            phones = await self.net.seats(here, speaks=speaks, records=records, node=node)
            self.phones |= dict(zip(here, phones, strict=True))
        opened = await asyncio.gather(*(Screen.opened(self.house, ext) for ext in secrets))
        self.screens = {screen.ext: screen for screen in opened}
        if ready:
            await asyncio.gather(*(screen.does("ready") for screen in opened))

    async def until(
        self, true: Callable[[], Awaitable[bool]], *, within_s: float = 20.0, what: str = "it"
    ) -> None:
        """Waits for a condition of the house.  Raises AssertionError naming it."""
        deadline = time.monotonic() + within_s
        while not await true():
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {within_s} s for {what}")
            await asyncio.sleep(0.2)
