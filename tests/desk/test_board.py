"""The live board and the wallboard: what they say of a hall that is known, and what they never say."""

from __future__ import annotations

import json
from typing import Any

from crm import Mark, Outcome, now_ms
from crm.measures.wallboard import midnight
from seats.keys import ALARMS
from seats.rates import expected_s, lane_of
from tests.desk.conftest import OpenBrowser, OpenDesk, OwnRedis
from tests.desk.floor import seat_ready, talks, waits
from tests.desk.standing import Standing

ALARM = {
    "id": "longest_wait:general",
    "kind": "longest_wait",
    "object": "general",
    "level": "warn",
    "raised_ms": 1,
    "text": "通用组最长等待超过 60 秒",
    "cleared": False,
}


async def _board(desk: Standing, browse: OpenBrowser) -> dict[str, Any]:
    body: dict[str, Any] = (await (await browse(desk, "leader")).get("/board")).body
    return body


async def test_the_board_shows_seats_with_their_callers_and_the_queue_by_age(
    desk: Standing, browse: OpenBrowser
) -> None:
    now = await desk.acd.clock_ms()
    await seat_ready(desk, "1001")
    await talks(desk, "node1-1.1", "1001")
    await desk.acd.supervised("1001", by="leader", mode="whisper")
    await waits(desk, "node1-1.3", since_ms=now - 5_000)
    await waits(desk, "node1-1.2", since_ms=now - 65_000)
    board = await _board(desk, browse)
    assert [call["call_id"] for call in board["waiting"]] == ["node1-1.2", "node1-1.3"]
    assert board["waiting_total"] == 2
    assert board["waiting"][0]["caller_masked"] == "139****0001"
    seats = {seat["seat"]: seat for seat in board["seats"]}
    assert seats["1001"]["state"] == "talking" and seats["1001"]["supervised_by"] == "leader"
    assert seats["1001"]["supervision"] == "whisper"
    assert seats["1001"]["call"]["caller_masked"] == "139****0001"
    assert seats["1002"]["state"] == "signed_out" and seats["1002"]["call"] is None
    general = next(group for group in board["groups"] if group["code"] == "general")
    assert board["groups"][0] is general
    assert (general["name"], general["waiting"], general["staffed"]) == ("通用组", 2, 1)
    assert general["longest_since_ms"] == now - 65_000
    assert general["seats"] == {"talking": 1}
    assert general["expected_s"] == 180  # one match in this minute, two ahead
    told = await waits(desk, "node1-1.4")
    assert told.ahead == 2 and told.expected_s == 180  # and so a caller is told
    assert "13904760001" not in json.dumps(board)


async def test_todays_figures_are_those_of_the_measures(desk: Standing, browse: OpenBrowser) -> None:
    today = midnight(now_ms())
    await desk.call("node1-1.1", seat="1001", outcome=Outcome.ANSWERED, arrived_at=today + 1)
    await desk.call("node1-1.2", seat="1001", outcome=Outcome.ANSWERED, arrived_at=today + 2)
    for number, kind in enumerate((Outcome.ABANDONED_QUEUE, Outcome.ABANDONED_SHORT), start=3):
        await desk.call(f"node1-1.{number}", arrived_at=today + number)
        await desk.ledger.mark(
            Mark(f"node1-1.{number}", "offered", today + 100, data={"groups": ["general"]})
        )
        await desk.ledger.close(f"node1-1.{number}", kind, today + 200, 16)
    await desk.call("node1-0.1", seat="1001", outcome=Outcome.ANSWERED, arrived_at=today - 1)
    await desk.ledger.flush()
    board, wall = await _board(desk, browse), (await (await browse(desk, "auditor")).get("/wallboard")).body
    assert board["day"] == wall["day"]
    assert wall["day"] == {
        "offered": 4, "answered": 2, "abandoned": 2, "answer_rate": 0.5, "in_time_rate": 1.0,
    }  # fmt: skip
    general = next(group for group in board["groups"] if group["code"] == "general")
    assert general["day"]["answer_rate"] == 0.0  # both were offered to it and left


async def test_a_day_without_calls_has_no_rates(desk: Standing, browse: OpenBrowser) -> None:
    wall = (await (await browse(desk, "seat1")).get("/wallboard")).body
    assert wall["day"]["answer_rate"] is None and wall["day"]["in_time_rate"] is None
    assert (wall["waiting"], wall["longest_since_ms"], wall["staffed"]) == (0, None, 0)


async def test_the_wall_holds_no_personal_data(desk: Standing, browse: OpenBrowser) -> None:
    await desk.call("node1-1.1")
    await seat_ready(desk, "1001")
    await talks(desk, "node1-1.1", "1001")
    await waits(desk, "node1-1.2")
    wall = (await (await browse(desk, "seat1")).get("/wallboard")).body
    assert wall["waiting"] == 1 and wall["seats"] == {"talking": 1}
    text = json.dumps(wall, ensure_ascii=False)
    for personal in ("139", "0001", "1001", "seat1", "赤峰", "node1-"):
        assert personal not in text, personal


async def test_the_unexplained_are_counted_once_they_are_settled(desk: Standing, browse: OpenBrowser) -> None:
    await desk.call("node1-1.1")  # just now: its end may be under way
    await desk.call("node1-1.2", arrived_at=now_ms() - 300_000)
    await desk.call("node1-1.3", arrived_at=now_ms() - 300_000)
    await waits(desk, "node1-1.3")  # lives
    assert (await (await browse(desk, "seat1")).get("/wallboard")).body["unexplained"] == 1


async def test_alarms_stand_the_worst_first_until_they_are_cleared(
    desk: Standing, browse: OpenBrowser
) -> None:
    worse = ALARM | {"id": "no_seat:general", "kind": "no_seat", "level": "bad", "raised_ms": 2}
    for alarm in (ALARM, worse):
        await desk.clients.call.hset(ALARMS, str(alarm["id"]), json.dumps(alarm))
    board, wall = await _board(desk, browse), (await (await browse(desk, "seat1")).get("/wallboard")).body
    assert [alarm["kind"] for alarm in board["alarms"]] == ["no_seat", "longest_wait"]
    assert wall["alarms"] == board["alarms"]


async def test_a_contradiction_shows_as_a_ghost(desk: Standing, browse: OpenBrowser) -> None:
    await seat_ready(desk, "1001")
    await desk.acd.device("1001", "INUSE", node="node1")
    now = await desk.acd.clock_ms()
    await desk.clients.call.execute_command(  # type: ignore[no-untyped-call]
        "HSET",
        "{acd}:seats",
        "1001",
        _older(await desk.clients.call.hget("{acd}:seats", "1001"), now - 60_000),
    )
    board = await _board(desk, browse)
    assert [(ghost["kind"], ghost["seat"]) for ghost in board["ghosts"]] == [("ready_engaged", "1001")]
    assert next(seat for seat in board["seats"] if seat["seat"] == "1001")["engaged"]


def _older(stored: Any, at: int) -> str:
    return json.dumps(json.loads(stored) | {"since_ms": at, "device_ms": at})


async def test_without_redis_there_is_no_board(
    open_desk: OpenDesk, browse: OpenBrowser, own_redis: OwnRedis
) -> None:
    desk = await open_desk(redis=own_redis.url)
    leader = await browse(desk, "leader")
    own_redis.kill()
    assert (await leader.get("/board")).problem == "redis-away"
    assert (await leader.get("/wallboard")).problem == "redis-away"


async def test_a_screen_that_only_looks_on_is_no_seats_screen(desk: Standing, browse: OpenBrowser) -> None:
    one = await browse(desk, "seat1")
    await seat_ready(desk, "1001")
    async with one.http.ws_connect(desk.url + "/api/v1/events?watch=true") as socket:
        assert (await socket.receive_json())["data"]["seat"] is None
        await socket.send_json({"type": "heartbeat"})
        await socket.receive_json()
        await talks(desk, "node1-1.1", "1001")
    assert (await desk.acd.seat("1001")).has_screen is False


def test_the_expected_wait_is_the_callers_own() -> None:
    """As lib/rates.lua counts, for a service of two minutes and for one that has hardly begun."""
    now = 100 * 60_000 + 30_000
    assert expected_s("", 0, now_ms=now) is None
    assert expected_s("89:5", 0, now_ms=now) is None  # too old
    assert expected_s("100:3", 0, now_ms=now) == 20.0  # at least a minute
    assert expected_s("100:4 99:5", 2, now_ms=now) == 30.0  # nine matches in 90 s, three turns
    assert lane_of("general", {"mn", "zh"}) == "general.zh"
    assert lane_of("mongolian", {"mn"}) == "mongolian.mn"
    assert lane_of("empty", ()) == "empty.zh"
