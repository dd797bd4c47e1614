"""A robot at a seat's console: signs in, is ready again after each call, acknowledges each pop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import structlog

from .desk import Desk, DeskRefused

WRAP_UP_S = 2.0
AGAIN_S = 1.0

Pause = Callable[[float], Awaitable[None]]


class Robot:
    """Works the console of seat `ext` with the login `name`, `password` until it is cancelled.

    popped: (call id, when, epoch seconds) of every pop that it was shown.
    """

    def __init__(self, url: str, ext: str, name: str, password: str, *, wrap_up_s: float = WRAP_UP_S) -> None:
        self._url, self._name, self._password = url, name, password
        self._wrap_up_s = wrap_up_s
        self.ext = ext
        self.popped: list[tuple[str, float]] = []
        self._log = structlog.get_logger("robot").bind(seat=ext)

    async def works(self) -> None:
        """Until cancelled; comes back when the desk was away."""
        while True:
            try:
                async with Desk(self._url) as desk:
                    await desk.login(self._name, self._password)
                    await self._shift(desk)
            except (aiohttp.ClientError, DeskRefused, TimeoutError) as fault:
                self._log.warning("robot.desk_away", reason=str(fault))
            await asyncio.sleep(AGAIN_S)

    async def _shift(self, desk: Desk) -> None:
        stream = desk.events()
        async for event in stream:
            kind, data = event["type"], event["data"]
            if kind == "hello":
                await self._sit_down(desk)
            elif kind == "pop":
                self.popped.append((str(data["call_id"]), asyncio.get_running_loop().time()))
            elif kind == "seat.changed" and data.get("seat") == self.ext:
                await self._answer_to(desk, str(data["state"]), str(data.get("reason", "")))

    async def _sit_down(self, desk: Desk) -> None:
        view = await desk.get(f"/seats/{self.ext}")
        if view["state"] == "signed_out":
            view = await desk.post(f"/seats/{self.ext}/sign-in")
        await self._answer_to(desk, str(view["state"]), str(view["reason"]))

    async def _answer_to(self, desk: Desk, state: str, reason: str) -> None:
        """Ready again after whatever the system made it not ready for."""
        if state == "wrap_up":
            await asyncio.sleep(self._wrap_up_s)
            await self._press(desk, "wrap-up-done")
        elif state == "not_ready":
            if reason != "signed_in":
                await asyncio.sleep(self._wrap_up_s)
            await self._press(desk, "ready")

    async def _press(self, desk: Desk, button: str) -> None:
        try:
            await desk.post(f"/seats/{self.ext}/{button}")
        except DeskRefused as refused:
            # The state has moved on meanwhile (the wrap-up ended by itself): its own event follows.
            self._log.info("robot.button_refused", button=button, reason=str(refused))
