"""drop-peer {peer}: another node is gone; what leads there is let go at once, not in silence later."""

from __future__ import annotations

import asyncio
from typing import Any

from agi.orders.floor import NODE, Floor, said
from seats.orders import Order

DESTINATION_GONE = 27  # Q.850: Dial then says CHANUNAVAIL, and the caller goes on to another seat


async def drop_peer(order: Order, floor: Floor) -> dict[str, Any]:
    """Ends every leg over that node's trunk."""
    peer = said(order, "peer", NODE)
    legs = [each for each in await floor.channels() if each.channel.startswith(f"PJSIP/{peer}-")]
    ended = await asyncio.gather(*(floor.hang_up(leg.channel, cause=DESTINATION_GONE) for leg in legs))
    return {"legs": sum(ended)}
