"""fetch {call_id}: the caller, waiting or talking, goes back into the journey, to the seat reserved for it.

Used by assign and take-over, after the ACD has reserved the new seat (`Acd.assign`).
"""

from __future__ import annotations

from typing import Any

from agi.orders.floor import CALL, Floor, said
from seats.orders import Order, OrderFailed


async def fetch(order: Order, floor: Floor) -> dict[str, Any]:
    """Claims the reservation, so that nobody else wakes this caller, and redirects the caller's channel.

    A talk ends by it for the other side only.
    """
    call_id = said(order, "call_id", CALL)
    caller = await floor.caller(call_id)
    found = await floor.acd.claim(call_id)
    if found is not None:
        await floor.redirect(caller.channel, "hl-call", "wake")
        return {"call_id": call_id, "seat": found.seat}
    # The owner is told of every match by the wake stream too, and may have been quicker: once is enough.
    under_way = await floor.acd.reservation(call_id)
    if under_way is None:
        raise OrderFailed("not-reserved", "没有座席为这通电话留着", "请重新选择座席后再试")
    return {"call_id": call_id, "seat": under_way.seat}
