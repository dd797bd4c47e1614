"""Who gets whom: longest idle first, level before idle time, priority before waiting time."""

import asyncio

from redis.asyncio import Redis

from seats import AcdRules, Reservation, SeatState, Waiting
from seats.script_book import ScriptBook
from tests.seats.conftest import Hall


async def later() -> None:
    """Idle times are milliseconds: two seats ready in the same one have no order."""
    await asyncio.sleep(0.002)


async def test_the_longest_idle_seat_takes_the_call(hall: Hall) -> None:
    for seat in ("1003", "1001", "1002"):
        await hall.ready(seat)
        await later()
    assert [(await hall.reserved(f"node1-1.{n}")).seat for n in range(3)] == ["1003", "1001", "1002"]


async def test_the_better_level_comes_before_the_longer_idle(hall: Hall) -> None:
    await hall.ready("1001", general=2)
    await later()
    await hall.ready("1002", general=1)
    assert (await hall.reserved("node1-1.1")).seat == "1002"


async def test_callers_are_served_by_priority_and_then_by_their_original_time(hall: Hall) -> None:
    now = await hall.acd.clock_ms()
    asked = [
        await hall.offer("late", since=now - 1_000),
        await hall.offer("early", since=now - 9_000),
        await hall.offer("emergency", since=now, priority=0),
        await hall.offer("late", since=now - 1_000),
    ]
    assert [found.place for found in asked if isinstance(found, Waiting)] == [1, 1, 1, 3]
    for seat, call in (("1001", "emergency"), ("1002", "early"), ("1003", "late")):
        await hall.ready(seat)
        assert (await hall.acd.seat(seat)).call_id == call


async def test_a_call_prefers_its_first_group_and_overflows_to_the_next(hall: Hall) -> None:
    await hall.ready("1001", general=1)
    await later()
    await hall.ready("1002", tax=1)
    assert (await hall.reserved("node1-1.1", "tax", "general")).seat == "1002"
    assert (await hall.reserved("node1-1.2", "tax", "general")).seat == "1001"
    assert isinstance(await hall.offer("node1-1.3", "tax"), Waiting)


async def test_a_seat_in_several_groups_takes_the_most_urgent_of_all(hall: Hall) -> None:
    now = await hall.acd.clock_ms()
    await hall.offer("g", "general", since=now - 5_000)
    await hall.offer("t", "tax", since=now - 8_000)
    await hall.ready("1001", general=1, tax=1, aaa=1)
    assert (await hall.acd.seat("1001")).call_id == "t"


async def test_a_match_takes_call_and_seat_out_of_all_their_groups(hall: Hall, redis_clean: Redis) -> None:
    await hall.ready("1001", general=1, tax=1)
    await hall.reserved("node1-1.1", "general", "tax")
    assert await redis_clean.zcard("{acd}:idle") == 0
    assert await redis_clean.zcard("{acd}:waiting") == 0


async def test_asking_again_changes_nothing_but_what_the_caller_now_wants(hall: Hall) -> None:
    first = await hall.offer("node1-1.1", since=1_000)
    assert await hall.offer("node1-1.1", since=2_000) == first
    await hall.offer("node1-1.1", "mongolian")
    await hall.ready("1001", general=1)
    assert (await hall.acd.seat("1001")).state is SeatState.READY
    await hall.ready("1002", mongolian=1)
    assert (await hall.acd.seat("1002")).call_id == "node1-1.1"


async def test_a_new_caller_does_not_overtake_one_whose_seat_did_not_answer(hall: Hall) -> None:
    await hall.ready("1001")
    first = await hall.reserved("first")
    await hall.ready("1002")
    await hall.acd.missed("first", first.fence, "no_answer")
    assert isinstance(await hall.offer("second"), Waiting)
    again = await hall.offer("first")
    assert isinstance(again, Reservation)
    assert again.seat == "1002"


async def test_figures_of_the_groups(hall: Hall) -> None:
    await hall.ready("1001", general=1, tax=1)
    await hall.sign_in("1002", general=1)
    await hall.offer("node1-1.1", "mongolian", since=7_000)
    figures = {view.group: view for view in await hall.acd.groups()}
    assert figures["general"].seats == {SeatState.READY: 1, SeatState.NOT_READY: 1}
    assert (figures["mongolian"].waiting, figures["mongolian"].longest_since_ms) == (1, 7_000)
    assert (figures["tax"].waiting, figures["tax"].longest_since_ms) == (0, None)


async def test_one_call_costs_four_scripts(hall: Hall, redis_clean: Redis) -> None:
    await hall.ready("1001")
    await redis_clean.function_load(ScriptBook(AcdRules()).source, replace=True)
    await redis_clean.config_resetstat()
    await hall.talk("node1-1.1")
    await hall.acd.ended("node1-1.1")
    stats = await redis_clean.info("commandstats")
    assert stats["cmdstat_fcall"]["calls"] == 4
    assert "cmdstat_function|load" not in stats
