"""A citizen hangs up and keeps the place: before nobody who kept waiting, and never later than by waiting."""

import asyncio
from collections.abc import Callable

import pytest

from seats import Acd, AcdRules, CallKind, LiveCall, Reservation, Waiting, Widen
from tests.seats.conftest import NODE, Hall, offer, soon

CALL, BACK, OTHER = "node1-1.1", "node1-1700000000.9", "node1-2.1"


async def kept(hall: Hall, *, since: int = 5_000) -> None:
    await hall.offer(CALL, since=since)
    assert await hall.acd.keep_place(CALL, BACK, data={"callback": 7})


async def test_the_place_is_the_callers(hall: Hall) -> None:
    now = await hall.acd.clock_ms()
    for call, since in (("before", 9_000), (CALL, 5_000), ("after", 1_000)):
        await hall.offer(call, since=now - since)
    view = await hall.acd.keep_place(CALL, BACK, data={"callback": 7})
    assert view is not None
    assert (view.kind, view.channel, view.since_ms) == (CallKind.CALLBACK, "", now - 5_000)
    assert await hall.acd.call(CALL) is None
    assert await hall.acd.card(BACK) == {"caller_masked": "139****0001", "callback": 7}
    await hall.acd.ended(CALL)  # the caller hangs up
    for seat, call in (("1001", "before"), ("1002", BACK), ("1003", "after")):
        await hall.ready(seat)
        assert (await hall.acd.seat(seat)).call_id == call


async def test_the_callers_own_end_names_the_callback(hall: Hall) -> None:
    await kept(hall)
    (ended,) = [event for event in await hall.acd.events_since("0") if event.type == "call.ended"]
    assert (ended.call_id, ended.data["kept_as"], ended.data["state"]) == (CALL, BACK, "waiting")


async def test_only_who_waits_can_keep_a_place_and_only_once(hall: Hall) -> None:
    assert await hall.acd.keep_place(CALL, BACK) is None
    await hall.ready("1001")
    await hall.reserved(CALL)
    assert await hall.acd.keep_place(CALL, BACK) is None
    await hall.offer(OTHER)
    first = await hall.acd.keep_place(OTHER, BACK)
    assert await hall.acd.keep_place(OTHER, BACK) == first
    assert len(await hall.acd.calls()) == 2


async def test_the_owner_is_woken_calls_and_the_rest_is_as_for_any_call(hall: Hall) -> None:
    await kept(hall)
    wakes = hall.acd.wakes(NODE)
    await hall.ready("1001")
    wake = await soon(wakes)
    assert (wake.call_id, wake.kind, wake.channel) == (BACK, CallKind.CALLBACK, "")
    claimed = await hall.acd.claim(BACK)
    assert claimed is not None
    assert (claimed.kind, claimed.channel, claimed.card["callback"]) == (CallKind.CALLBACK, "", 7)
    found = await hall.offer(BACK)  # the citizen has taken the call
    assert isinstance(found, Reservation)
    assert (found.seat, found.fence, found.kind) == ("1001", claimed.fence, CallKind.CALLBACK)
    assert await hall.acd.ringing(BACK, found.fence)
    assert await hall.acd.answered(BACK, seat="1001", fence=found.fence)
    stood = await hall.acd.ended(BACK)
    assert stood is not None
    assert stood.kind is CallKind.CALLBACK


async def test_calling_the_citizen_may_take_longer_than_fetching_a_caller(
    make_acd: Callable[[AcdRules], Acd],
) -> None:
    hall = Hall(make_acd(AcdRules(reserve_lease_s=0.02, callback_lease_s=3600)))
    await kept(hall)
    await hall.ready("1001")
    await asyncio.sleep(0.03)
    await hall.acd.sweep()  # nobody claimed it in time
    claimed = await hall.acd.claim(BACK)
    assert claimed is not None
    await asyncio.sleep(0.03)
    await hall.acd.sweep()
    assert await hall.acd.reservation(BACK) == claimed


async def test_a_citizen_whom_nobody_reached_in_time_keeps_the_place(
    make_acd: Callable[[AcdRules], Acd],
) -> None:
    hall = Hall(make_acd(AcdRules(callback_lease_s=0.02)))
    await kept(hall)
    await hall.offer(OTHER)
    await hall.ready("1001")
    assert await hall.acd.claim(BACK)
    await asyncio.sleep(0.03)
    await hall.acd.sweep()
    assert (await hall.acd.seat("1001")).call_id == BACK  # again, and before the other


async def test_who_picks_up_after_the_lease_waits_at_the_same_place_and_is_fetched(hall: Hall) -> None:
    await kept(hall, since=5_000)
    found = await hall.acd.offer(offer(BACK, "tax", priority=9))
    assert isinstance(found, Waiting)
    assert (found.place, found.since_ms) == (1, 5_000)
    view = await hall.acd.call(BACK)
    assert view is not None
    assert (view.groups, view.priority, view.channel) == (("general",), 5, f"PJSIP/carrier-{BACK}")
    (figures,) = await hall.acd.groups()
    assert (figures.waiting, figures.callbacks) == (1, 0)


async def test_a_resync_judges_nobody_who_has_no_channel(hall: Hall) -> None:
    await kept(hall)
    assert await hall.acd.restore(NODE, []) == []
    await hall.ready("1001")
    assert await hall.acd.restore(NODE, []) == []
    assert (await hall.acd.seat("1001")).call_id == BACK
    await hall.acd.claim(BACK)
    assert isinstance(await hall.offer(BACK), Reservation)
    assert [repair.kind for repair in await hall.acd.restore(NODE, [])] == ["call_gone"]


async def test_a_resync_that_finds_the_citizens_channel_takes_it_for_the_callback(hall: Hall) -> None:
    await kept(hall)
    assert await hall.acd.restore(NODE, [LiveCall(BACK, "PJSIP/out-1", "waiting")]) == []
    view = await hall.acd.call(BACK)
    assert view is not None
    assert (view.channel, view.state.value) == ("PJSIP/out-1", "waiting")


async def test_dropped(hall: Hall) -> None:
    await kept(hall)
    await hall.ready("1001")
    dropped = await hall.acd.drop_callback(BACK)
    assert dropped is not None
    assert dropped.seat == "1001"
    assert await hall.state("1001") == "ready"
    assert await hall.acd.drop_callback(BACK) is None
    assert await hall.acd.enqueue_callback(BACK, NODE, since_ms=5_000) is None  # a late copy of the database


async def test_a_citizen_who_is_on_the_line_is_not_dropped(hall: Hall) -> None:
    await kept(hall)
    await hall.offer(BACK)
    assert await hall.acd.drop_callback(BACK) is None
    assert await hall.acd.drop_callback("nobody") is None
    await hall.offer(OTHER)
    assert await hall.acd.drop_callback(OTHER) is None  # a caller is no callback


async def test_rebuilt_from_the_database_at_its_place(hall: Hall) -> None:
    now = await hall.acd.clock_ms()
    await hall.offer(OTHER, since=now - 5_000)
    made = await hall.acd.enqueue_callback(
        BACK,
        NODE,
        since_ms=now - 60_000,
        groups=("tax",),
        widen=(Widen(30, "general"),),
        data={"callback": 7},
    )
    assert made is not None
    assert made.groups == ("tax", "general")
    assert await hall.acd.enqueue_callback(BACK, NODE, since_ms=now) == made
    await hall.ready("1001")
    assert (await hall.acd.seat("1001")).call_id == BACK


async def test_a_callback_id_is_checked(hall: Hall) -> None:
    with pytest.raises(ValueError, match="call id"):
        await hall.acd.keep_place(CALL, "")
