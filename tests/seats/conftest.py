"""An ACD on an empty, real Redis, and the few words in which its scenarios are told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import TypeVar

import pytest
from redis.asyncio import Redis

from seats import Acd, AcdRules, Full, Offer, Reservation, SeatView, Waiting, connect

NODE = "node1"
T = TypeVar("T")


class Hall:
    """Seats and callers of one node, named by small numbers."""

    def __init__(self, acd: Acd) -> None:
        self.acd = acd

    async def sign_in(self, seat: str, **groups: int) -> SeatView:
        return await self.acd.sign_in(
            seat, user=f"user{seat}", name="王芳", groups=groups or {"general": 1}, languages=["zh"]
        )

    async def ready(self, *seats: str, **groups: int) -> None:
        for seat in seats:
            await self.sign_in(seat, **groups)
            await self.acd.ready(seat)

    async def offer(
        self, call: str, *groups: str, since: int = 0, priority: int = 5
    ) -> Reservation | Waiting | Full:
        return await self.acd.offer(offer(call, *groups, since=since, priority=priority))

    async def reserved(self, call: str, *groups: str) -> Reservation:
        found = await self.offer(call, *groups)
        assert isinstance(found, Reservation)
        return found

    async def talk(self, call: str) -> Reservation:
        found = await self.reserved(call)
        assert await self.acd.ringing(call, found.fence)
        assert await self.acd.answered(call, seat=found.seat, fence=found.fence)
        return found

    async def state(self, seat: str) -> str:
        view = await self.acd.seat(seat)
        return f"{view.state.value} {view.reason}".strip()

    async def call_state(self, call: str) -> str:
        view = await self.acd.call(call)
        return view.state.value if view else "unknown"


def offer(call: str, *groups: str, since: int = 0, priority: int = 5) -> Offer:
    return Offer(
        call_id=call,
        node=NODE,
        channel=f"PJSIP/carrier-{call}",
        groups=groups or ("general",),
        priority=priority,
        waiting_since_ms=since,
        card={"caller_masked": "139****0001"},
    )


async def soon(feed: AsyncIterator[T]) -> T:
    """The feed's next entry; a feed that stays silent fails the test."""
    async with asyncio.timeout(20):
        return await anext(feed)


@pytest.fixture
async def make_acd(redis_url: str, redis_clean: Redis) -> AsyncIterator[Callable[[AcdRules], Acd]]:
    opened: list[Acd] = []

    def make(rules: AcdRules) -> Acd:
        # Patient, because these scenarios are not about time and the machine may be busy.
        clients = connect(redis_url, timeout_s=10)
        opened.append(Acd(clients.call, rules=replace(rules, answer_within_s=20), poll=clients.poll))
        return opened[-1]

    yield make
    for acd in opened:
        await acd.close()


@pytest.fixture
def acd(make_acd: Callable[[AcdRules], Acd]) -> Acd:
    return make_acd(AcdRules())


@pytest.fixture
def hall(acd: Acd) -> Hall:
    return Hall(acd)
