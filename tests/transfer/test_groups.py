"""A group that cannot take a caller says where the caller goes; opening hours as data."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

import pytest

from tests.transfer.test_routes import GENERAL, groups
from transfer.groups import Groups, Way

MONDAY_NOON = datetime(2026, 11, 23, 12, 0)
SUNDAY_NIGHT = datetime(2026, 11, 22, 23, 30)
WORKDAYS = json.dumps([{"days": [1, 2, 3, 4, 5], "from": "08:30", "to": "12:00"}])


@pytest.mark.parametrize(
    ("hours", "now", "is_open"),
    [
        ("always", SUNDAY_NIGHT, True),
        ("office", MONDAY_NOON, True),
        ("office", SUNDAY_NIGHT, False),
        ("office", MONDAY_NOON.replace(hour=8, minute=30), True),
        ("office", MONDAY_NOON.replace(hour=17, minute=30), False),
        (WORKDAYS, MONDAY_NOON, False),
        (WORKDAYS, MONDAY_NOON.replace(hour=11, minute=59), True),
        (WORKDAYS, SUNDAY_NIGHT.replace(hour=9), False),
    ],
)
def test_hours(hours: str, now: datetime, is_open: bool) -> None:
    assert groups(replace(GENERAL, hours=hours)).open("general", now) is is_open


def test_a_group_that_nobody_has_described_never_closes() -> None:
    assert Groups().open("general", SUNDAY_NIGHT)
    assert Groups().way_out(["general"]) == ((), Way.WAIT)


def test_overflow_is_followed_from_group_to_group_each_once() -> None:
    def group(code: str, to: str | None, rule: str = "overflow") -> object:
        return replace(GENERAL, code=code, overflow_group=to, empty_rule=rule, full_rule="voicemail")

    chain = groups(group("a", "b"), group("b", "c"), group("c", None, "callback"))  # type: ignore[arg-type]
    assert chain.way_out(["a"]) == (("b", "c"), Way.CALLBACK)
    ring = groups(group("a", "b"), group("b", "a"))  # type: ignore[arg-type]
    assert ring.way_out(["a"]) == (("b",), Way.WAIT)
    nowhere = groups(group("a", None))  # type: ignore[arg-type]
    assert nowhere.way_out(["a"]) == ((), Way.WAIT)
    assert chain.way_out(["a"], full=True) == ((), Way.VOICEMAIL)
