"""dial-out {seat, number (sealed), seat_node?}: a seat calls an outside number of the allow-list.

The seat's phone rings first, then the citizen's.  The call has its entry in the ledger before anything rings.
"""

from __future__ import annotations

import re
from typing import Any

from agi.legs import new_call_id
from agi.orders.floor import NODE, SEAT, Floor, said
from ami_bridge import actions as act
from crm import Arrival, Mark, Origin, Outcome, now_ms
from seats import RefusedTransition, SeatState
from seats.orders import Order, OrderFailed

RING_S = 25.0
REFUSED_WITHIN_S = 1.2
_SEALED = re.compile(r"[A-Za-z0-9+/=]{20,200}", re.ASCII)


async def dial_out(order: Order, floor: Floor) -> dict[str, Any]:
    """Returns the call's id as soon as the seat's phone rings (or has answered)."""
    seat, peer = said(order, "seat", SEAT), said(order, "seat_node", NODE, default="")
    number = floor.unseal(said(order, "number", _SEALED))
    way = floor.outside.way(number)
    if way is None:
        raise OrderFailed(
            "not-allowed",
            "这个号码不在允许外呼的范围内",
            "请核对号码；确需拨打，请管理员在 [numbers.routes] 里放开",
        )
    call_id, now = new_call_id(floor.node), now_ms()
    await _engage(floor, seat, call_id)
    opened = await floor.ledger.open(
        Arrival(call_id, floor.node, Origin.SEAT, floor.outside.shown, number, None, now)
    )
    await floor.ledger.mark(Mark(call_id, "dialled_out", now, seat=seat, key=order.id, data={"by": order.by}))
    away = f"@{peer}" if peer and peer != floor.node else ""
    reply = await floor.act(
        act.Originate(
            channel=f"PJSIP/{seat}{away}",
            channel_id=call_id,
            context="hl-out",
            exten="s",
            timeout_s=RING_S,
            caller_id=f"<{number}>",  # the seat's phone shows whom it is about to call
            variables={
                "__HL_CALL": call_id,
                "HL_LEG": seat,
                "HL_LINE": floor.outside.shown,
                "HL_ARRIVED": str(now),
                "HL_SHOWN": floor.outside.shown,
                "HL_OUT": way.digits,
                "HL_TRUNK": way.trunk,
            },
        )
    )
    told = await floor.rings.of(reply.headers.get("ActionID", ""), within_s=REFUSED_WITHIN_S)
    if told is not None and not told.ok:
        await floor.ledger.close(call_id, Outcome.FAILED, now_ms(), told.reason, seat=seat)
        await floor.acd.ended(call_id)
        raise _unreachable(seat)
    return {"call_id": call_id, "ticket_no": opened.ticket_no, "caller_masked": opened.caller_masked}


async def _engage(floor: Floor, seat: str, call_id: str) -> None:
    """From now on no caller is matched with this seat."""
    try:
        await floor.acd.dialling_out(seat, call_id, node=floor.node)
    except RefusedTransition as refused:
        if refused.event == "dial_out_unregistered":
            raise _unreachable(seat) from refused
        if refused.from_state == SeatState.SIGNED_OUT:
            raise OrderFailed("signed-out", "您还没有签入", "请先签入再外呼") from refused
        raise OrderFailed(
            "seat-busy", "您正在接听或即将接听一通电话", "请先结束这通电话，或先示忙"
        ) from refused


def _unreachable(seat: str) -> OrderFailed:
    return OrderFailed(
        "seat-unreachable", f"您的话机 {seat} 振不了铃", "请检查话机是否已注册、是否占线，再试一次"
    )
