"""A telephone that the hotline may ring: it answers, rejects, is busy, or is never answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from .leg import Leg, NotSeen
from .places import Place

Behaviour = Callable[[Leg], Awaitable[None]]


class Phone:
    """One number at one place.  By default it answers at once; change that before it is called.

    `calls`: every call that reached it, the newest last; `invited_at`: when the newest INVITE came in.
    """

    def __init__(self, name: str, place: Place, number: str, *, tone_hz: int, records: bool) -> None:
        self.name, self.place, self.number = name, place, number
        self.tone_hz, self.records = tone_hz, records
        self.calls: list[Leg] = []
        self._behaviour: Behaviour = _answering(0.0)
        self._arrived = asyncio.Event()
        self._busy_now = 0

    def __repr__(self) -> str:
        return self.name

    @property
    def invited_at(self) -> float:
        """Epoch seconds (its Asterisk's clock) at which the newest INVITE made a channel.  Raises NotSeen."""
        if not self.calls or self.calls[-1].invited_at is None:
            raise NotSeen(f"{self}: no INVITE has reached it")
        return self.calls[-1].invited_at

    @property
    def call(self) -> Leg:
        """The newest call.  Raises NotSeen when it was never called."""
        if not self.calls:
            raise NotSeen(f"{self}: no INVITE has reached it")
        return self.calls[-1]

    def answers(self, after: float = 0.0, talks: float | None = None) -> None:
        """From now on it answers `after` seconds of ringing, and hangs up `talks` seconds later if given."""
        self._behaviour = _answering(after, talks)

    def rejects(self, after: float = 0.0) -> None:
        """From now on it declines (603) after so many seconds."""
        self._behaviour = _refusing("decline", after)

    def busy(self) -> None:
        """From now on it is busy (486)."""
        self._behaviour = _refusing("busy", 0.0)

    def never_answers(self) -> None:
        """From now on it rings until the caller gives up."""
        self._behaviour = Leg.rings

    def does(self, behaviour: Behaviour) -> None:
        """From now on this is done with every call that arrives."""
        self._behaviour = behaviour

    async def rung(self, *, within_s: float = 10.0) -> Leg:
        """The next call that reaches it after those seen by earlier `rung`s.  Raises NotSeen."""
        deadline = time.monotonic() + within_s
        while self._busy_now >= len(self.calls):
            self._arrived.clear()
            try:
                await asyncio.wait_for(self._arrived.wait(), max(deadline - time.monotonic(), 0))
            except TimeoutError:
                raise NotSeen(f"{self}: no call within {within_s} s, {len(self.calls)} before") from None
        self._busy_now += 1
        return self.calls[self._busy_now - 1]

    async def talks(self, *, within_s: float = 10.0) -> Leg:
        """The next call that reaches it, once it is answered.  Raises NotSeen."""
        leg = await self.rung(within_s=within_s)
        await leg.answers(within_s=within_s)
        return leg

    async def hangs_up(self) -> None:
        """Ends every call it is in."""
        for leg in self.calls:
            if leg.ended_at is None:
                await leg.hangs_up()

    async def arrives(self, leg: Leg) -> None:
        """An INVITE has reached it: does what it was told."""
        self.calls.append(leg)
        self._arrived.set()
        await self._behaviour(leg)


def _answering(after: float, talks: float | None = None) -> Behaviour:
    async def answer(leg: Leg) -> None:
        if after > 0:
            await leg.rings()
            await asyncio.sleep(after)
            if leg.ended_at is not None:
                return
        await leg.picks_up()
        if talks is not None:
            try:
                await leg.answers()
            except NotSeen:
                if leg.ended_at is None:
                    raise
                return  # the caller was quicker to leave than the hand at the receiver
            await asyncio.sleep(talks)
            await leg.hangs_up()

    return answer


def _refusing(how: str, after: float) -> Behaviour:
    async def refuse(leg: Leg) -> None:
        if after > 0:
            await leg.rings()
            await asyncio.sleep(after)
        if leg.ended_at is None:
            await leg.turns_down(how)

    return refuse
