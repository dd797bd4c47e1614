"""Every verb of a person in every state: what the table allows happens, the rest is refused."""

from collections.abc import Awaitable, Callable

import pytest
from redis.asyncio import Redis

from seats import Acd, RefusedTransition, SeatState, SeatView, Waiting
from seats.states import MOVES
from tests.seats.conftest import Hall

CALL = "node1-1.1"


async def bring(hall: Hall, state: SeatState) -> None:
    """Seat 1001 into that state by the verbs alone."""
    if state is SeatState.SIGNED_OUT:
        return
    await hall.sign_in("1001")
    if state is SeatState.NOT_READY:
        return
    await hall.acd.ready("1001")
    if state is SeatState.READY:
        return
    found = await hall.reserved(CALL)
    if state is SeatState.RESERVED:
        return
    await hall.acd.ringing(CALL, found.fence)
    if state is SeatState.RINGING:
        return
    await hall.acd.answered(CALL, seat="1001", fence=found.fence)
    if state is SeatState.WRAP_UP:
        await hall.acd.ended(CALL)


VERBS: dict[str, Callable[[Acd], Awaitable[SeatView]]] = {
    "sign_in": lambda acd: acd.sign_in("1001", user="other", name="李", groups={"general": 1}, languages=[]),
    "sign_out": lambda acd: acd.sign_out("1001", by="user"),
    "ready": lambda acd: acd.ready("1001"),
    "not_ready": lambda acd: acd.not_ready("1001", "lunch"),
    "wrap_up_done": lambda acd: acd.wrap_up_done("1001"),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", SeatState)
async def test_table(hall: Hall, state: SeatState, verb: str) -> None:
    await bring(hall, state)
    before = await hall.acd.seat("1001")
    assert before.state is state
    target = MOVES[verb].get(state)
    if verb in ("ready", "wrap_up_done") and state is SeatState.READY:
        target = SeatState.READY  # already there: no move, no refusal
    if target is None:
        with pytest.raises(RefusedTransition) as refused:
            await VERBS[verb](hall.acd)
        assert (refused.value.seat, refused.value.from_state, refused.value.event) == ("1001", state, verb)
        assert await hall.acd.seat("1001") == before
    else:
        assert (await VERBS[verb](hall.acd)).state is target


async def test_signing_in_again_only_renews_the_details(hall: Hall) -> None:
    await hall.ready("1001", general=1)
    idle_since = (await hall.acd.seat("1001")).idle_since_ms
    again = await hall.acd.sign_in(
        "1001", user="user1001", name="王芳芳", groups={"mongolian": 2}, languages=["mn", "zh"]
    )
    assert (again.state, again.name, again.idle_since_ms) == (SeatState.READY, "王芳芳", idle_since)
    assert isinstance(await hall.offer("node1-2.1", "general"), Waiting)
    assert (await hall.reserved(CALL, "mongolian")).seat == "1001"


async def test_a_break_wished_for_while_talking_begins_after_the_wrap_up(hall: Hall) -> None:
    await hall.ready("1001")
    await hall.talk(CALL)
    assert (await hall.acd.not_ready("1001", "lunch")).after == "lunch"
    await hall.acd.ended(CALL)
    assert await hall.state("1001") == "wrap_up"
    assert (await hall.acd.wrap_up_done("1001")).after == ""


async def test_a_refused_request_is_not_remembered_as_done(hall: Hall) -> None:
    await hall.ready("1001")
    await hall.reserved(CALL)
    for _ in range(2):
        with pytest.raises(RefusedTransition):
            await hall.acd.ready("1001", request_id="once")


async def test_a_repeated_request_is_carried_out_once(hall: Hall) -> None:
    await hall.ready("1001")
    await hall.acd.not_ready("1001", "lunch", request_id="r1")
    await hall.acd.ready("1001", request_id="r2")
    view = await hall.acd.not_ready("1001", "lunch", request_id="r1")
    assert view.state is SeatState.READY


async def test_a_seat_without_a_registered_phone_cannot_be_ready(hall: Hall) -> None:
    await hall.sign_in("1001")
    await hall.acd.contact("1001", False)
    with pytest.raises(RefusedTransition, match="unregistered"):
        await hall.acd.ready("1001")


async def test_a_ready_seat_that_loses_its_phone_is_ready_again_with_it(
    hall: Hall, redis_clean: Redis
) -> None:
    await hall.ready("1001")
    await hall.acd.contact("1001", False)
    assert await redis_clean.zcard("{acd}:idle") == 0
    assert await hall.state("1001") == "not_ready unregistered"
    await hall.offer(CALL)
    assert (await hall.acd.contact("1001", True)).call_id == CALL


async def test_a_phone_engaged_elsewhere_is_passed_over_and_comes_back_in_its_turn(hall: Hall) -> None:
    await hall.ready("1001", "1002")
    await hall.acd.device("1001", "INUSE")
    assert (await hall.reserved(CALL)).seat == "1002"
    await hall.offer("node1-2.1")
    assert (await hall.acd.device("1001", "NOT_INUSE")).call_id == "node1-2.1"


@pytest.mark.parametrize("bad", ["", "abc", "1001 ", "{acd}", "1" * 13])
async def test_a_seat_is_digits(acd: Acd, bad: str) -> None:
    with pytest.raises(ValueError, match="is no seat"):
        await acd.ready(bad)


async def test_groups_and_levels_are_checked_at_the_door(acd: Acd) -> None:
    for groups in ({"Gen|eral": 1}, {"general": 0}, {"general": 10}):
        with pytest.raises(ValueError, match=r"general|group"):
            await acd.sign_in("1001", user="u", name="n", groups=groups, languages=[])
