"""A leader moves a waiting caller: the ACD queues it elsewhere, and the ledger counts it there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from agi.orders import HANDLERS, Floor
from crm import measures, now_ms
from seats.orders import Order, OrderFailed
from tests.agi.conftest import Hotline, MakeHotline


def _order(call_id: str, **data: Any) -> Order:
    told = {"call_id": call_id, "groups": ["line-12315", "general"], "language": "mn"}
    return Order("order-1", "node1", "move", "leader", told | data)


def _floor(hotline: Hotline) -> Floor:
    """As much of it as needs no telephone."""
    return cast(Floor, SimpleNamespace(acd=hotline.acd, ledger=hotline.ledger))


async def test_a_moved_call_keeps_its_time_and_counts_for_its_new_group(make_hotline: MakeHotline) -> None:
    hotline = await make_hotline()
    await hotline.signed_in()
    line = hotline.call()
    await line.waits()
    before = await hotline.acd.call(line.call_id)
    await HANDLERS["move"](_order(line.call_id), _floor(hotline))
    after = await hotline.acd.call(line.call_id)
    assert before is not None and after is not None
    assert (after.groups, after.language, after.moved_by) == (("line-12315", "general"), "mn", "leader")
    assert after.since_ms == before.since_ms
    _, marks = await hotline.told(line)
    assert marks["moved"] == {"groups": ["line-12315", "general"], "language": "mn", "by": "leader"}
    now = now_ms()
    rows = await measures.calls(hotline.store, now - 60_000, now + 1, by="group")
    assert [(row.key, row.offered) for row in rows] == [("line-12315", 1)]


async def test_a_call_that_is_gone_and_an_order_that_is_none(make_hotline: MakeHotline) -> None:
    hotline = await make_hotline()
    for order, code in (
        (_order("node1-1.1"), "call-gone"),
        (_order("node1-1.1", groups=[]), "bad-order"),
        (_order("node1-1.1", groups=["A B"]), "bad-order"),
        (_order("node1-1.1", language="中文"), "bad-order"),
    ):
        with pytest.raises(OrderFailed) as caught:
            await HANDLERS["move"](order, _floor(hotline))
        assert caught.value.code == code
