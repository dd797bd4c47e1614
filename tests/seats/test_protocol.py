"""Match, claim, ring, miss, answer, end: exactly once, whoever crashes, leaves or comes too late."""

import asyncio
from collections.abc import Callable

import pytest

from seats import Acd, AcdRules, Reservation, SeatState, Waiting
from tests.seats.conftest import Hall, offer

CALL = "node1-1.1"
SHORT = AcdRules(ring_s=0.03, ring_slack_s=0.02, reserve_lease_s=0.05, wrap_up_s=0.05, heartbeat_s=0.05)


@pytest.fixture
def brief(make_acd: Callable[[AcdRules], Acd]) -> Hall:
    """A hall whose leases last 50 ms."""
    return Hall(make_acd(SHORT))


async def lease_over() -> None:
    await asyncio.sleep(0.07)


async def woken(hall: Hall) -> None:
    """The call waits; seat 1001 becomes ready and is matched by a wake."""
    await hall.offer(CALL, since=5_000)
    await hall.ready("1001")


async def test_a_pending_match_is_claimed_by_exactly_one_of_many(hall: Hall) -> None:
    await woken(hall)
    claims = await asyncio.gather(*(hall.acd.claim(CALL) for _ in range(20)))
    taken = [claim for claim in claims if claim is not None]
    assert [(found.seat, found.card["caller_masked"]) for found in taken] == [("1001", "139****0001")]


async def test_a_claim_sent_twice_after_a_timeout_is_still_the_claimers(hall: Hall) -> None:
    await woken(hall)
    first = await hall.acd.claim(CALL, request_id="r1")
    assert first is not None
    assert await hall.acd.claim(CALL, request_id="r1") == first
    assert await hall.acd.claim(CALL, request_id="r2") is None


async def test_a_caller_who_asks_first_takes_the_match_from_the_waker(hall: Hall) -> None:
    await woken(hall)
    assert (await hall.reserved(CALL)).seat == "1001"
    assert await hall.acd.claim(CALL) is None
    pending = await hall.acd.reservation(CALL)
    assert pending is not None
    assert pending.seat == "1001"


async def test_while_a_waker_fetches_the_caller_only_the_fetched_one_may_dial(hall: Hall) -> None:
    """Else the phone that rings is cut off by the waker's own redirect, and rings twice."""
    await woken(hall)
    claim = await hall.acd.claim(CALL)
    assert claim is not None
    assert isinstance(await hall.acd.offer(offer(CALL, since=5_000)), Waiting)
    fetched = await hall.acd.offer(offer(CALL, since=5_000), woken=True)
    assert isinstance(fetched, Reservation)
    assert (fetched.seat, fetched.fence) == (claim.seat, claim.fence)
    assert await hall.acd.offer(offer(CALL, since=5_000)) == fetched  # the next bridge asks the same again


async def test_a_waker_that_dies_on_its_way_does_not_keep_the_caller(brief: Hall) -> None:
    await woken(brief)
    assert await brief.acd.claim(CALL) is not None
    await lease_over()
    await brief.acd.sweep()
    assert await brief.acd.claim(CALL) is not None


async def test_the_same_question_gets_the_same_reservation(hall: Hall) -> None:
    await hall.ready("1001", "1002")
    first = await hall.reserved(CALL)
    assert await hall.reserved(CALL) == first
    assert await hall.state("1002") == "ready"


async def test_missed_the_seat_rests_and_the_call_keeps_its_place(hall: Hall) -> None:
    await hall.ready("1001")
    found = await hall.offer(CALL, since=5_000)
    assert isinstance(found, Reservation)
    await hall.offer("node1-2.1", since=6_000)
    assert await hall.acd.missed(CALL, found.fence, "busy")
    assert await hall.state("1001") == "not_ready busy"
    waiting = await hall.offer(CALL, since=9_000)
    assert isinstance(waiting, Waiting)
    assert (waiting.place, waiting.since_ms) == (1, 5_000)


async def test_late_news_with_an_old_fence_changes_nothing(hall: Hall) -> None:
    await hall.ready("1001")
    old = await hall.reserved(CALL)
    await hall.ready("1002")
    await hall.acd.missed(CALL, old.fence, "no_answer")
    new = await hall.reserved(CALL)
    assert new.fence > old.fence
    assert not await hall.acd.ringing(CALL, old.fence)
    assert not await hall.acd.missed(CALL, old.fence, "busy")
    assert not await hall.acd.answered(CALL, seat="1001", fence=old.fence)
    assert await hall.state("1002") == "reserved"
    assert await hall.state("1001") == "not_ready no_answer"


async def test_a_seat_signing_out_hands_its_call_to_the_next(hall: Hall) -> None:
    await hall.ready("1001")
    old = await hall.reserved(CALL)
    await hall.acd.ringing(CALL, old.fence)
    await hall.ready("1002")
    await hall.acd.sign_out("1001", by="user")
    claimed = await hall.acd.claim(CALL)
    assert claimed is not None
    assert claimed.seat == "1002"
    assert await hall.state("1001") == "signed_out user"


async def test_a_break_while_reserved_gives_the_call_back(hall: Hall) -> None:
    await hall.ready("1001")
    await hall.reserved(CALL)
    await hall.acd.not_ready("1001", "lunch")
    assert await hall.call_state(CALL) == "waiting"


async def test_a_match_that_nobody_carries_out_is_undone_and_made_anew(brief: Hall) -> None:
    await woken(brief)
    claimed = await brief.acd.claim(CALL)
    assert claimed is not None
    idle_since = (await brief.acd.seat("1001")).idle_since_ms
    await lease_over()
    assert await brief.acd.sweep() == 1
    again = await brief.acd.claim(CALL)
    assert again is not None
    assert again.fence > claimed.fence
    assert (await brief.acd.seat("1001")).idle_since_ms == idle_since
    assert await brief.acd.repairs() == {"lease_over": 1}


async def test_a_phone_that_rang_beyond_its_time_was_not_answered(brief: Hall) -> None:
    await brief.ready("1001")
    found = await brief.reserved(CALL)
    await brief.acd.ringing(CALL, found.fence)
    await lease_over()
    await brief.acd.sweep()
    assert await brief.state("1001") == "not_ready no_answer"
    assert await brief.call_state(CALL) == "waiting"


async def test_a_talk_has_no_lease(brief: Hall) -> None:
    await brief.ready("1001")
    await brief.talk(CALL)
    await lease_over()
    assert await brief.acd.sweep() == 0
    assert await brief.state("1001") == "talking"


async def test_wrap_up_ends_by_itself_and_the_next_caller_is_woken(brief: Hall) -> None:
    await brief.ready("1001")
    await brief.talk(CALL)
    await brief.acd.ended(CALL)
    await brief.offer("node1-2.1")
    await lease_over()
    await brief.acd.sweep()
    assert (await brief.acd.seat("1001")).call_id == "node1-2.1"


async def test_no_wrap_up_where_the_rules_have_none(make_acd: Callable[[AcdRules], Acd]) -> None:
    hall = Hall(make_acd(AcdRules(wrap_up_s=0)))
    await hall.ready("1001")
    await hall.talk(CALL)
    await hall.acd.ended(CALL)
    assert await hall.state("1001") == "ready"


async def test_a_wished_break_follows_the_wrap_up(brief: Hall) -> None:
    await brief.ready("1001")
    await brief.talk(CALL)
    await brief.acd.not_ready("1001", "lunch")
    await brief.acd.ended(CALL)
    await lease_over()
    await brief.acd.sweep()
    assert await brief.state("1001") == "not_ready lunch"


async def test_a_caller_who_leaves_before_the_answer_costs_the_seat_nothing(hall: Hall) -> None:
    await hall.ready("1001")
    idle_since = (await hall.acd.seat("1001")).idle_since_ms
    await hall.reserved(CALL)
    stood = await hall.acd.ended(CALL)
    assert stood is not None
    assert (stood.state.value, stood.seat) == ("reserved", "1001")
    view = await hall.acd.seat("1001")
    assert (view.state, view.idle_since_ms) == (SeatState.READY, idle_since)
    assert await hall.acd.ended(CALL) is None


async def test_the_seat_of_a_caller_who_left_takes_the_next_at_once(hall: Hall) -> None:
    await hall.ready("1001")
    await hall.reserved(CALL)
    await hall.offer("node1-2.1")
    await hall.acd.ended(CALL)
    assert (await hall.acd.seat("1001")).call_id == "node1-2.1"


async def test_news_of_an_ended_call_revives_nobody(hall: Hall) -> None:
    await hall.ready("1001")
    await hall.talk(CALL)
    await hall.acd.ended(CALL)
    assert not await hall.acd.answered(CALL, seat="1001")
    assert isinstance(await hall.offer(CALL), Waiting)
    assert await hall.acd.calls() == []


async def test_a_caller_ended_by_mistake_is_queued_when_the_next_round_asks(
    make_acd: Callable[[AcdRules], Acd],
) -> None:
    hall = Hall(make_acd(AcdRules(gone_s=0.02)))
    await hall.offer(CALL, since=5_000)
    await hall.acd.ended(CALL)
    await asyncio.sleep(0.03)
    await hall.offer(CALL, since=5_000)
    assert await hall.call_state(CALL) == "waiting"


async def test_who_asks_for_a_seat_is_not_talking(hall: Hall) -> None:
    await hall.ready("1001")
    await hall.talk(CALL)
    assert isinstance(await hall.offer(CALL), Waiting)
    assert await hall.state("1001") == "wrap_up"


async def test_the_plain_queue_connects_a_phone_at_which_nobody_signed_in(hall: Hall) -> None:
    assert await hall.acd.answered(CALL, seat="1009")
    assert await hall.state("1009") == "talking"
    call = await hall.acd.call(CALL)
    assert call is not None
    assert call.node == "node1"
    await hall.acd.ended(CALL)
    assert await hall.state("1009") == "signed_out"


async def test_asterisk_is_believed_over_a_reservation(hall: Hall) -> None:
    """The plain queue gave the caller to 1002 while 1001 was reserved for it, and 1002 for somebody else."""
    await hall.ready("1001")
    await hall.reserved(CALL)
    await hall.ready("1002")
    other = await hall.reserved("node1-2.1")
    assert other.seat == "1002"
    await hall.acd.answered(CALL, seat="1002")
    assert (await hall.acd.seat("1002")).call_id == CALL
    view = await hall.acd.seat("1001")
    assert (view.state, view.call_id) == (SeatState.RESERVED, "node1-2.1")
    claimed = await hall.acd.claim("node1-2.1")
    assert claimed is not None
    assert claimed.seat == "1001"


async def test_a_break_goes_on_after_a_call_that_the_plain_queue_brought(brief: Hall) -> None:
    await brief.sign_in("1001")
    await brief.acd.not_ready("1001", "lunch")
    await brief.acd.answered(CALL, seat="1001")
    await brief.acd.ended(CALL)
    await lease_over()
    await brief.acd.sweep()
    assert await brief.state("1001") == "not_ready lunch"


async def test_a_phone_lost_during_the_call_keeps_the_seat_from_being_ready(brief: Hall) -> None:
    await brief.ready("1001")
    await brief.talk(CALL)
    await brief.acd.contact("1001", False)
    await brief.acd.ended(CALL)
    await lease_over()
    await brief.acd.sweep()
    assert await brief.state("1001") == "not_ready unregistered"


async def test_a_screen_is_there_while_its_heart_beats(brief: Hall) -> None:
    await brief.ready("1001")
    assert not (await brief.acd.seat("1001")).has_screen
    await brief.acd.heartbeat("1001")
    assert (await brief.reserved(CALL)).has_screen
    await lease_over()
    assert not (await brief.reserved(CALL)).has_screen
    await brief.acd.sweep()
    assert not (await brief.acd.seat("1001")).has_screen


async def test_a_console_that_was_open_before_the_sign_in_is_a_screen_at_once(hall: Hall) -> None:
    await hall.acd.heartbeat("1001")
    assert (await hall.sign_in("1001")).has_screen
    assert not (await hall.acd.sign_out("1001", by="user")).has_screen


async def test_a_heartbeat_of_a_seat_that_redis_lost_says_so(acd: Acd) -> None:
    assert (await acd.heartbeat("1001")).state is SeatState.SIGNED_OUT
    assert await acd.seats() == []


async def test_200_callers_and_20_seats_at_once(hall: Hall) -> None:
    seats = [str(1001 + n) for n in range(20)]
    await hall.ready(*seats)
    asked = await asyncio.gather(*(hall.offer(f"node1-3.{n}") for n in range(200)))
    reserved = [found for found in asked if isinstance(found, Reservation)]
    assert sorted(found.seat for found in reserved) == seats
    assert len({found.fence for found in reserved}) == 20
    await asyncio.gather(*(hall.acd.ended(f"node1-3.{n}") for n in range(200)))
    assert await hall.acd.calls() == []
    assert {view.state for view in await hall.acd.seats()} == {SeatState.READY}
