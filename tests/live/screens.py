"""A seat's screen without a browser: holds the event stream, beats, acknowledges and keeps its pops."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from crm import People, Role
from tests.live.house import House
from tests.network.desk import Desk, DeskRefused

PASSWORD = "Test-Seat-2026!"


@dataclass(frozen=True, slots=True)
class Pop:
    """A pop as the screen received it; `at` in epoch seconds of this machine's clock."""

    at: float
    call_id: str
    data: dict[str, Any]


@dataclass
class Screen:
    """The console of one seat, and the person at it: ready again after each call.  `leave` closes it."""

    house: House
    ext: str
    keen: bool = True  # presses "ready" again whenever something made the seat not ready
    pops: list[Pop] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    _desk: Desk | None = None
    _task: asyncio.Task[None] | None = None
    _connected: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    async def opened(cls, house: House, ext: str) -> Screen:
        """Logged in, signed in at the seat, its stream connected; not ready yet."""
        screen = cls(house, ext)
        screen._task = asyncio.create_task(screen._live(), name=f"screen {ext}")
        async with asyncio.timeout(90):
            await screen._connected.wait()
        return screen

    async def does(self, verb: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """One button of the seat: ready, not-ready, wrap-up-done, sign-out."""
        assert self._desk is not None
        view: dict[str, Any] = await self._desk.post(f"/seats/{self.ext}/{verb}", body)
        return view

    async def leave(self) -> None:
        """Closes the page."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _live(self) -> None:
        """As a real page does: connects again for as long as it is open."""
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError, ConnectionError, DeskRefused):
                async with Desk(self.house.url) as desk:
                    await desk.login(f"seat{self.ext}", PASSWORD)
                    await desk.post(f"/seats/{self.ext}/sign-in")
                    self._desk = desk
                    await self._follow(desk)
            await asyncio.sleep(0.5)

    async def _follow(self, desk: Desk) -> None:
        async for event in desk.events():
            if event["type"] == "hello":
                self._connected.set()
            elif event["type"] == "pop":
                self.pops.append(Pop(event["received_at"], event["data"]["call_id"], event["data"]))
            else:
                self.events.append(event)
                await self._ready_again(desk, event)

    async def _ready_again(self, desk: Desk, event: dict[str, Any]) -> None:
        told = event["data"]
        if not self.keen or event["type"] != "seat.changed" or told.get("seat") != self.ext:
            return
        if told["state"] == "not_ready" and told["reason"] != "signed_in":
            with contextlib.suppress(DeskRefused):  # it has moved on meanwhile: its own event follows
                await desk.post(f"/seats/{self.ext}/ready")


async def people_for(house: House) -> None:
    """A user for each seat of the house (name `seat<ext>`)."""
    store = await house.store()
    try:
        people = People(store)
        for seat in house.seats:
            await people.add(f"seat{seat.ext}", PASSWORD, Role.SEAT, seat=seat.ext, actor="test")
    finally:
        await store.close()
