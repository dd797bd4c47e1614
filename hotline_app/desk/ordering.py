"""What the desk orders of a node's owner, and its answers as problems.  The desk has no line to Asterisk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hotline_app.desk.problems import Problem
from seats.orders import OrderFailed, Orders, OrderTimeout


class Ordering:
    """A thin way to `seats.orders`.  What an order takes and returns stands in its file of agi/orders/."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders

    async def ask(
        self, node: str, name: str, data: Mapping[str, Any], *, by: str, request_id: str | None = None
    ) -> dict[str, Any]:
        """Waits for the owner's answer (about 3 s at most).

        Raises the 409 problem when the owner cannot, the 503 problem when no owner answers; AcdUnavailable.
        """
        try:
            return await self._orders.post(node, name, data, by=by, request_id=request_id)
        except OrderFailed as why:
            raise Problem("conflict", why.detail, remedy=why.remedy or None) from why
        except OrderTimeout as silence:
            raise _silent(silence) from silence

    async def hang_up(self, call_id: str, who: str) -> None:
        """Ends a call; its end comes back as an event.  Safe to repeat."""
        await self.ask(node_of(call_id), "hangup", {"call_id": call_id}, by=who)


def node_of(call_id: str) -> str:
    """The node that a call is at: its id begins with the node's name."""
    return call_id.rpartition("-")[0]


def _silent(silence: OrderTimeout) -> Problem:
    if silence.taken:
        return Problem(
            "node-away",
            "电话系统没有及时回应，操作可能已经生效",
            remedy="请先看通话的现状，需要时再试一次",
            headers={"Retry-After": "5"},
        )
    return Problem(
        "node-away",
        "电话节点暂时没有进程接管，操作没有执行",
        remedy="请几秒后再试；挂断可先用话机。持续一分钟以上请通知系统管理员检查桥接进程",
        headers={"Retry-After": "5"},
    )
