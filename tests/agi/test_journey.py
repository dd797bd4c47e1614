"""The journey step by step, as the dialplan asks it: what is said, what is done, what is on record."""

from __future__ import annotations

import pytest

from agi.channel import _SAFE
from crm import groups as crm_groups
from crm import now_ms, profile, restrictions, routing, surges
from tests.agi.conftest import Hotline, Line, MakeHotline, spoken

# ---- who calls


async def flagged(hotline: Hotline, number: str, **what: object) -> None:
    """A caller who has called before, and of whom something is known since."""
    line = hotline.call(number)
    await line.asks("arrived")
    await hotline.ledger.flush()
    key = await profile.key_of(hotline.store, line.call_id)
    await profile.remember(hotline.store, key, actor="test", **what)  # type: ignore[arg-type]


async def test_who_is_flagged_as_elderly_or_disabled_goes_straight_to_a_person(hotline: Hotline) -> None:
    await hotline.seat()
    await flagged(hotline, "13904760001", flags=["elder"])
    assert (await hotline.call("13904760001").asks("arrived")).step == "dial"
    assert (await hotline.call("13904760002").asks("arrived")).step == "ask"


async def test_another_language_sticks_to_the_caller_and_a_key_leads_out_of_it(hotline: Hotline) -> None:
    await hotline.seat()
    await flagged(hotline, "13904760001", language="mn")
    await flagged(hotline, "13904760002", language="zh")
    line = hotline.call("13904760001")
    assert spoken(await line.asks("arrived")) == ["greeting_known"]
    await line.asks("key", "")
    assert line.variables["HL_LANG"] == "mn"
    other = hotline.call("13904760001")
    await other.asks("arrived")
    await other.asks("key", "1")
    assert other.variables["HL_LANG"] == "zh"
    assert "greeting" in spoken(await hotline.call("13904760002").asks("arrived"))


async def test_a_blocked_number_hears_why_and_is_on_record_and_an_emergency_hand_over_is_never_refused(
    hotline: Hotline,
) -> None:
    line = hotline.call("13904760001")
    await line.asks("arrived")
    await hotline.ledger.flush()
    found = await restrictions.propose(
        hotline.store, line.call_id, kind="block", reason="反复骚扰", days=3, actor="seat1"
    )
    await restrictions.review(hotline.store, found.id, agree=True, version=found.version, actor="leader")
    again = hotline.call("13904760001")
    refused = await again.asks("arrived")
    assert (refused.step, spoken(refused)) == ("say", ["caller_blocked"])
    assert (await again.asks("said")).step == "hangup"
    assert (await hotline.told(again))[0] == "refused"
    handed = await hotline.call("13904760001", origin="emergency").asks("arrived")
    assert handed.step == "wait"


# ---- waiting


async def test_the_announcement_comes_at_once_and_then_only_when_it_is_due(hotline: Hotline) -> None:
    await hotline.seat()
    await hotline.call("13904760000").talks()  # the seat is in its wrap-up
    first, second = hotline.call("13904760001"), hotline.call("13904760002")
    assert spoken(await first.waits())[:2] == ["all_busy", "you_are_next"]
    heard = spoken(await second.waits())
    assert heard[:4] == ["all_busy", "ahead_before", "number_1", "ahead_after"]
    assert "press_for_callback" not in heard, "the group offers it after a minute only"
    quiet = await second.asks("waited")
    assert (quiet.step, spoken(quiet)) == ("wait", [])
    assert 0 < int(quiet.values["HL_SECONDS"]) <= 20
    at, _, asked = second.variables["HL_STATE"].removeprefix("wait:").partition(".")
    due = await second.asks("waited", HL_STATE=f"wait:{int(at) - 30}.{asked}")
    assert spoken(due)[:3] == ["ahead_before", "number_1", "ahead_after"]


async def test_whatever_is_answered_is_safe_for_the_dialplan(hotline: Hotline) -> None:
    await hotline.group(callback_after_s=0)
    await hotline.seat()
    await hotline.call("13904760000").talks()
    line = hotline.call("13904760001")
    for decision in (
        await line.asks("arrived"),
        await line.asks("key", "1"),
        await line.asks("waitkey", "1"),
        await line.asks("key", "2"),
        await line.asks("digits", HL_NUMBER="13904760009"),
        await line.asks("key", "1"),
    ):
        variables = decision.variables()
        assert list(variables)[-1] == "HL_NEXT"
        assert all(_SAFE.fullmatch(value) for value in variables.values()), variables


async def test_a_seat_takes_the_caller_out_of_the_middle_of_a_dialogue(hotline: Hotline) -> None:
    await hotline.group(callback_after_s=0)
    await hotline.seat()
    await hotline.call("13904760000").talks()
    line = hotline.call("13904760001")
    await line.waits()
    assert (await line.asks("waitkey", "1")).step == "ask"
    await hotline.acd.wrap_up_done("1001")
    assert await hotline.acd.claim(line.call_id) is not None
    dialled = await line.asks("wake")
    assert (dialled.step, dialled.values["HL_SEAT"]) == ("dial", "1001")


# ---- nobody there, queue full, closed


async def test_voicemail_when_nobody_is_signed_in(hotline: Hotline) -> None:
    await hotline.group(empty_rule="voicemail")
    line = hotline.call()
    await line.asks("arrived")
    message = await line.asks("key", "1")
    assert (message.step, spoken(message)) == ("voicemail", ["nobody_there", "voicemail"])
    assert await hotline.acd.call(line.call_id) is None, "no seat is looked for any more"
    assert spoken(await line.asks("recorded")) == ["voicemail_short", "goodbye"]
    outcome, marks = await hotline.told(line)
    assert outcome == "abandoned_queue"
    assert marks["empty_group"] == {"groups": ["general"]}
    alarms = [event.data["kind"] for event in await hotline.acd.events_since("0") if event.type == "alarm"]
    assert alarms == ["empty_group"]


async def test_overflow_before_voicemail_and_it_is_remembered(hotline: Hotline) -> None:
    await hotline.seat()
    code = "line-test"
    await crm_groups.put(
        hotline.store,
        code,
        {"name": "水", "empty_rule": "overflow", "overflow_group": "general"},
        version=None,
        actor="test",
    )
    await routing.put(
        hotline.store,
        None,
        {"position": 1, "line": "8337772", "groups": [{"group": code, "after_s": 0}]},
        version=None,
        actor="test",
    )
    await hotline.rules.refresh()
    line = hotline.call(line="8337772")
    await line.asks("arrived")
    assert (await line.asks("key", "1")).step == "dial"
    assert line.variables["HL_GROUPS"] == f"{code}+general"
    other = hotline.call(line="8337772")
    await other.asks("arrived")
    assert spoken(await other.asks("key", "1"))[:2] == ["all_busy", "you_are_next"]


async def test_an_emergency_hand_over_waits_whatever_the_rules_say(hotline: Hotline) -> None:
    await hotline.group(empty_rule="voicemail", hours='[{"days":[1],"from":"00:00","to":"00:01"}]')
    line = hotline.call(origin="emergency")
    assert (await line.asks("arrived")).step == "wait"


async def test_a_full_queue_offers_a_callback_that_stands_in_line_all_the_same(hotline: Hotline) -> None:
    await hotline.group(capacity=1)
    await hotline.seat()
    await hotline.call("13904760000").talks()
    await hotline.call("13904760001").waits()
    late = hotline.call("13904760002")
    await late.asks("arrived")
    offered = await late.asks("key", "1")
    assert spoken(offered) == ["queue_full", "callback_choice"]
    kept = await late.asks("key", "1")
    assert spoken(kept) == ["callback_kept", "goodbye"]
    assert (await hotline.told(late))[0] == "callback_kept"
    waiting = [call for call in await hotline.acd.calls() if call.state == "waiting"]
    assert [call.kind for call in waiting] == ["call", "callback"]


async def test_who_declines_at_a_full_queue_goes_on_waiting_and_is_not_asked_again(hotline: Hotline) -> None:
    await hotline.group(capacity=1)
    await hotline.seat()
    await hotline.call("13904760000").talks()
    await hotline.call("13904760001").waits()
    late = hotline.call("13904760002")
    await late.asks("arrived")
    await late.asks("key", "1")
    assert (await late.asks("key", "")).step == "wait"
    assert spoken(await late.asks("waited")) == []


async def test_a_closed_line_says_so(hotline: Hotline) -> None:
    await hotline.group(empty_rule="wait", hours='[{"days":[1],"from":"00:00","to":"00:01"}]')
    await hotline.seat()
    line = hotline.call()
    await line.asks("arrived")
    notice = await line.asks("key", "1")
    assert spoken(notice) == ["group_closed"]
    outcome, marks = await hotline.told(line)
    assert outcome == "notice"
    assert "offered" not in marks, "nobody was asked for a person: it does not count"


# ---- surge


async def surging(hotline: Hotline, *lines: str) -> int:
    form = {"topic": "停水", "text": "城区停水", "lines": list(lines), "active_until": now_ms() + 600_000}
    made = await surges.start(hotline.store, form, actor="test")
    assert await hotline.rules.refresh()
    return made.id


async def test_a_surge_is_told_to_its_line_and_one_key_joins_it(hotline: Hotline) -> None:
    await hotline.signed_in()
    surge = await surging(hotline, "12345")
    line = hotline.call()
    await line.asks("arrived")
    assert spoken(await line.asks("key", "1")) == [f"surge-{surge}", "surge_join"]
    assert spoken(await line.asks("key", "1")) == ["surge_joined", "goodbye"]
    assert (await hotline.told(line))[0] == "surge"
    assert [call for call, _ in await surges.joined(hotline.store, surge)] == [line.call_id]
    other = hotline.call(line="8337772")
    await other.asks("arrived")
    assert (await other.asks("key", "1")).step == "wait"


async def test_who_does_not_join_waits_since_the_arrival(hotline: Hotline) -> None:
    await hotline.signed_in()
    await surging(hotline)
    line = hotline.call()
    await line.asks("arrived")
    await line.asks("key", "1")
    assert (await line.asks("key", "")).step == "wait"
    standing = await hotline.acd.call(line.call_id)
    assert standing is not None
    assert standing.since_ms == int(line.variables["HL_ARRIVED"])


async def test_a_surge_whose_prompt_was_not_spoken_is_not_half_told(hotline: Hotline) -> None:
    await hotline.signed_in()
    await surging(hotline, "8337772")
    assert await surging(hotline, "12345") == 2  # there is no sound of that name
    line = hotline.call()
    await line.asks("arrived")
    assert (await line.asks("key", "1")).step == "wait"


# ---- after the talk


async def test_the_seat_is_free_before_the_survey_begins(hotline: Hotline) -> None:
    await hotline.seat()
    line = hotline.call()
    survey = await line.talks()
    assert (survey.step, spoken(survey)) == ("ask", ["survey"])
    assert (await hotline.acd.seat("1001")).state == "wrap_up"


@pytest.mark.parametrize(
    ("keys", "grade"),
    [(["3"], 3), (["9", "5"], 5), (["0", "0"], None), ([""], None), (["7", ""], None)],
)
async def test_the_survey_takes_five_grades_and_asks_once_more_after_a_wrong_key(
    hotline: Hotline, keys: list[str], grade: int | None
) -> None:
    await hotline.seat()
    line = hotline.call()
    decision = await line.talks()
    for key in keys:
        assert decision.step == "ask"
        decision = await line.asks("key", key)
    assert decision.step == "say"
    assert line.variables["HL_STATE"] == "end"
    assert (await hotline.told(line))[1].get("survey") == (None if grade is None else {"grade": grade})


async def test_without_a_survey_it_is_goodbye(make_hotline: MakeHotline) -> None:
    hotline = await make_hotline(survey={"enabled": False})
    await hotline.seat()
    assert spoken(await hotline.call().talks()) == ["goodbye"]


async def test_nonsense_from_the_dialplan_never_loses_a_caller(hotline: Hotline) -> None:
    for state in (
        "callback:",
        "surge:",
        "surge:x",
        "survey:9",
        "wait:",
        "wait:x.y",
        "known:",
        "what:ever",
        "::",
    ):
        for event in ("key", "said", "digits", "waited", "wake"):
            line: Line = hotline.call()
            decision = await line.asks(event, "1", HL_STATE=state, HL_LANG="zh")
            assert decision.step in ("wait", "say", "ask", "read"), (state, event, decision)
