"""Business hours: in the city's own time, whatever zone the clock is told in, with days of their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

import ivr

TEXT = """
entries = ["office"]
fallback = "person"
[menu.office]
kind = "hours"
hours = "work"
next = "say"
closed = "night"
[menu.say]
kind = "say"
prompt = ["waiting"]
next = "late"
[menu.late]
kind = "hours"
hours = "evening"
next = "person"
closed = "night"
[menu.night]
kind = "end"
prompt = ["goodbye"]
reason = "closed"
[menu.person]
kind = "person"
groups = ["general"]
language = "zh"
[hours.work]
mon = ["08:30-12:00"]
[hours.work.days]
2026-11-30 = []
2026-11-28 = ["10:00-11:00"]
[hours.evening]
mon = ["11:00-24:00"]
"""
CITY = timezone(timedelta(hours=8))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=CITY)


@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        (at(23, 8, 29), False),
        (at(23, 8, 30), True),
        (at(23, 11, 59), True),
        (at(23, 12, 0), False),
        (at(24, 9), False),
        (at(30, 9), False),  # a Monday that is a holiday
        (at(28, 10), True),  # a Saturday that is a workday
        (datetime(2026, 11, 23, 0, 30, tzinfo=UTC), True),  # 08:30 in the city
        (datetime(2026, 11, 23, 8, 30, tzinfo=UTC), False),
    ],
)
def test_open_and_closed(now: datetime, is_open: bool) -> None:
    menus = ivr.load(TEXT, "menu.toml")
    assert menus.hours["work"].open_at(now) is is_open
    step = ivr.start(menus, "office", ivr.Context(now))
    assert isinstance(step, ivr.Say if is_open else ivr.Hangup)


def test_who_came_in_time_is_served_as_one_however_long_it_takes() -> None:
    """The hours that were open at the start travel in the state; resume is told no time."""
    menus = ivr.load(TEXT, "menu.toml")
    both = ivr.start(menus, "office", ivr.Context(at(23, 11, 30)))
    one = ivr.start(menus, "office", ivr.Context(at(23, 9)))
    assert isinstance(both, ivr.Say)
    assert isinstance(one, ivr.Say)
    assert isinstance(ivr.resume(menus, both.state, ivr.Said()), ivr.Enqueue)
    assert isinstance(ivr.resume(menus, one.state, ivr.Said()), ivr.Hangup)


def test_a_time_without_its_zone_is_refused() -> None:
    menus = ivr.load(TEXT, "menu.toml")
    with pytest.raises(ValueError, match="zone"):
        ivr.start(menus, "office", ivr.Context(datetime(2026, 11, 23, 9)))
