"""Missed calls: who is rung first, by one seat at a time, and how a task ends."""

from __future__ import annotations

import asyncio
from typing import Any

from crm import Mark, Outcome, audit, now_ms
from crm import callbacks as kept
from hotline_app.number_seal import NumberSeal
from seats.orders import OrderFailed, Orders
from tests.desk.conftest import OpenBrowser
from tests.desk.standing import Standing

NODE = "node1"


async def _missed(desk: Standing, count: int = 3, *, ago_s: int = 3600) -> list[str]:
    """Tasks of different callers, the longest due first."""
    for n in range(count):
        at = now_ms() - (ago_s - n) * 1000
        call = f"{NODE}-17{n}.1"
        await desk.call(call, caller=f"1390476000{n}", arrived_at=at, outcome=Outcome.ABANDONED_QUEUE)
    page = await kept.page(desk.store)
    return [task.id for task in page.items][::-1]


async def test_the_list_pages_either_way_and_numbers_are_masked(desk: Standing, browse: OpenBrowser) -> None:
    tasks, one = await _missed(desk, 5), await browse(desk, "seat1")
    for order, wanted in (("due", tasks), ("newest", tasks[::-1])):
        seen: list[str] = []
        cursor = ""
        while True:
            page = (await one.get(f"/callbacks?order={order}&limit=2&cursor={cursor}")).body
            seen += [row["id"] for row in page["items"]]
            assert all("****" in row["caller_masked"] for row in page["items"])
            if not (cursor := page["next_cursor"]):
                break
        assert seen == wanted, order
    counts = (await one.get("/callbacks/counts")).body
    assert (counts["due"], counts["missed"]) == (5, 5)
    assert (await one.get("/callbacks?kind=voicemail&order=due")).body["items"] == []
    assert (await one.get("/callbacks?order=due&state=closed")).problem == "invalid"
    assert (await one.get("/callbacks?cursor=nonsense")).body["field"] == "cursor"


async def test_one_seat_at_a_time_rings_a_citizen(desk: Standing, browse: OpenBrowser) -> None:
    task = (await _missed(desk, 1))[0]
    one, two = await browse(desk, "seat1"), await browse(desk, "seat2")
    answers = await asyncio.gather(one.post(f"/callbacks/{task}/claim"), two.post(f"/callbacks/{task}/claim"))
    (won,) = (answer for answer in answers if answer.status == 200)
    (lost,) = (answer for answer in answers if answer.status != 200)
    assert lost.problem == "conflict" and lost.body["value"] == won.body["callback"]["claimed_by"]
    mine, other = (one, two) if won is answers[0] else (two, one)
    assert (await mine.post(f"/callbacks/{task}/claim")).body["attempt"] == won.body["attempt"]
    report = {"attempt": won.body["attempt"], "result": "no_answer"}
    assert (await other.post(f"/callbacks/{task}/result", report)).problem == "not-found"
    first = await mine.post(f"/callbacks/{task}/result", report)
    again = await mine.post(f"/callbacks/{task}/result", report | {"result": "reached"})
    assert (first.body["tries"], first.body["state"]) == (1, "open")
    assert (again.body["tries"], again.body["last_result"]) == (1, "no_answer")
    detail = (await other.get(f"/callbacks/{task}")).body
    assert [attempt["result"] for attempt in detail["attempts"]] == ["no_answer"]
    strange = await mine.post(f"/callbacks/{task}/result", {"attempt": 999, "result": "busy"})
    assert (strange.problem, strange.body["field"]) == ("invalid", "attempt")
    leader = await browse(desk, "quality")
    assert (await leader.post(f"/callbacks/{task}/claim")).problem == "forbidden"


async def test_a_task_leaves_by_itself_when_the_caller_is_reached(
    desk: Standing, browse: OpenBrowser
) -> None:
    tasks, one = await _missed(desk, 2), await browse(desk, "seat1")
    await desk.call(f"{NODE}-900.1", caller="13904760000")
    await desk.ledger.mark(Mark(f"{NODE}-900.1", "answered", now_ms(), seat="1002"))
    await desk.ledger.flush()
    assert [row["id"] for row in (await one.get("/callbacks?order=due")).body["items"]] == tasks[1:]
    closed = (await one.get(f"/callbacks/{tasks[0]}")).body
    assert (closed["state"], closed["closed_by"]) == ("reached", "1002")
    assert (await one.post(f"/callbacks/{tasks[0]}/claim")).problem == "conflict"


async def test_a_leader_closes_a_task_saying_why(desk: Standing, browse: OpenBrowser) -> None:
    task = (await _missed(desk, 1))[0]
    leader = await browse(desk, "leader")
    etag = (await leader.get(f"/callbacks/{task}")).headers["ETag"]
    path = f"/callbacks/{task}/cancel"
    assert (await leader.post(path, {"note": "号码为空号"})).problem == "precondition"
    assert (await leader.post(path, {"note": ""}, {"If-Match": etag})).body["field"] == "note"
    await kept.claim(desk.store, task, seat="1001")
    assert (await leader.post(path, {"note": "号码为空号"}, {"If-Match": etag})).problem == "changed"
    etag = (await leader.get(f"/callbacks/{task}")).headers["ETag"]
    done = await leader.post(path, {"note": "号码为空号"}, {"If-Match": etag})
    assert (done.body["state"], done.body["note"]) == ("closed", "号码为空号")
    assert [row.action for row in await audit.trail(desk.store, target=task)] == ["callback.close"]


async def _owner(desk: Standing, said: list[dict[str, Any]], fault: OrderFailed | None = None) -> None:
    """A node's owner with one kind of order; it ends with the first."""
    orders = Orders(desk.clients.call, poll=desk.clients.poll)
    async for order in orders.take(NODE):
        said.append({"name": order.name, "by": order.by, **order.data})
        if fault is not None:
            await orders.failed(order, fault)
        else:
            await orders.done(order, {"call_id": f"{NODE}-17.9", "ticket_no": "20261123000009"})
        return


async def test_dialling_claims_the_task_and_the_number_travels_sealed(
    desk: Standing, browse: OpenBrowser
) -> None:
    task = (await _missed(desk, 1))[0]
    one, said = await browse(desk, "seat1"), list[dict[str, Any]]()
    await one.post("/seats/1001/sign-in")
    homeless = await one.post(f"/callbacks/{task}/dial")
    assert (homeless.problem, homeless.body["field"]) == ("conflict", "seat")
    assert (await kept.get(desk.store, task)).claimed_by is None
    await desk.acd.contact("1001", True, node=NODE)
    owner = asyncio.create_task(_owner(desk, said))
    dialled = await one.post(f"/callbacks/{task}/dial", None, {"Idempotency-Key": "d1"})
    await owner
    assert (dialled.status, dialled.body["call_id"]) == (202, f"{NODE}-17.9")
    assert dialled.body["callback"]["claimed_by"] == "1001"
    (order,) = said
    assert (order["name"], order["by"], order["seat"]) == ("dial-out", "seat1", "1001")
    assert "13904760000" not in str(order)
    assert NumberSeal(desk.store.vault).unseal(order["number"]) == "13904760000"
    rows = await audit.trail(desk.store, target=task)
    assert {row.action for row in rows} == {"callback.dial"} and "13904760000" not in str(rows)


async def test_a_call_that_could_not_be_begun_gives_the_claim_back(
    desk: Standing, browse: OpenBrowser
) -> None:
    task = (await _missed(desk, 1))[0]
    one, two = await browse(desk, "seat1"), await browse(desk, "seat2")
    await one.post("/seats/1001/sign-in")
    await desk.acd.contact("1001", True, node=NODE)
    fault = OrderFailed("not-allowed", "这个号码不在允许外呼的范围内", "请核对号码")
    owner = asyncio.create_task(_owner(desk, [], fault))
    refused = await one.post(f"/callbacks/{task}/dial")
    await owner
    assert (refused.problem, refused.body["detail"]) == ("conflict", fault.detail)
    assert (await two.post(f"/callbacks/{task}/claim")).status == 200
