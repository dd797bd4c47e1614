"""move {call_id, groups, language}: a leader puts a waiting caller into other queues; its time is kept.

The mark says for which group the call counts from now on (crm/measures).
"""

from __future__ import annotations

import re
from typing import Any

from agi.orders.floor import CALL, Floor, call_gone, said
from crm import Mark, now_ms
from seats.orders import Order, OrderFailed

_GROUP = re.compile(r"[a-z0-9_-]{1,32}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,8}", re.ASCII)


async def move(order: Order, floor: Floor) -> dict[str, Any]:
    """Refused ("call-gone") for a call that nobody knows, or that a seat made."""
    call_id, language = said(order, "call_id", CALL), said(order, "language", _LANGUAGE)
    groups = order.data.get("groups")
    if not isinstance(groups, list) or not groups or not all(_GROUP.fullmatch(str(each)) for each in groups):
        raise OrderFailed("bad-order", "请求内容有误：groups", "请刷新页面后重试")
    if await floor.acd.move(call_id, groups, language, by=order.by, request_id=order.id) is None:
        raise call_gone()
    told = {"groups": groups, "language": language, "by": order.by}
    await floor.ledger.mark(Mark(call_id, "moved", now_ms(), key=order.id, data=told))
    return {"call_id": call_id, "groups": groups}
