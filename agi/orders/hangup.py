"""hangup {call_id}: ends a call, the caller's leg and every other one."""

from __future__ import annotations

import asyncio
from typing import Any

from agi.orders.floor import CALL, Floor, said
from crm import Mark, now_ms
from seats.orders import Order, OrderFailed


async def hangup(order: Order, floor: Floor) -> dict[str, Any]:
    """The end itself comes back as an event.  A call that only the ACD still knows is ended there."""
    call_id = said(order, "call_id", CALL)
    try:
        legs = await floor.legs(call_id)
    except OrderFailed:
        await floor.acd.ended(call_id)
        raise
    await floor.ledger.mark(Mark(call_id, "hangup_ordered", now_ms(), key=order.id, data={"by": order.by}))
    ended = await asyncio.gather(*(floor.hang_up(leg.channel) for leg in legs))
    return {"call_id": call_id, "legs": sum(ended)}
