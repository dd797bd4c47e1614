"""Redis and Asterisk disagree: Asterisk is right, in both directions, and each repair is told and counted."""

from redis.asyncio import Redis

from seats import LiveCall, SeatState, Waiting
from tests.seats.conftest import NODE, Hall

CALL = "node1-1.1"


def live(call: str, phase: str, seat: str | None = None, since: int = 5_000) -> LiveCall:
    return LiveCall(call, f"PJSIP/carrier-{call}", phase, seat, since)  # type: ignore[arg-type]


async def kinds(hall: Hall, *found: LiveCall) -> list[str]:
    return [repair.kind for repair in await hall.acd.restore(NODE, found)]


async def test_what_agrees_is_left_alone(hall: Hall) -> None:
    await hall.ready("1001", "1002", "1003")
    talking = await hall.talk("talking")
    ringing = await hall.reserved("ringing")
    await hall.acd.ringing("ringing", ringing.fence)
    reserved = await hall.reserved("reserved")
    await hall.offer("waiting")
    before = await hall.acd.seats(), await hall.acd.calls()
    facts = (
        live("talking", "talking", talking.seat),
        live("ringing", "ringing", ringing.seat),
        live("reserved", "waiting"),
        live("waiting", "waiting"),
    )
    assert await kinds(hall, *facts) == []
    assert (await hall.acd.seats(), await hall.acd.calls()) == before
    assert await hall.acd.ringing("reserved", reserved.fence)


async def test_calls_that_are_gone_end_and_their_seats_go_on(hall: Hall) -> None:
    await hall.ready("1001", "1002")
    await hall.talk("talking")
    await hall.reserved("reserved")
    await hall.offer("waiting")
    assert await kinds(hall) == ["call_gone"] * 3
    assert await hall.acd.calls() == []
    assert [view.state for view in await hall.acd.seats()] == [SeatState.WRAP_UP, SeatState.READY]
    assert await hall.acd.repairs() == {"call_gone": 3}
    told = [event for event in await hall.acd.events_since("0") if event.type == "repair"]
    assert [(event.call_id, event.data["now"]) for event in told] == [
        (call, "ended") for call in [event.call_id for event in told]
    ]
    assert {event.call_id for event in told} == {"talking", "reserved", "waiting"}


async def test_callers_that_redis_lost_wait_from_their_original_time(hall: Hall, redis_clean: Redis) -> None:
    await hall.offer("new")
    await redis_clean.delete("{acd}:calls", "{acd}:waiting", "{acd}:cards")
    facts = (live("b", "waiting", since=6_000), live("a", "waiting", since=5_000), live("new", "waiting"))
    assert await kinds(hall, *facts) == ["call_requeued"] * 3
    again = await hall.offer("a", since=9_000_000)
    assert isinstance(again, Waiting)
    assert (again.place, again.since_ms) == (1, 5_000)
    await hall.ready("1001")
    assert (await hall.acd.seat("1001")).call_id in ("a", "new")


async def test_an_empty_redis_learns_of_talks_and_rings(hall: Hall) -> None:
    await hall.sign_in("1002")
    facts = (live("t", "talking", "1001"), live("r", "ringing", "1002"))
    assert await kinds(hall, *facts) == ["call_found_talking", "call_found_ringing"]
    assert await hall.state("1001") == "talking"
    assert await hall.state("1002") == "ringing"
    assert await kinds(hall, *facts) == []


async def test_a_seat_that_the_plain_queue_connected_is_talking(hall: Hall) -> None:
    await hall.ready("1001")
    await hall.offer("other", "tax")
    assert await kinds(hall, live("t", "talking", "1001"), live("other", "waiting")) == ["call_found_talking"]
    assert await hall.state("1001") == "talking"
    assert isinstance(await hall.offer("node1-2.1"), Waiting)


async def test_a_ring_that_is_over_puts_the_caller_back(hall: Hall) -> None:
    await hall.ready("1001")
    found = await hall.reserved(CALL)
    await hall.acd.ringing(CALL, found.fence)
    assert await kinds(hall, live(CALL, "waiting")) == ["call_requeued"]
    pending = await hall.acd.reservation(CALL)
    assert pending is not None
    assert pending.fence > found.fence


async def test_a_talk_that_is_over_puts_the_seat_into_wrap_up(hall: Hall) -> None:
    await hall.ready("1001")
    await hall.talk(CALL)
    assert await kinds(hall, live(CALL, "waiting")) == ["call_requeued"]
    assert await hall.state("1001") == "wrap_up"
    assert await hall.call_state(CALL) == "waiting"


async def test_seats_whose_call_no_longer_exists_are_freed(hall: Hall, redis_clean: Redis) -> None:
    await hall.ready("1001", "1002")
    await hall.talk("a")
    await hall.reserved("b")
    await redis_clean.delete("{acd}:calls")
    assert await kinds(hall) == ["seat_without_call"] * 2
    assert [view.state for view in await hall.acd.seats()] == [SeatState.WRAP_UP, SeatState.READY]


async def test_another_nodes_calls_are_not_judged(hall: Hall) -> None:
    await hall.ready("1001")
    await hall.talk(CALL)
    await hall.offer("node1-2.1")
    assert await hall.acd.restore("node2", []) == []
    assert await hall.state("1001") == "talking"
    assert len(await hall.acd.calls()) == 2


async def test_what_happened_after_the_snapshot_is_newer_than_it(hall: Hall) -> None:
    before = await hall.acd.clock_ms() - 1
    await hall.ready("1001")
    await hall.talk(CALL)
    await hall.offer("gone")
    await hall.acd.ended("gone")
    assert await hall.acd.restore(NODE, [live("gone", "waiting")], as_of_ms=before) == []
    assert await hall.state("1001") == "talking"


async def test_a_talk_with_nobody_known_is_kept_out_of_the_queue(hall: Hall) -> None:
    await hall.ready("1001")
    await hall.reserved(CALL)
    assert await kinds(hall, live(CALL, "talking")) == ["call_found_talking"]
    assert await hall.call_state(CALL) == "talking"
    assert await hall.state("1001") == "ready"
