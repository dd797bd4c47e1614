"""Somebody with a telephone who calls in from outside: a citizen, an emergency operator, a department."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from .leg import Leg
from .places import Place

PlaceCall = Callable[["Citizen", str], Awaitable[Leg]]


@dataclass(frozen=True, slots=True)
class Citizen:
    """A caller with `number` (and `name`, printable text without line breaks) at `place`.

    For names no Asterisk would send there is raw_sip.raw_invite.
    """

    number: str
    place: Place
    place_call: PlaceCall
    hotline: tuple[str, int]
    name: str = ""
    speaks: bool = True
    records: bool = True

    async def dials(self, number: str) -> Leg:
        """Places the call and returns at once."""
        return await self.place_call(self, number)

    async def calls(self, number: str, *, within_s: float = 15.0) -> Leg:
        """Places the call and returns when it is answered.  Raises NotSeen."""
        leg = await self.dials(number)
        await leg.answers(within_s=within_s)
        return leg
