"""What stands at the other end of the desk's orders: a node's owner, and seats and callers made of facts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from ami_bridge.tasks import end
from seats import Acd, Clients, Offer, Reservation, Waiting
from seats.orders import Order, OrderFailed, Orders
from tests.desk.standing import Standing

CARD = {"caller_masked": "139****0001", "place": "内蒙古赤峰市", "line": "12345", "origin": "carrier"}


class Owner:
    """Answers every order of node1 and keeps what was ordered; what needs no telephone is carried out."""

    def __init__(self, orders: Orders, acd: Acd) -> None:
        self._orders = orders
        self._acd = acd
        self.did: list[Order] = []
        self.refusal: OrderFailed | None = None

    async def work(self) -> None:
        async for order in self._orders.take("node1"):
            self.did.append(order)
            if self.refusal is not None:
                await self._orders.failed(order, self.refusal)
                continue
            if order.name == "move":
                data = order.data
                await self._acd.move(data["call_id"], data["groups"], data["language"], by=order.by)
            await self._orders.done(order, _answer(order))


def _answer(order: Order) -> dict[str, Any]:
    if order.name == "dial-out":
        return {"call_id": "node1-9.1", "ticket_no": "20261124000009"}
    return dict(order.data)


@asynccontextmanager
async def owner_of(clients: Clients, acd: Acd) -> AsyncIterator[Owner]:
    orders = Orders(clients.call)
    owner = Owner(orders, acd)
    task = asyncio.create_task(owner.work())
    yield owner
    await end(task)
    await orders.close()


async def seat_ready(desk: Standing, ext: str, **groups: int) -> None:
    """Signed in, ready, with a phone at node1."""
    name = f"seat{ext[-1]}"
    await desk.acd.sign_in(ext, user=name, name=name, groups=groups or {"general": 1}, languages=["zh"])
    await desk.acd.contact(ext, True, node="node1")
    await desk.acd.device(ext, "NOT_INUSE", node="node1")
    await desk.acd.ready(ext)


async def waits(
    desk: Standing, call_id: str, *, since_ms: int = 0, groups: tuple[str, ...] = ("general",)
) -> Waiting:
    """A caller in the queue."""
    found = await desk.acd.offer(
        Offer(call_id, "node1", "PJSIP/carrier-1", groups=groups, waiting_since_ms=since_ms, card=CARD)
    )
    assert isinstance(found, Waiting)
    return found


async def talks(desk: Standing, call_id: str, ext: str) -> None:
    """That seat, ready before, talks with a caller."""
    found = await desk.acd.offer(Offer(call_id, "node1", "PJSIP/carrier-1", card=CARD))
    assert isinstance(found, Reservation) and found.seat == ext
    await desk.acd.ringing(call_id, found.fence)
    assert await desk.acd.answered(call_id, seat=ext, fence=found.fence)
    await desk.acd.device(ext, "INUSE", node="node1")
