"""Calls: pages, the live list, one call in full, the caller's number, hanging up."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from crm import Outcome, audit, now_ms
from hotline_app.desk.ending import end
from hotline_app.logs import mask
from seats import Offer, Reservation
from seats.orders import Order, OrderFailed, Orders
from tests.desk.conftest import OpenBrowser
from tests.desk.standing import Standing

NUMBER = "13904760001"


async def test_pages_neither_skip_nor_repeat_while_calls_arrive(desk: Standing, browse: OpenBrowser) -> None:
    start = now_ms()
    for number in range(25):
        await desk.call(f"node1-1.{number}", outcome=Outcome.NOTICE, arrived_at=start + number // 2)
    one = await browse(desk, "seat1")
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await one.get(f"/calls?limit=7{cursor}")).body
        seen += [row["id"] for row in page["items"]]
        await desk.call(f"node1-2.{len(seen)}", arrived_at=start + 1000)
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert sorted(seen) == sorted(f"node1-1.{number}" for number in range(25))
    assert len(set(seen)) == 25


async def test_filters(desk: Standing, browse: OpenBrowser) -> None:
    day = 1_795_449_600_000  # 2026-11-24 00:00 in Beijing
    await desk.call("node1-1.1", arrived_at=day - 1, outcome=Outcome.NOTICE)
    await desk.call("node1-1.2", arrived_at=day, line="12315", seat="1001", outcome=Outcome.ANSWERED)
    await desk.call("node1-1.3", arrived_at=day + 1)
    one = await browse(desk, "seat1")

    async def ids(query: str) -> list[str]:
        return [row["id"] for row in (await one.get(f"/calls?{query}")).body["items"]]

    assert await ids("from=2026-11-24") == ["node1-1.3", "node1-1.2"]
    assert await ids("to=2026-11-24") == ["node1-1.1"]
    assert await ids("from=" + quote("2026-11-24T00:00:00.001+08:00")) == ["node1-1.3"]
    assert await ids("from=2026-11-24T00:00:00.001+08:00") == ["node1-1.3"]  # the plus arrives as a blank
    assert await ids("from=2026-11-23T16:00:00.001Z") == ["node1-1.3"]
    assert await ids("line=12315") == await ids("seat=1001") == ["node1-1.2"]
    assert await ids("state=ended") == ["node1-1.2", "node1-1.1"]
    assert await ids("state=live&line=12315") == []
    assert await ids("state=&from=&line=&limit=1") == ["node1-1.3"]


async def test_bad_questions_name_the_field(desk: Standing, browse: OpenBrowser) -> None:
    one = await browse(desk, "seat1")
    for query, field in (
        ("state=dead", "state"), ("limit=0", "limit"), ("limit=201", "limit"), ("limit=x", "limit"),
        ("from=yesterday", "from"), ("line=12a", "line"), ("cursor=xyz", "cursor"), ("cursor=%00", "cursor"),
        ("cursor=" + "W" * 500, "cursor"), ("stat=live", "stat"), ("seat=x", "seat"),
    ):  # fmt: skip
        answer = await one.get(f"/calls?{query}")
        assert (answer.problem, answer.body["field"]) == ("invalid", field), query
    for path in ("/calls/nothing", "/calls/a%20b", "/calls/%2e%2e", "/calls/" + "9" * 200, "/calls/%00"):
        assert (await one.get(path)).problem == "not-found", path


async def test_the_live_list_joins_ledger_and_acd(desk: Standing, browse: OpenBrowser) -> None:
    await desk.call("node1-1.1")
    await desk.call("node1-1.2")
    await desk.call("node1-1.3", outcome=Outcome.ABANDONED_QUEUE)
    one = await browse(desk, "seat1")
    await desk.acd.sign_in("1001", user="seat1", name="seat1", groups={"general": 1}, languages=["zh"])
    await desk.acd.ready("1001")
    since = now_ms() - 5000
    found = await desk.acd.offer(Offer("node1-1.2", "node1", "PJSIP/carrier-1", waiting_since_ms=since))
    assert isinstance(found, Reservation)
    rows = {row["id"]: row for row in (await one.get("/calls?state=live")).body["items"]}
    assert {call: (row["state"], row["seat"]) for call, row in rows.items()} == {
        "node1-1.1": (None, None),
        "node1-1.2": ("reserved", "1001"),
    }
    assert rows["node1-1.2"]["waiting_since_ms"] == since
    detail = (await one.get("/calls/node1-1.2")).body
    assert detail["state"] == "reserved" and detail["ticket"]["call_id"] == "node1-1.2"


async def test_one_call_in_full_and_never_its_number(desk: Standing, browse: OpenBrowser) -> None:
    earlier = await desk.call("node1-1.1", outcome=Outcome.NOTICE)
    number = await desk.call("node1-1.2", seat="1001", outcome=Outcome.ANSWERED)
    one = await browse(desk, "seat1")
    answer = (await one.get("/calls/node1-1.2")).body
    assert answer["caller_masked"] == "139****0001" and answer["place"] == "内蒙古赤峰市"
    assert [mark["kind"] for mark in answer["marks"]] == ["arrived", "offered", "answered", "ended"] or {
        "offered", "answered",
    } <= {mark["kind"] for mark in answer["marks"]}  # fmt: skip
    assert answer["ticket"]["no"] == number and answer["seat"] == "1001"
    assert [ticket["no"] for ticket in answer["history"]] == [earlier]
    assert answer["arrived_at"].endswith("+08:00")
    for path in ("/calls/node1-1.2", "/calls", "/calls?state=live", "/tickets", f"/tickets/{number}"):
        assert NUMBER not in str((await one.get(path)).body)


async def test_the_whole_number_is_for_the_seat_that_has_the_call_and_for_leaders(
    desk: Standing, browse: OpenBrowser
) -> None:
    await desk.call("node1-1.1")
    one, two = await browse(desk, "seat1"), await browse(desk, "seat2")
    leader = await browse(desk, "leader")
    path = "/calls/node1-1.1/reveal"
    assert (await one.post(path, {})).problem == "forbidden"
    await desk.acd.answered("node1-1.1", seat="1001")
    assert (await one.post(path, {"reason": "回拨"})).body == {"caller": "+86" + NUMBER}
    assert (await two.post(path, {})).problem == "forbidden"
    assert (await leader.post(path, {})).body["caller"].endswith(NUMBER)
    rows = [row for row in await audit.trail(desk.store, target="node1-1.1") if row.action == "call.reveal"]
    assert [(row.actor, row.data.get("reason")) for row in reversed(rows)] == [
        ("seat1", "回拨"),
        ("leader", ""),
    ]


async def test_the_seat_may_look_again_for_a_quarter_of_an_hour(desk: Standing, browse: OpenBrowser) -> None:
    one, hour = await browse(desk, "seat1"), 3_600_000
    await desk.call("node1-1.1", seat="1001", outcome=Outcome.ANSWERED, arrived_at=now_ms() - 61_000)
    await desk.call("node1-1.2", seat="1001", outcome=Outcome.ANSWERED, arrived_at=now_ms() - hour)
    assert (await one.post("/calls/node1-1.1/reveal", {})).status == 200
    assert (await one.post("/calls/node1-1.2/reveal", {})).problem == "forbidden"
    assert (await one.post("/calls/node1-9.9/reveal", {})).problem == "not-found"


async def test_hanging_up_is_ordered_of_the_nodes_owner(desk: Standing, browse: OpenBrowser) -> None:
    await desk.call("node1-1.1")
    await desk.call("node1-1.2", outcome=Outcome.NOTICE)
    await desk.acd.answered("node1-1.1", seat="1001")
    one, two = await browse(desk, "seat1"), await browse(desk, "seat2")
    assert (await one.post("/calls/node1-1.1/hangup")).problem == "node-away"  # nobody owns the node
    assert (await two.post("/calls/node1-1.1/hangup")).problem == "forbidden"
    assert (await one.post("/calls/node1-1.2/hangup")).problem == "conflict"

    orders = Orders(desk.clients.call, poll=desk.clients.poll)
    heard: list[Order] = []

    async def own() -> None:
        async for order in orders.take("node1"):
            heard.append(order)
            if len(heard) == 1:
                await orders.done(order, {"legs": 2})
            else:
                await orders.failed(order, OrderFailed("call-gone", "这通电话已经结束", "请刷新列表"))

    owner = asyncio.create_task(own())
    assert (await one.post("/calls/node1-1.1/hangup")).status == 202
    again = await one.post("/calls/node1-1.1/hangup")
    assert again.problem == "conflict"
    assert "刷新" in again.body["remedy"]
    await end(owner)
    assert [(order.name, order.by, order.data) for order in heard] == [
        ("hangup", "seat1", {"call_id": "node1-1.1"})
    ] * 2


def test_a_number_in_an_error_is_masked() -> None:
    assert mask(f"电话{NUMBER}") == "电话139****0001"
