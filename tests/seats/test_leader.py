"""What a shift leader orders: pull, take over, force; and the seat's own outgoing calls."""

import asyncio
from collections.abc import Callable

import pytest

from seats import Acd, AcdRules, CallKind, RefusedTransition, Reservation, SeatState, Waiting
from tests.seats.conftest import NODE, Hall, soon

CALL, OTHER, OUT = "node1-1.1", "node1-2.1", "node1-3.1"


async def standing_by(hall: Hall, seat: str, reason: str = "meeting") -> None:
    """Signed in, on a break, with a phone."""
    await hall.sign_in(seat, tax=1)
    await hall.acd.contact(seat, True, node=NODE)
    await hall.acd.not_ready(seat, reason)


async def test_a_waiting_call_is_pulled_out_of_its_turn(hall: Hall) -> None:
    await hall.offer(OTHER, since=1_000)
    await hall.offer(CALL)
    await standing_by(hall, "1009")
    wakes = hall.acd.wakes(NODE)
    view = await hall.acd.assign(CALL, "1009", by="leader")
    assert view is not None
    assert (view.state.value, view.seat) == ("reserved", "1009")
    wake = await soon(wakes)
    assert (wake.call_id, wake.seat, wake.by) == (CALL, "1009", "leader")
    assert await hall.acd.claim(CALL) is not None
    assert (await hall.acd.seat("1009")).by == "leader"


async def test_a_talking_call_is_taken_over_and_the_old_seat_wraps_up(hall: Hall) -> None:
    await hall.ready("1001")
    await hall.talk(CALL)
    await standing_by(hall, "1009")
    await hall.acd.assign(CALL, "1009", by="leader")
    assert await hall.state("1001") == "wrap_up"
    claimed = await hall.acd.claim(CALL)
    assert claimed is not None
    assert await hall.acd.ringing(CALL, claimed.fence)
    assert await hall.acd.answered(CALL, seat="1009", fence=claimed.fence)
    await hall.acd.ended(CALL)
    assert (await hall.acd.seat("1009")).after == "meeting"  # the break goes on after the wrap-up


async def test_a_ringing_call_is_taken_over_and_the_old_seat_takes_the_next(hall: Hall) -> None:
    await hall.ready("1001")
    found = await hall.reserved(CALL)
    await hall.acd.ringing(CALL, found.fence)
    await hall.offer(OTHER)
    await standing_by(hall, "1009")
    await hall.acd.assign(CALL, "1009", by="leader")
    assert (await hall.acd.seat("1001")).call_id == OTHER


async def test_a_leader_who_does_not_answer_is_back_on_the_break_when_the_caller_leaves(hall: Hall) -> None:
    await hall.offer(CALL)
    await standing_by(hall, "1009")
    await hall.acd.assign(CALL, "1009", by="leader")
    await hall.acd.ended(CALL)
    assert await hall.state("1009") == "not_ready meeting"


async def test_an_order_sent_twice_is_carried_out_once(hall: Hall) -> None:
    await hall.offer(CALL)
    await standing_by(hall, "1009")
    first = await hall.acd.assign(CALL, "1009", by="leader", request_id="r1")
    again = await hall.acd.assign(CALL, "1009", by="leader", request_id="r1")
    assert first == again


@pytest.mark.parametrize("why", ["assign", "assign_unregistered", "assign_engaged"])
async def test_a_seat_that_cannot_take_it_refuses(hall: Hall, why: str) -> None:
    await hall.ready("1001")
    await hall.talk(CALL)
    if why == "assign":
        await hall.ready("1009")
        await hall.acd.contact("1009", True, node=NODE)
        await hall.reserved(OTHER)
    else:
        await standing_by(hall, "1009")
    if why == "assign_unregistered":
        await hall.acd.contact("1009", False, node=NODE)
    if why == "assign_engaged":
        await hall.acd.device("1009", "INUSE", node=NODE)
    before = await hall.acd.seats(), await hall.acd.calls()
    with pytest.raises(RefusedTransition) as refused:
        await hall.acd.assign(CALL, "1009", by="leader")
    assert refused.value.event == why
    assert (await hall.acd.seats(), await hall.acd.calls()) == before


async def test_nobody_is_assigned_who_is_not_there(hall: Hall) -> None:
    await standing_by(hall, "1009")
    assert await hall.acd.assign(CALL, "1009", by="leader") is None


# forced moves


async def test_forced_moves_say_who_ordered_them(hall: Hall) -> None:
    await hall.sign_in("1001")
    assert (await hall.acd.force_ready("1001", by="leader")).by == "leader"
    away = await hall.acd.force_not_ready("1001", "meeting", by="leader")
    assert (away.state, away.reason, away.by) == (SeatState.NOT_READY, "meeting", "leader")
    assert (await hall.acd.ready("1001")).by == ""
    out = await hall.acd.force_sign_out("1001", by="leader")
    assert (out.state, out.reason) == (SeatState.SIGNED_OUT, "leader")


async def test_a_forced_ready_ends_a_wrap_up(hall: Hall) -> None:
    await hall.ready("1001")
    await hall.talk(CALL)
    await hall.acd.ended(CALL)
    assert (await hall.acd.force_ready("1001", by="leader")).state is SeatState.READY


async def test_a_forced_sign_out_waits_for_the_end_of_the_talk(hall: Hall) -> None:
    await hall.ready("1001")
    await hall.talk(CALL)
    view = await hall.acd.force_sign_out("1001", by="leader")
    assert (view.state, view.leaving_by) == (SeatState.TALKING, "leader")
    await hall.acd.ended(CALL)
    left = await hall.acd.seat("1001")
    assert (left.state, left.user, left.leaving_by) == (SeatState.SIGNED_OUT, "", "")
    await hall.acd.sweep()
    assert await hall.state("1001") == "signed_out leader"


async def test_an_order_has_somebody_who_gave_it(hall: Hall) -> None:
    with pytest.raises(ValueError, match="who gave it"):
        await hall.acd.force_ready("1001", by="")


# supervision


async def test_supervision_is_shown_while_the_talk_lasts(hall: Hall) -> None:
    await hall.ready("1001")
    with pytest.raises(RefusedTransition, match="supervise"):
        await hall.acd.supervised("1001", by="leader", mode="listen")
    await hall.talk(CALL)
    view = await hall.acd.supervised("1001", by="leader", mode="whisper")
    assert (view.supervised_by, view.supervision) == ("leader", "whisper")
    assert (await hall.acd.supervised("1001", by="leader", mode=None)).supervised_by == ""
    await hall.acd.supervised("1001", by="leader", mode="barge")
    await hall.acd.ended(CALL)
    assert (await hall.acd.seat("1001")).supervised_by == ""


# outgoing calls


async def test_an_outgoing_call_rings_talks_and_is_wrapped_up(hall: Hall) -> None:
    await hall.ready("1001")
    view = await hall.acd.dialling_out("1001", OUT, node=NODE)
    assert (view.state, view.kind, view.call_id) == (SeatState.RINGING, CallKind.OUTGOING, OUT)
    assert isinstance(await hall.offer(CALL), Waiting)
    assert await hall.acd.answered(OUT, seat="1001")
    talking = await hall.acd.seat("1001")
    assert (talking.state, talking.kind) == (SeatState.TALKING, CallKind.OUTGOING)
    await hall.acd.ended(OUT)
    assert await hall.state("1001") == "wrap_up"


@pytest.mark.parametrize("was", ["ready", "not_ready meeting", "wrap_up"])
async def test_nobody_answers_and_the_seat_is_where_it_was(hall: Hall, was: str) -> None:
    await hall.ready("1001")
    if was == "not_ready meeting":
        await hall.acd.not_ready("1001", "meeting")
    if was == "wrap_up":
        await hall.talk(CALL)
        await hall.acd.ended(CALL)
    await hall.acd.dialling_out("1001", OUT, node=NODE)
    await hall.acd.ended(OUT)
    assert await hall.state("1001") == was
    view = await hall.acd.seat("1001")
    assert (view.call_id, view.after) == (None, "")


async def test_a_wrap_up_with_an_answered_call_out_ends_as_any(make_acd: Callable[[AcdRules], Acd]) -> None:
    hall = Hall(make_acd(AcdRules(wrap_up_s=0.02)))
    await hall.ready("1001")
    await hall.talk(CALL)
    await hall.acd.ended(CALL)
    await hall.acd.dialling_out("1001", OUT, node=NODE)
    await hall.acd.answered(OUT, seat="1001")
    await hall.acd.ended(OUT)
    await asyncio.sleep(0.03)
    await hall.acd.sweep()
    assert await hall.state("1001") == "ready"


async def test_an_outgoing_call_that_nobody_tells_of_is_over_in_time(
    make_acd: Callable[[AcdRules], Acd],
) -> None:
    hall = Hall(make_acd(AcdRules(dial_out_s=0.02)))
    await hall.ready("1001")
    await hall.acd.dialling_out("1001", OUT, node=NODE)
    await hall.offer(CALL)
    await asyncio.sleep(0.03)
    await hall.acd.sweep()
    assert (await hall.acd.seat("1001")).call_id == CALL
    assert await hall.acd.call(OUT) is None


async def test_who_has_a_call_or_no_phone_calls_nobody(hall: Hall) -> None:
    with pytest.raises(RefusedTransition):
        await hall.acd.dialling_out("1001", OUT, node=NODE)
    await hall.ready("1001")
    await hall.reserved(CALL)
    with pytest.raises(RefusedTransition):
        await hall.acd.dialling_out("1001", OUT, node=NODE)
    await hall.sign_in("1002")
    await hall.acd.contact("1002", False)
    with pytest.raises(RefusedTransition, match="unregistered"):
        await hall.acd.dialling_out("1002", OUT, node=NODE)


async def test_an_outgoing_call_is_never_queued(hall: Hall) -> None:
    await hall.ready("1001")
    await hall.acd.dialling_out("1001", OUT, node=NODE)
    assert await hall.acd.move(OUT, ("tax",), by="leader") is None
    view = await hall.acd.call(OUT)
    assert view is not None
    assert view.fence is not None
    assert await hall.acd.missed(OUT, view.fence, "no_answer")
    assert await hall.acd.calls() == []


async def test_a_break_or_sign_out_ordered_during_an_outgoing_ring_comes_after_it(hall: Hall) -> None:
    await hall.ready("1001", "1002")
    await hall.acd.dialling_out("1001", OUT, node=NODE)
    await hall.acd.not_ready("1001", "meal")
    assert await hall.call_state(OUT) == "ringing"
    await hall.acd.ended(OUT)
    assert await hall.state("1001") == "not_ready meal"
    await hall.acd.dialling_out("1002", OTHER, node=NODE)
    with pytest.raises(RefusedTransition):
        await hall.acd.sign_out("1002", by="user")
    await hall.acd.force_sign_out("1002", by="leader")
    await hall.acd.ended(OTHER)
    assert await hall.state("1002") == "signed_out leader"


async def test_a_talk_that_a_seat_began_can_be_taken_over(hall: Hall) -> None:
    await hall.ready("1001")
    await hall.acd.dialling_out("1001", OUT, node=NODE)
    await hall.acd.answered(OUT, seat="1001")
    await standing_by(hall, "1009")
    view = await hall.acd.assign(OUT, "1009", by="leader")
    assert view is not None
    assert (view.kind, view.groups) == (CallKind.CALL, ("general",))
    assert isinstance(await hall.offer(OUT), Reservation)
