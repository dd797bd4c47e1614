"""The books of a house after the calls: ledger, tickets, Asterisk and seats must agree."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sqlalchemy import select

from agi.legs import seat_of
from ami_bridge import Link, LinkState, NodeEndpoint
from ami_bridge import actions as act
from crm.models import Call, CallLeg, CallMark, Ticket
from seats import SeatState
from tests.live.scene import Scene


@dataclass(frozen=True, slots=True)
class Books:
    """Counted in the database, as another process sees it."""

    calls: int
    tickets: int
    numbers: int  # different ticket numbers
    outcomes: dict[str, int]
    open: int  # calls without an outcome
    strays: frozenset[str]  # calls that marks or legs tell of, and the ledger does not know


async def books(scene: Scene) -> Books:
    """Reads the ledger and the tickets."""
    store = await scene.house.store()
    try:
        async with store.read() as connection:
            rows = list(await connection.scalars(select(Call.outcome)))
            numbers = list(await connection.scalars(select(Ticket.no)))
            known = set(await connection.scalars(select(Call.call_id)))
            told_of = {
                *await connection.scalars(select(CallMark.call_id)),
                *await connection.scalars(select(CallLeg.call_id)),
            }
    finally:
        await store.close()
    told = [outcome for outcome in rows if outcome]
    counted = {outcome: told.count(outcome) for outcome in sorted(set(told))}
    return Books(
        len(rows), len(numbers), len(set(numbers)), counted, len(rows) - len(told), frozenset(told_of - known)
    )


async def settled(scene: Scene, calls: int, *, within_s: float = 90.0) -> Books:
    """Waits until so many calls are on record and all are explained, then asserts what must hold of them:
    one ticket each, no number twice, nothing unexplained, no channel left, no seat left reserved."""

    async def explained() -> bool:
        now = await books(scene)
        return now.calls >= calls and now.open == 0 and now.tickets == now.calls

    await scene.until(explained, within_s=within_s, what=f"{calls} explained calls")
    kept = await books(scene)
    assert (kept.calls, kept.tickets, kept.numbers) == (calls, calls, calls), kept
    assert not kept.strays, kept
    assert await channels(scene) == []
    status = await scene.house.get("/status")
    assert status["unexplained"] == 0, status
    assert status["live_calls"] == 0, status
    busy = {state.value for state in (SeatState.RESERVED, SeatState.RINGING, SeatState.TALKING)}
    assert not busy & {state for state, count in status["seats"].items() if count}, status
    return kept


async def channels(scene: Scene) -> list[str]:
    """The channels that the house's Asterisk has now."""
    found: list[str] = []
    for endpoint in scene.house.runtime.nodes:
        async with Observer(endpoint) as link:
            reply = await link.act(act.CoreShowChannels())
            found += [item.get("Channel", "") for item in reply.items]
    return found


async def seats_talking(scene: Scene) -> int:
    """How many seats' channels the house's Asterisk has."""
    return sum(1 for name in await channels(scene) if seat_of(name))


class Observer:
    """A short AMI session of our own."""

    def __init__(self, endpoint: NodeEndpoint) -> None:
        self._link = Link(endpoint, lambda _event: None, _nothing, on_state=self._state, wanted=())
        self._up = asyncio.Event()

    def _state(self, state: LinkState) -> None:
        if state is LinkState.UP:
            self._up.set()

    async def __aenter__(self) -> Link:
        await self._link.start()
        async with asyncio.timeout(10):
            await self._up.wait()
        return self._link

    async def __aexit__(self, *_: object) -> None:
        await self._link.stop()


async def _nothing(_snapshot: object) -> None:
    return None
