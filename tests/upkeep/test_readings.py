"""Which figures give reason for an alarm, in which words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hotline_app.settings import Alarms
from hotline_app.upkeep.damping import Reading
from hotline_app.upkeep.readings import Answers, Facts, readings, unknown
from seats import GroupView, SeatState
from seats.alarms import AlarmKind, Level

NOW = 1_764_000_000_000
CALM = Facts(now=NOW, groups=(), signed_in=3, answers={}, unexplained=0, missing=0, free=0.5)


def group(waited_s: float | None, **seats: int) -> GroupView:
    return GroupView(
        group="general",
        waiting=0 if waited_s is None else 2,
        callbacks=0,
        longest_since_ms=None if waited_s is None else NOW - int(waited_s * 1000),
        seats={SeatState(state): count for state, count in seats.items()},
    )


def read(facts: Facts) -> dict[str, Reading]:
    found = readings(facts, Alarms(), free_warn=0.15, free_bad=0.05)
    return {reading.id: reading for reading in found}


def test_a_quiet_hall_gives_no_reason() -> None:
    assert [r for r in read(CALM).values() if r.reaches or r.keeps] == []


@pytest.mark.parametrize(
    ("waited_s", "reaches", "keeps"),
    [
        (10, None, None),
        (50, None, Level.WARN),  # would not be raised, but what stands goes on
        (61, Level.WARN, Level.WARN),
        (150, Level.WARN, Level.BAD),
        (181, Level.BAD, Level.BAD),
    ],
)
def test_the_longest_wait(waited_s: float, reaches: Level | None, keeps: Level | None) -> None:
    facts = replace(CALM, groups=[group(waited_s, ready=1)], names={"general": "通用组"})
    found = read(facts)["longest_wait:general"]
    assert (found.reaches, found.keeps) == (reaches, keeps)
    assert found.text == f"通用组最长等候已达 {waited_s} 秒，2 人在等"


def test_nobody_signed_in_at_all_is_bad_day_and_night() -> None:
    found = read(replace(CALM, signed_in=0))
    assert found["no_seat:all"].reaches is Level.BAD


def test_a_group_with_callers_and_nobody_signed_in() -> None:
    assert "empty_group:general" in read(replace(CALM, groups=[group(1, signed_out=4)]))
    assert "empty_group:general" not in read(replace(CALM, groups=[group(1, not_ready=1)]))
    assert "empty_group:general" not in read(replace(CALM, groups=[group(None, signed_out=4)]))


@pytest.mark.parametrize(
    ("answered", "in_time", "reaches"),
    [(19, 0, "nothing"), (20, 16, None), (20, 15, Level.WARN), (20, 11, Level.BAD)],
)
def test_the_rate_needs_a_number_to_be_a_rate(
    answered: int, in_time: int, reaches: Level | str | None
) -> None:
    found = read(replace(CALM, answers={"general": Answers(answered, in_time)})).get("service_level:general")
    assert (found.reaches if found else "nothing") == reaches


@pytest.mark.parametrize(
    ("free", "reaches", "keeps"),
    [
        (0.18, None, None),
        (0.16, None, Level.WARN),
        (0.14, Level.WARN, Level.WARN),
        (0.04, Level.BAD, Level.BAD),
    ],
)
def test_the_disk(free: float, reaches: Level | None, keeps: Level | None) -> None:
    found = read(replace(CALM, free=free))["disk:recordings"]
    assert (found.reaches, found.keeps) == (reaches, keeps)


def test_counts_that_must_be_nought() -> None:
    found = read(replace(CALM, ghosts=2, unexplained=1, missing=3, away={"node2": "节点 node2 的管理连接"}))
    assert {r.id: r.reaches for r in found.values() if r.reaches} == {
        "ghosts:all": Level.WARN,
        "unexplained:all": Level.BAD,
        "recording:missing": Level.BAD,
        "part_away:node2": Level.BAD,
    }
    assert found["part_away:node2"].text == "节点 node2 的管理连接不可用"


def test_what_could_not_be_found_out_is_not_taken_for_peace() -> None:
    assert unknown(CALM) == frozenset()
    blind = replace(CALM, answers=None, unexplained=None, missing=None, free=None)
    assert unknown(blind) == {
        AlarmKind.SERVICE_LEVEL,
        AlarmKind.UNEXPLAINED,
        AlarmKind.RECORDING,
        AlarmKind.DISK,
    }
