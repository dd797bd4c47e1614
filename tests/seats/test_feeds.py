"""What desks, bridges and owners hear."""

import asyncio
import json

import pytest
from redis.asyncio import Redis

from seats import SeatState
from tests.seats.conftest import NODE, Hall, soon

CALL = "node1-1.1"


async def test_a_call_tells_its_story_in_order(hall: Hall) -> None:
    await hall.ready("1001")
    start = await hall.acd.last_event_id()
    found = await hall.talk(CALL)
    await hall.acd.pop(found)
    await hall.acd.ended(CALL)
    story = [
        (event.type, event.data.get("state"))
        for event in await hall.acd.events_since(start)
        if event.call_id == CALL
    ]
    assert [told for told in story if told[0].startswith("call") or told[0] == "pop"] == [
        ("call.changed", "reserved"),
        ("call.changed", "ringing"),
        ("call.changed", "talking"),
        ("pop", None),
        ("call.ended", "talking"),
    ]


async def test_an_event_carries_the_whole_view(hall: Hall) -> None:
    await hall.sign_in("1001")
    event = (await hall.acd.events_since("0"))[-1]
    assert (event.type, event.seat) == ("seat.changed", "1001")
    assert event.data == json.loads(json.dumps((await hall.acd.seat("1001")).as_json()))
    assert abs(event.at - await hall.acd.clock_ms()) < 60_000


async def test_groups_tell_their_queue(hall: Hall) -> None:
    await hall.offer(CALL, since=5_000)
    await hall.acd.ended(CALL)
    told = [event.data for event in await hall.acd.events_since("0") if event.type == "group.changed"]
    assert [(data["waiting"], data["longest_since_ms"]) for data in told] == [(1, 5_000), (0, None)]


async def test_the_pop_shows_card_fence_and_seat(hall: Hall) -> None:
    await hall.ready("1001")
    found = await hall.reserved(CALL)
    await hall.acd.pop(found)
    event = (await hall.acd.events_since("0"))[-1]
    assert event.data == {
        "caller_masked": "139****0001",
        "call_id": CALL,
        "fence": found.fence,
        "seat": "1001",
    }


async def test_a_feed_goes_on_after_its_last_id(hall: Hall) -> None:
    await hall.sign_in("1001")
    seen = await hall.acd.last_event_id()
    feed = hall.acd.events(seen)
    await hall.acd.ready("1001")
    event = await soon(feed)
    assert (event.type, event.data["state"]) == ("seat.changed", SeatState.READY)
    assert [event] == await hall.acd.events_since(seen)


async def test_a_wake_reaches_the_owner_of_its_node_only(hall: Hall) -> None:
    mine, others = hall.acd.wakes(NODE), hall.acd.wakes("node2")
    nobody = asyncio.create_task(soon(others))
    await hall.offer(CALL)
    await hall.ready("1001")
    wake = await soon(mine)
    assert (wake.call_id, wake.seat, wake.channel, wake.node) == (CALL, "1001", f"PJSIP/carrier-{CALL}", NODE)
    claimed = await hall.acd.claim(wake.call_id)
    assert claimed is not None
    assert claimed.fence == wake.fence
    assert not nobody.done()
    nobody.cancel()


async def test_nobody_is_woken_for_a_match_that_its_own_question_made(hall: Hall, redis_clean: Redis) -> None:
    await hall.ready("1001")
    await hall.reserved(CALL)
    assert await redis_clean.xlen("{acd}:wakes") == 0


async def test_an_acknowledged_pop_reaches_every_bridge(hall: Hall, redis_clean: Redis) -> None:
    feeds = [hall.acd.popped(), hall.acd.popped()]
    heard = [asyncio.create_task(soon(feed)) for feed in feeds]
    await redis_clean.publish("{acd}:popped", "nonsense")
    while not all(task.done() for task in heard):
        await hall.acd.acknowledge_pop(CALL, 7)
        await asyncio.wait(heard, timeout=0.05)
    assert [await task for task in heard] == [(CALL, 7), (CALL, 7)]


async def test_an_event_id_is_checked_at_the_door(hall: Hall) -> None:
    with pytest.raises(ValueError, match="event id"):
        await hall.acd.events_since("$")
