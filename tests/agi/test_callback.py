"""The callback dialogue key by key, and the place that it keeps whatever goes wrong in the middle."""

from __future__ import annotations

import pytest

from agi.legs import call_of, callback_of, is_callback
from crm import callbacks
from seats import CallState
from tests.agi.conftest import Hotline, Line, MakeHotline, spoken


async def waiting(hotline: Hotline, caller: str = "13904760001") -> Line:
    """A caller who waits behind a seat in its wrap-up, and may leave a callback at once."""
    await hotline.group(callback_after_s=0)
    await hotline.seat()
    await hotline.call("13904760000").talks()
    line = hotline.call(caller)
    assert "press_for_callback" in spoken(await line.waits())
    return line


async def test_own_number_with_two_keys(hotline: Hotline) -> None:
    line = await waiting(hotline)
    assert spoken(await line.asks("waitkey", "1")) == ["callback_choice"]
    kept = await line.asks("key", "1")
    assert (kept.step, spoken(kept)) == ("say", ["callback_kept", "goodbye"])
    assert (await line.asks("said")).step == "hangup"
    outcome, marks = await hotline.told(line)
    assert outcome == "callback_kept"
    assert marks["callback_kept"] == {"own_number": True}
    (task,) = (await callbacks.page(hotline.store)).items
    assert (task.kind, task.queue_id) == ("kept_place", callback_of(line.call_id))
    assert await callbacks.number(hotline.store, task.id) == "+8613904760001"
    standing = await hotline.acd.call(callback_of(line.call_id))
    assert standing is not None
    assert standing.since_ms == int(line.variables["HL_ARRIVED"])
    assert await hotline.acd.call(line.call_id) is None


async def test_another_number_is_read_back_digit_by_digit(hotline: Hotline) -> None:
    line = await waiting(hotline)
    await line.asks("waitkey", "1")
    read = await line.asks("key", "2")
    assert (read.step, read.values["HL_DIGITS"], spoken(read)) == ("read", "12", ["callback_enter"])
    back = await line.asks("digits", HL_NUMBER="8200009")
    digits = [f"digit_{digit}" for digit in "8200009"]
    assert spoken(back) == ["callback_repeat", *digits, "callback_confirm"]
    assert (await line.asks("key", "2")).step == "read"
    await line.asks("digits", HL_NUMBER="13904760009")
    assert spoken(await line.asks("key", "1")) == ["callback_kept", "goodbye"]
    await hotline.ledger.flush()
    (task,) = (await callbacks.page(hotline.store)).items
    assert await callbacks.number(hotline.store, task.id) == "+8613904760009"


@pytest.mark.parametrize(
    "typed", ["110", "119", "12345", "95588", "4006001234", "0012125550100", "01085550001"]
)
async def test_a_number_that_may_not_be_dialled_keeps_the_caller_in_the_queue(
    hotline: Hotline, typed: str
) -> None:
    line = await waiting(hotline)
    before = await hotline.acd.call(line.call_id)
    await line.asks("waitkey", "1")
    await line.asks("key", "2")
    said = await line.asks("digits", HL_NUMBER=typed)
    assert (said.step, spoken(said)) == ("say", ["callback_undialable"])
    assert (await line.asks("said")).step == "wait"
    after = await hotline.acd.call(line.call_id)
    assert before is not None and after is not None
    assert (after.state, after.since_ms, after.groups) == (CallState.WAITING, before.since_ms, before.groups)


async def test_who_hides_the_number_is_asked_for_one_at_once(hotline: Hotline) -> None:
    line = await waiting(hotline, "anonymous")
    assert (await line.asks("waitkey", "1")).step == "read"


@pytest.mark.parametrize("pressed", ["", "3", "*"])
async def test_any_other_key_or_none_goes_on_waiting(hotline: Hotline, pressed: str) -> None:
    line = await waiting(hotline)
    await line.asks("waitkey", "1")
    assert (await line.asks("key", pressed)).step == "wait"
    await line.asks("waitkey", "1")
    await line.asks("key", "2")
    assert (await line.asks("digits", HL_NUMBER="")).step == "wait"


async def test_the_bridge_that_kept_it_dies_and_the_next_is_asked_the_same(hotline: Hotline) -> None:
    """kill -9 after the place is kept and before the answer: the dialplan asks another bridge again."""
    line = await waiting(hotline)
    await line.asks("waitkey", "1")
    asked = dict(line.variables)
    await line.asks("key", "1")
    again = Line(line.journey, line.acd, asked)
    assert spoken(await again.asks("key", "1")) == ["callback_kept", "goodbye"]
    await hotline.ledger.flush()
    assert len((await callbacks.page(hotline.store)).items) == 1
    assert [call.call_id for call in await hotline.acd.calls() if call.state is CallState.WAITING] == [
        callback_of(line.call_id)
    ]


async def test_a_seat_that_was_found_in_this_moment_wins(hotline: Hotline) -> None:
    line = await waiting(hotline)
    await line.asks("waitkey", "1")
    await hotline.acd.wrap_up_done("1001")  # matched; nobody has claimed it yet
    told = await line.asks("key", "1")
    assert (told.step, told.values["HL_SEAT"]) == ("dial", "1001")
    assert await hotline.acd.call(callback_of(line.call_id)) is None
    assert await hotline.acd.claim(line.call_id) is None, "no waker cuts off the phone that rings"


async def test_a_seat_whose_waker_is_on_its_way_wins(hotline: Hotline) -> None:
    line = await waiting(hotline)
    await line.asks("waitkey", "1")
    await hotline.acd.wrap_up_done("1001")
    assert await hotline.acd.claim(line.call_id) is not None
    assert (await line.asks("key", "1")).step == "wait"
    assert (await line.asks("wake")).step == "dial"


async def test_the_key_does_nothing_before_its_time_or_where_nobody_may_be_called(
    hotline: Hotline, make_hotline: MakeHotline
) -> None:
    await hotline.seat()
    await hotline.call("13904760000").talks()
    line = hotline.call()
    await line.waits()
    assert (await line.asks("waitkey", "1")).step == "wait"  # the group says: after a minute
    later = str(int(line.variables["HL_ARRIVED"]) - 61_000)
    assert (await line.asks("waitkey", "1", HL_ARRIVED=later)).step == "ask"


async def test_without_ways_out_no_callback_is_promised(make_hotline: MakeHotline) -> None:
    hotline = await make_hotline(numbers={})
    await hotline.group(callback_after_s=0)
    line = hotline.call()
    await line.asks("arrived")
    heard = spoken(await line.asks("key", "1"))
    assert heard[0] == "nobody_there"
    assert "press_for_callback" not in heard
    assert (await line.asks("waitkey", "1")).step == "wait"
    assert spoken(await line.asks("waited")) == [], "said once, and alarmed once"
    assert [event.type for event in await hotline.acd.events_since("0")].count("alarm") == 1


async def test_the_called_back_citizen_reaches_the_seat_that_was_kept(hotline: Hotline) -> None:
    line = await waiting(hotline)
    await line.asks("waitkey", "1")
    await line.asks("key", "1")
    callback_id = callback_of(line.call_id)
    await hotline.acd.wrap_up_done("1001")
    claimed = await hotline.acd.claim(callback_id)
    assert claimed is not None and claimed.channel == ""
    back = hotline.call("13904760001", origin="callback")
    back.variables |= {"HL_CALL": callback_id, "HL_GROUPS": "general", "HL_LANG": "zh"}
    assert spoken(await back.asks("callback")) == ["callback_greeting"]
    dialled = await back.asks("said")
    assert (dialled.step, dialled.values["HL_SEAT"]) == ("dial", "1001")
    outcome, marks = await hotline.told(back)
    assert outcome is None
    assert marks["callback_of"] == {"call": line.call_id}


@pytest.mark.parametrize("call_id", ["node1-1764000000.0", "node1-1764000000.123456", "n-2-1764000000.7"])
def test_a_callback_has_one_id_for_ever(call_id: str) -> None:
    callback_id = callback_of(call_id)
    assert is_callback(callback_id) and not is_callback(call_id)
    assert call_of(callback_id) == call_id
    assert callback_of(call_id) == callback_id
