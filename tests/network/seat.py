"""A seat's SIP phone: a telephone that registers at the hotline with the seat's credentials."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from ami_bridge import Link

from .actions import Register, ShowRegistrations, Unregister
from .leg import Leg, NotSeen
from .phone import Phone
from .places import Place

LOOK_AGAIN_S = 0.05


class Seat(Phone):
    """Phone of extension `number`.  `registers` and `unregisters` return when the hotline has agreed."""

    def __init__(
        self,
        link: Link,
        place: Place,
        ext: str,
        password: str,
        *,
        hotline: tuple[str, int],
        tone_hz: int,
        records: bool,
        configure: Callable[[Seat], Awaitable[bool]],
        place_call: Callable[[Seat, str], Awaitable[Leg]],
    ) -> None:
        super().__init__(f"seat {ext}", place, ext, tone_hz=tone_hz, records=records)
        self.password = password
        self.hotline = hotline
        self._link, self._configure, self._place_call = link, configure, place_call

    @property
    def registration(self) -> str:
        """Its name in pjsip.conf."""
        return f"register-{self.number}"

    async def registers(self, *, within_s: float = 10.0, wait: bool = True) -> None:
        """Registers (again).  With `wait`, raises NotSeen when the hotline refuses it or does not answer."""
        if not await self._configure(self):
            await self._link.act(Register(registration=self.registration))
        if wait:
            await self.is_("Registered", within_s=within_s)

    async def unregisters(self, *, within_s: float = 10.0) -> None:
        """Takes its registration back.  Raises NotSeen when that is not confirmed."""
        await self._link.act(Unregister(registration=self.registration))
        await self.is_("Unregistered", within_s=within_s)

    async def status(self) -> str:
        """Registered, Unregistered, Rejected …; empty while it was never configured."""
        return (await registrations(self._link)).get(self.registration, "")

    async def calls_out(self, number: str) -> Leg:
        """Dials `number` through the hotline with the seat's credentials; returns when it is placed."""
        return await self._place_call(self, number)

    async def is_(self, status: str, *, within_s: float = 10.0) -> None:
        """Waits for that registration status.  Raises NotSeen."""
        deadline = time.monotonic() + within_s
        while (now := await self.status()) != status:
            if time.monotonic() > deadline:
                raise NotSeen(f"{self}: is {now or 'unknown'} after {within_s} s, not {status}")
            await asyncio.sleep(LOOK_AGAIN_S)


async def registrations(link: Link) -> dict[str, str]:
    """Every seat's registration name and status."""
    reply = await link.act(ShowRegistrations())
    return {item.get("ObjectName", ""): item.get("Status", "") for item in reply.items}
