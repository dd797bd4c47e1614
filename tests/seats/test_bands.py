"""Bands, lanes, widening, capacity, the expected wait: who waits where, and who is before whom."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from seats import (
    Acd,
    AcdRules,
    Full,
    GroupRules,
    Offer,
    RefusedTransition,
    Reservation,
    SeatState,
    Waiting,
    Widen,
)
from seats.model import HEAD_START_S
from tests.seats.conftest import Hall, offer

CALL, OTHER = "node1-1.1", "node1-2.1"


async def ask(hall: Hall, call: str, **fields: object) -> Reservation | Waiting | Full:
    return await hall.acd.offer(replace(offer(call), **fields))  # type: ignore[arg-type]


async def seated(hall: Hall, seat: str, *languages: str, ready: bool = True, **groups: int) -> None:
    await hall.acd.sign_in(seat, user=seat, name="王芳", groups=groups or {"general": 1}, languages=languages)
    if ready:
        await hall.acd.ready(seat)


# lanes


async def test_a_seat_that_does_not_speak_the_language_is_not_the_callers(hall: Hall) -> None:
    await seated(hall, "1001", "zh")
    assert isinstance(await ask(hall, CALL, language="mn"), Waiting)
    await seated(hall, "1002", "mn", "zh")
    assert (await hall.acd.seat("1002")).call_id == CALL
    assert isinstance(await ask(hall, OTHER), Reservation)


async def test_a_seat_that_names_no_language_speaks_chinese(hall: Hall) -> None:
    await seated(hall, "1001")
    assert isinstance(await ask(hall, CALL, language="mn"), Waiting)
    assert isinstance(await ask(hall, OTHER, language="zh"), Reservation)


# bands


async def test_a_band_is_a_head_start_and_no_wall(hall: Hall) -> None:
    """Nobody is passed for ever: who has waited longer than the greatest head start is before newcomers."""
    now = await hall.acd.clock_ms()
    head = round(max(HEAD_START_S.values()) * 1000)
    await ask(hall, "hour", waiting_since_ms=now - head - 60_000)
    await ask(hall, "emergency", priority=0)
    await ask(hall, "flagged", priority=1)
    await ask(hall, "minutes", waiting_since_ms=now - 90_000)
    await ask(hall, "handed_over", priority=2)
    await ask(hall, "repeat", priority=3)
    await ask(hall, "ordinary")
    await ask(hall, "throttled", priority=9, waiting_since_ms=now - 120_000)
    expected = ["hour", "emergency", "flagged", "minutes", "handed_over", "repeat", "ordinary", "throttled"]
    for place, call in enumerate(expected, start=1001):
        await hall.ready(str(place))
        assert (await hall.acd.seat(str(place))).call_id == call


async def test_a_client_whose_clock_is_ahead_does_not_put_its_callers_behind(hall: Hall) -> None:
    now = await hall.acd.clock_ms()
    found = await ask(hall, CALL, waiting_since_ms=now + 3_600_000)
    assert isinstance(found, Waiting)
    assert now <= found.since_ms <= now + 60_000


# widening


async def test_the_waiting_time_opens_further_lanes(hall: Hall) -> None:
    now = await hall.acd.clock_ms()
    await hall.ready("1001")
    step = (Widen(20, "general"),)
    assert isinstance(
        await ask(hall, CALL, groups=("tax",), widen=step, waiting_since_ms=now - 10_000), Waiting
    )
    assert (await hall.acd.seat("1001")).state is SeatState.READY
    found = await ask(hall, OTHER, groups=("tax",), widen=step, waiting_since_ms=now - 20_000)
    assert isinstance(found, Reservation)


async def test_a_lane_that_opens_while_nobody_asks_is_opened_by_the_sweep(hall: Hall) -> None:
    await hall.ready("1001")
    now = await hall.acd.clock_ms()
    steps = (Widen(0.02, "general"), Widen(3600, "late"))
    await ask(hall, CALL, groups=("tax",), widen=steps, waiting_since_ms=now)
    await asyncio.sleep(0.03)
    await hall.acd.sweep()
    view = await hall.acd.call(CALL)
    assert view is not None
    assert (view.seat, view.groups, view.lane) == ("1001", ("tax", "general"), "general.zh")


async def test_mongolian_widens_to_chinese_speakers(hall: Hall) -> None:
    await seated(hall, "1001", "zh")
    now = await hall.acd.clock_ms()
    wide = (Widen(20, "general", "zh"),)
    found = await ask(hall, CALL, language="mn", widen=wide, waiting_since_ms=now - 30_000)
    assert isinstance(found, Reservation)
    view = await hall.acd.call(CALL)
    assert view is not None
    assert (view.groups, view.lanes) == (("general",), ("general.mn", "general.zh"))


# last seat


async def test_the_seat_that_served_the_caller_last_comes_first(hall: Hall) -> None:
    await hall.ready("1001", "1002")
    found = await ask(hall, CALL, last_seat="1002")
    assert isinstance(found, Reservation)
    assert found.seat == "1002"


@pytest.mark.parametrize("why", ["busy", "other_group", "unknown"])
async def test_the_last_seat_is_not_waited_for(hall: Hall, why: str) -> None:
    await hall.ready("1001")
    if why == "busy":
        await hall.sign_in("1002")
    if why == "other_group":
        await hall.ready("1002", tax=1)
    found = await ask(hall, CALL, last_seat="1002")
    assert isinstance(found, Reservation)
    assert found.seat == "1001"


async def test_the_last_seat_takes_first_whoever_waits_for_it_longer(hall: Hall) -> None:
    await hall.ready("1001")
    first = await hall.reserved(CALL)
    await hall.acd.missed(CALL, first.fence, "no_answer")
    await hall.ready("1002")  # takes nobody: whoever missed asks again by himself
    await hall.acd.not_ready("1002", "break")
    await ask(hall, CALL)
    await hall.ready("1002")
    assert (await hall.acd.seat("1002")).call_id == CALL


# capacity, staff, expected wait


async def test_a_full_group_turns_new_callers_away_and_keeps_those_who_wait(hall: Hall) -> None:
    await hall.acd.configure([GroupRules("general", capacity=2), GroupRules("tax", capacity=1)])
    await ask(hall, "a")
    await ask(hall, "b")
    assert await ask(hall, "c") == Full("c", ("general",), staffed=0)
    assert isinstance(await ask(hall, "a"), Waiting)
    assert await hall.acd.call("c") is None
    assert isinstance(await ask(hall, "d", groups=("general", "tax")), Waiting)
    assert await ask(hall, "e", groups=("tax", "general")) == Full("e", ("tax", "general"), staffed=0)


async def test_a_full_group_still_gives_a_free_seat(hall: Hall) -> None:
    await hall.acd.configure([GroupRules("general", capacity=1)])
    await ask(hall, "a", language="mn")
    await hall.ready("1001")
    assert isinstance(await ask(hall, "b"), Reservation)
    assert isinstance(await ask(hall, "c"), Full)


async def test_citizens_who_kept_their_place_take_no_room(hall: Hall) -> None:
    await hall.acd.configure([GroupRules("general", capacity=1)])
    await ask(hall, "a")
    assert await hall.acd.keep_place("a", "node1-9.1")
    assert isinstance(await ask(hall, "b"), Waiting)


async def test_a_caller_whose_seat_did_not_answer_is_not_turned_away(hall: Hall) -> None:
    await hall.acd.configure([GroupRules("general", capacity=1)])
    await hall.ready("1001")
    found = await hall.reserved(CALL)
    await ask(hall, OTHER)
    await hall.acd.missed(CALL, found.fence, "busy")
    assert isinstance(await ask(hall, CALL), Waiting)


async def test_staffed_counts_who_has_signed_in_whatever_they_do(hall: Hall) -> None:
    await seated(hall, "1001", "zh", "mn", ready=False)
    await seated(hall, "1002", ready=False)
    await seated(hall, "1003", ready=False, tax=1)
    for language, staffed in (("zh", 2), ("mn", 1), ("en", 0)):
        found = await ask(hall, f"node1-1.{language}", language=language)
        assert isinstance(found, Waiting)
        assert found.staffed == staffed
    await seated(hall, "1002", ready=False, tax=1)  # moved to another group
    await hall.acd.sign_out("1001", by="user")
    found = await ask(hall, CALL)
    assert isinstance(found, Waiting)
    assert found.staffed == 0


async def test_the_expected_wait_is_by_the_matches_of_the_last_minutes(hall: Hall) -> None:
    first = await ask(hall, "first")
    assert isinstance(first, Waiting)
    assert first.expected_s is None  # nobody has been matched: nothing is known
    await hall.ready("1001")
    for n in range(5):
        await hall.acd.ended("first" if n == 0 else f"node1-1.{n - 1}")
        assert isinstance(await ask(hall, f"node1-1.{n}"), Reservation)
    second, third = await ask(hall, "second"), await ask(hall, "third")
    assert isinstance(second, Waiting)
    assert isinstance(third, Waiting)
    # 6 matches within the first minute, or the first two should a minute begin meanwhile.
    assert second.expected_s is not None
    assert third.expected_s is not None
    assert 9 <= second.expected_s <= 20.1
    assert third.expected_s == pytest.approx(2 * second.expected_s, rel=0.05)


async def test_matches_of_long_ago_tell_nothing(make_acd: Callable[[AcdRules], Acd]) -> None:
    hall = Hall(make_acd(AcdRules(rate_window_s=60)))
    minute = await hall.acd.clock_ms() // 60_000
    await hall.acd._store.ask("HSET", "{acd}:rates", "general.zh", f"{minute - 1}:600 {minute - 2}:7")
    found = await ask(hall, CALL)
    assert isinstance(found, Waiting)
    assert found.expected_s is None


# at the door


@pytest.mark.parametrize(
    "bad",
    [
        {"groups": ()},
        {"groups": ("Gen eral",)},
        {"language": "z|h"},
        {"priority": 10},
        {"last_seat": "x"},
        {"widen": (Widen(-1, "general"),)},
        {"widen": (Widen(1, "gen.eral"),)},
    ],
)
async def test_names_are_checked(hall: Hall, bad: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"is no|needs|priority|waits"):
        await ask(hall, CALL, **bad)


async def test_a_leaders_move_outlasts_the_callers_own_rounds(hall: Hall) -> None:
    now = await hall.acd.clock_ms()
    await ask(hall, CALL, waiting_since_ms=now - 60_000)
    await ask(hall, OTHER, groups=("tax",), waiting_since_ms=now - 30_000)
    moved = await hall.acd.move(CALL, ("tax",), by="leader")
    assert moved is not None
    assert (moved.groups, moved.since_ms, moved.moved_by) == (("tax",), now - 60_000, "leader")
    again = await ask(hall, CALL, waiting_since_ms=now - 60_000)
    assert isinstance(again, Waiting)
    assert again.place == 1
    await hall.ready("1001")
    assert await hall.state("1001") == "ready"
    await hall.ready("1002", tax=1)
    assert (await hall.acd.seat("1002")).call_id == CALL


async def test_a_move_to_a_free_seat_wakes_the_caller(hall: Hall) -> None:
    await hall.ready("1001", tax=1)
    await ask(hall, CALL)
    moved = await hall.acd.move(CALL, ("tax",), by="leader")
    assert moved is not None
    assert (moved.state.value, moved.seat) == ("reserved", "1001")
    assert await hall.acd.claim(CALL) is not None
    assert await hall.acd.move("nobody", ("tax",), by="leader") is None


async def test_wrap_up_is_the_groups_own(hall: Hall) -> None:
    await hall.acd.configure(
        [GroupRules("tax", wrap_up_s=0), GroupRules("general", wrap_up_s=100, wrap_up_extension_s=50)]
    )
    await hall.ready("1001", tax=1)
    await hall.acd.offer(offer(CALL, "tax"))
    await hall.acd.answered(CALL, seat="1001")
    await hall.acd.ended(CALL)
    assert await hall.state("1001") == "ready"
    await hall.ready("1002")
    await hall.talk(OTHER)
    await hall.acd.ended(OTHER)
    view = await hall.acd.seat("1002")
    assert view.wrap_up_until_ms is not None
    assert view.wrap_up_until_ms - view.since_ms == 100_000
    assert view.may_extend
    longer = await hall.acd.wrap_up_extend("1002")
    assert longer.wrap_up_until_ms == view.wrap_up_until_ms + 50_000
    assert not longer.may_extend
    with pytest.raises(RefusedTransition, match="wrap_up_extend"):
        await hall.acd.wrap_up_extend("1002")


async def test_an_offer_says_nothing_that_another_release_would_miss(hall: Hall) -> None:
    """Offer's fields reach the call's document: what a new one forgot would be lost without a word."""
    given = Offer(
        CALL, "node1", "PJSIP/x", ("tax", "general"), "mn", 3, 5_000, (Widen(7200, "late"),), "1001"
    )
    assert isinstance(await hall.acd.offer(given), Waiting)
    view = await hall.acd.call(CALL)
    assert view is not None
    assert (view.groups, view.language, view.priority) == (("tax", "general", "late"), "mn", 3)
    assert (view.since_ms, view.channel) == (5_000, "PJSIP/x")
