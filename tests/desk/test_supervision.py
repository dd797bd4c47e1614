"""The shift leader's verbs: who may, what is ordered, what is refused, and that each stands in the audit."""

from __future__ import annotations

import pytest

from crm import audit
from hotline_app.number_seal import NumberSeal
from seats import SeatState
from seats.orders import OrderFailed
from tests.desk.conftest import OpenBrowser
from tests.desk.floor import owner_of, seat_ready, talks, waits
from tests.desk.standing import Standing


async def _actions(desk: Standing, target: str) -> list[tuple[str, str]]:
    return [(row.actor, row.action) for row in reversed(await audit.trail(desk.store, target=target))]


@pytest.mark.parametrize("mode", ["listen", "whisper", "barge"])
async def test_a_leader_listens_on_the_own_phone(mode: str, desk: Standing, browse: OpenBrowser) -> None:
    leader = await browse(desk, "leader")
    await seat_ready(desk, "1001")
    await talks(desk, "node1-1.1", "1001")
    await desk.acd.contact("1003", True, node="node2")
    async with owner_of(desk.clients, desk.acd) as owner:
        answer = await leader.post(f"/seats/1001/{mode}")
        assert answer.body == {"seat": "1001", "call_id": "node1-1.1", "mode": mode, "phone": "1003"}
        stopped = await leader.post("/seats/1001/stop-listening")
        assert stopped.body["mode"] is None
    told, stop = owner.did
    assert (told.name, told.node, told.by) == (mode, "node1", "leader")
    assert told.data == {"call_id": "node1-1.1", "seat": "1001", "leader": "1003", "leader_node": "node2"}
    assert (stop.name, stop.data) == ("stop-listening", {"leader": "1003"})
    assert await _actions(desk, "1001") == [("leader", f"seat.{mode}"), ("leader", "seat.stop-listening")]


async def test_listening_needs_a_talk_a_phone_and_another_seat(desk: Standing, browse: OpenBrowser) -> None:
    leader, admin = await browse(desk, "leader"), await browse(desk, "admin")
    await seat_ready(desk, "1001")
    idle = await leader.post("/seats/1001/listen")
    assert idle.problem == "conflict" and "不在通话中" in idle.body["detail"]
    await talks(desk, "node1-1.1", "1001")
    without = await admin.post("/seats/1001/listen")
    assert without.problem == "conflict" and "没有绑定分机" in without.body["detail"]
    assert (await leader.post("/seats/1003/listen")).problem == "conflict"
    assert await _actions(desk, "1001") == []


async def test_an_owner_that_refuses_or_is_silent_is_told_as_such(
    desk: Standing, browse: OpenBrowser
) -> None:
    leader = await browse(desk, "leader")
    await seat_ready(desk, "1001")
    await talks(desk, "node1-1.1", "1001")
    assert (await leader.post("/seats/1001/listen")).problem == "node-away"
    async with owner_of(desk.clients, desk.acd) as owner:
        owner.refusal = OrderFailed("leader-unreachable", "您的话机 1003 振不了铃", "请检查话机")
        refused = await leader.post("/seats/1001/listen")
        assert (refused.problem, refused.body["remedy"]) == ("conflict", "请检查话机")


async def test_a_talk_is_taken_over_by_the_leaders_own_phone(desk: Standing, browse: OpenBrowser) -> None:
    leader = await browse(desk, "leader")
    await seat_ready(desk, "1001")
    await talks(desk, "node1-1.1", "1001")
    unsigned = await leader.post("/seats/1001/take-over")
    assert unsigned.problem == "conflict" and "未签入" in unsigned.body["detail"]
    await seat_ready(desk, "1003")
    await desk.acd.contact("1003", False, node="node1")
    offline = await leader.post("/seats/1001/take-over")
    assert offline.problem == "conflict" and "没有注册" in offline.body["detail"]
    await desk.acd.contact("1003", True, node="node1")
    await desk.acd.device("1003", "NOT_INUSE", node="node1")
    assert (await leader.post("/seats/1001/take-over")).body == {"call_id": "node1-1.1", "seat": "1003"}
    assert (await desk.acd.seat("1001")).state is SeatState.WRAP_UP
    mine = await desk.acd.seat("1003")
    assert (mine.state, mine.call_id) == (SeatState.RESERVED, "node1-1.1")
    assert (await leader.post("/seats/1001/take-over")).problem == "conflict"


async def test_a_seat_is_made_ready_not_ready_and_signed_out(desk: Standing, browse: OpenBrowser) -> None:
    leader, auditor = await browse(desk, "leader"), await browse(desk, "auditor")
    await seat_ready(desk, "1001")
    assert (await auditor.post("/seats/1001/force-sign-out")).problem == "forbidden"
    rest = (await leader.post("/seats/1001/force-not-ready", {"reason": "meeting"})).body
    assert (rest["state"], rest["reason"]) == ("not_ready", "meeting")
    assert (await leader.post("/seats/1001/force-not-ready", {})).body["reason"] == "forced"
    for wrong in ("no_answer", "unheard_of"):
        refused = await leader.post("/seats/1001/force-not-ready", {"reason": wrong})
        assert (refused.problem, refused.body["field"]) == ("invalid", "reason")
    assert (await leader.post("/seats/1001/force-ready")).body["state"] == "ready"
    assert (await leader.post("/seats/1001/force-sign-out")).body["state"] == "signed_out"
    assert (await leader.post("/seats/1001/force-ready")).problem == "conflict"
    done = [action for _, action in await _actions(desk, "1001")]
    assert done == ["seat.force-not-ready", "seat.force-not-ready", "seat.force-ready", "seat.force-sign-out",
                    "seat.force-ready"]  # fmt: skip


async def test_a_forced_sign_out_waits_for_the_end_of_the_talk(desk: Standing, browse: OpenBrowser) -> None:
    leader = await browse(desk, "leader")
    await seat_ready(desk, "1001")
    await talks(desk, "node1-1.1", "1001")
    told = (await leader.post("/seats/1001/force-sign-out")).body
    assert (told["state"], told["leaving_by"]) == ("talking", "leader")
    await desk.acd.ended("node1-1.1")
    assert (await desk.acd.seat("1001")).state is SeatState.SIGNED_OUT


async def test_a_wrap_up_is_extended_once_by_the_seat_or_a_leader(
    desk: Standing, browse: OpenBrowser
) -> None:
    one, two, leader = await browse(desk, "seat1"), await browse(desk, "seat2"), await browse(desk, "leader")
    await seat_ready(desk, "1001")
    await talks(desk, "node1-1.1", "1001")
    assert (await one.post("/seats/1001/wrap-up-extend")).problem == "conflict"
    await desk.acd.ended("node1-1.1")
    before = (await one.get("/seats/1001")).body
    assert before["state"] == "wrap_up" and before["may_extend"]
    assert (await two.post("/seats/1001/wrap-up-extend")).problem == "forbidden"
    after = (await one.post("/seats/1001/wrap-up-extend")).body
    assert after["wrap_up_until_ms"] > before["wrap_up_until_ms"] and not after["may_extend"]
    again = await leader.post("/seats/1001/wrap-up-extend")
    assert again.problem == "conflict" and "不能再延长" in again.body["detail"]


async def test_a_waiting_caller_is_pulled_to_the_leaders_own_seat(
    desk: Standing, browse: OpenBrowser
) -> None:
    leader, one = await browse(desk, "leader"), await browse(desk, "seat1")
    await waits(desk, "node1-1.1")
    await waits(desk, "node1-1.2")
    assert (await one.post("/calls/node1-1.2/pull")).problem == "forbidden"
    await desk.acd.sign_in("1003", user="leader", name="leader", groups={}, languages=[])
    await desk.acd.contact("1003", True, node="node1")
    answer = await leader.post("/calls/node1-1.2/pull")
    assert (answer.status, answer.body["seat"]) == (202, "1003")
    call = await desk.acd.call("node1-1.2")
    assert call is not None and call.seat == "1003"
    assert (await leader.post("/calls/node1-1.1/pull")).problem == "conflict"  # the seat has one already
    assert (await leader.post("/calls/node1-7.7/pull")).problem == "conflict"
    assert await _actions(desk, "node1-1.2") == [("leader", "call.pull")]


async def test_a_call_that_talks_is_not_pulled(desk: Standing, browse: OpenBrowser) -> None:
    leader = await browse(desk, "leader")
    await seat_ready(desk, "1001")
    await talks(desk, "node1-1.1", "1001")
    refused = await leader.post("/calls/node1-1.1/pull")
    assert refused.problem == "conflict" and "接管" in refused.body["remedy"]


async def test_a_call_is_moved_and_keeps_its_time(desk: Standing, browse: OpenBrowser) -> None:
    leader = await browse(desk, "leader")
    since = await desk.acd.clock_ms() - 60_000
    await waits(desk, "node1-1.1", since_ms=since)
    groups = [group["code"] for group in (await leader.get("/board")).body["groups"]]
    other = next(code for code in groups if code != "general")
    form = {"groups": [other, "general"], "language": "mn"}
    async with owner_of(desk.clients, desk.acd) as owner:
        assert (await leader.post("/calls/node1-1.1/move", form)).body["groups"] == [other, "general"]
    assert (owner.did[0].name, owner.did[0].by) == ("move", "leader")
    assert owner.did[0].data == {"call_id": "node1-1.1", **form}
    call = await desk.acd.call("node1-1.1")
    assert call is not None
    assert (call.groups, call.language, call.since_ms) == ((other, "general"), "mn", since)
    unknown = await leader.post("/calls/node1-1.1/move", {"groups": ["nowhere"], "language": "zh"})
    assert (unknown.problem, unknown.body["field"]) == ("invalid", "groups")
    assert (await leader.post("/calls/node1-1.1/move", {"groups": [], "language": "zh"})).problem == "invalid"
    assert (await leader.post("/calls/node1-7.7/move", form)).problem == "conflict"


async def test_recording_is_paused_by_the_seat_that_talks(desk: Standing, browse: OpenBrowser) -> None:
    one, two, leader = await browse(desk, "seat1"), await browse(desk, "seat2"), await browse(desk, "leader")
    await seat_ready(desk, "1001")
    await talks(desk, "node1-1.1", "1001")
    async with owner_of(desk.clients, desk.acd) as owner:
        assert (await two.post("/calls/node1-1.1/record-pause")).problem == "forbidden"
        paused = await one.post("/calls/node1-1.1/record-pause")
        assert paused.body == {"call_id": "node1-1.1", "recording": "paused"}
        assert (await leader.post("/calls/node1-1.1/record-resume")).body["recording"] == "on"
    assert [(order.name, order.by) for order in owner.did] == [
        ("record-pause", "seat1"), ("record-resume", "leader"),
    ]  # fmt: skip
    await desk.acd.ended("node1-1.1")
    assert (await one.post("/calls/node1-1.1/record-pause")).problem == "conflict"
    assert len(await _actions(desk, "node1-1.1")) == 2


def _opened(desk: Standing, sealed: str) -> str:
    return NumberSeal(desk.store.vault).unseal(sealed)


async def test_a_seat_dials_out_and_redis_never_sees_the_number(desk: Standing, browse: OpenBrowser) -> None:
    one = await browse(desk, "seat1")
    assert (await one.post("/calls", {"number": "13904760002"})).problem == "conflict"  # no phone
    await seat_ready(desk, "1001")
    async with owner_of(desk.clients, desk.acd) as owner:
        key = {"Idempotency-Key": "a1"}
        first = await one.post("/calls", {"number": "+86 139-0476-0002"}, key)
        assert (first.status, first.body["callee_masked"]) == (202, "139****0002")
        assert (await one.post("/calls", {"number": "+86 139-0476-0002"}, key)).body == first.body
        for number, dialled in (("0476-8200001", "04768200001"), ("8200001", "04768200001"), ("110", "110"),
                                ("400-810-0001", "4008100001")):  # fmt: skip
            assert (await one.post("/calls", {"number": number})).status == 202, number
            assert _opened(desk, owner.did[-1].data["number"]) == dialled
    assert _opened(desk, owner.did[0].data["number"]) == "13904760002"
    assert len(owner.did) == 5
    assert owner.did[0].data.keys() == {"seat", "seat_node", "number"}
    stream = str(await desk.clients.call.xrange("{acd}:orders"))
    trail = str(await audit.trail(desk.store, target="1001"))
    for shown in (stream, trail):
        assert "13904760002" not in shown and "8200001" not in shown
    for wrong in ("", "12", "不是号码", "1390476000x"):
        assert (await one.post("/calls", {"number": wrong})).problem == "invalid", wrong
