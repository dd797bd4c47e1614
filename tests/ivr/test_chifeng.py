"""The city's own menu, as a caller meets it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

import ivr

NOW = ivr.Context(datetime(2026, 11, 24, 3, 0, tzinfo=UTC))
LENGTHS = {"greeting": 6.5, "greeting_mn": 1.4, "press_invalid": 4.0}


def load(lengths: dict[str, float] = LENGTHS) -> ivr.Menus:
    text = (ivr.SHIPPED / "chifeng.toml").read_text(encoding="utf-8")
    return ivr.load(text, "chifeng.toml", ivr.Facts(lengths, frozenset({"general"})))


def greeted(menus: ivr.Menus) -> ivr.Ask:
    step = ivr.start(menus, "greeting", NOW)
    assert isinstance(step, ivr.Ask)
    return step


def test_the_greeting_asks_for_three_seconds() -> None:
    step = greeted(load())
    assert step.prompts == ("greeting", "greeting_mn")
    assert step.timeout_s == 3.0


@pytest.mark.parametrize(
    ("pressed", "language"),
    [(ivr.Key("1"), "zh"), (ivr.Key("2"), "mn"), (ivr.Nothing(), "zh"), (ivr.Said(), "zh")],
)
def test_a_key_or_nothing_leads_to_a_person(pressed: ivr.Result, language: str) -> None:
    menus = load()
    assert ivr.resume(menus, greeted(menus).state, pressed) == ivr.Enqueue(("general",), language)


@pytest.mark.parametrize("key", list("03456789*#"))
def test_a_wrong_key_is_asked_once_more_and_then_a_person_comes(key: str) -> None:
    menus = load()
    again = ivr.resume(menus, greeted(menus).state, ivr.Key(key))
    assert isinstance(again, ivr.Ask)
    assert again.prompts == ("press_invalid",)
    assert ivr.resume(menus, again.state, ivr.Key("2")) == ivr.Enqueue(("general",), "mn")
    assert ivr.resume(menus, again.state, ivr.Key(key)) == ivr.Enqueue(("general",), "zh")


@pytest.mark.parametrize(
    "state",
    ["", "greeting", "greeting.1", "gone.1.0", "mandarin.1.0", "greeting.1.0;x", "${HL_STATE}", "a" * 500],
)
def test_a_state_that_nobody_can_read_still_leads_to_a_person(state: str) -> None:
    assert ivr.resume(load(), state, ivr.Key("2")) == ivr.Enqueue(("general",), "zh")


def test_the_state_is_short_and_safe_for_a_channel_variable() -> None:
    menus = load()
    again = ivr.resume(menus, greeted(menus).state, ivr.Key("9"))
    assert isinstance(again, ivr.Ask)
    for state in (greeted(menus).state, again.state):
        assert re.fullmatch(r"[a-z0-9_.]{1,31}", state)


def test_a_greeting_of_more_than_eight_seconds_is_refused() -> None:
    with pytest.raises(ivr.MenusRefused) as refused:
        load(LENGTHS | {"greeting_mn": 1.6})
    (fault,) = refused.value.faults
    assert (fault.id, fault.key, fault.value) == ("greeting_too_long", "menu.greeting.prompt", "8.1s")
    assert "8秒" in fault.remedy


def test_no_caller_of_it_is_kept_longer_than_three_steps() -> None:
    assert ivr.longest_walk(load(), "greeting") == 3
