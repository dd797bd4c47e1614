"""From figures to readings: which limit is passed, and in which words it is told.  Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hotline_app.settings import Alarms as Limits
from hotline_app.upkeep.damping import Reading
from seats import GroupView, SeatState
from seats.alarms import AlarmKind, Level

# A limit is passed back only by this much more: what hovers about a limit is one alarm.
_WAIT_KEPT = 0.8
_SHARE_KEPT = 0.02


@dataclass(frozen=True, slots=True)
class Answers:
    """Calls answered in the window, and how many of them in time."""

    answered: int
    in_time: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found.  None: could not be found out, so nothing is said of it and what stands stays.

    `free`: the recordings' disk, 0…1; `away`: part → how a leader calls it; `missing`: calls of the last
    24 h whose recording should be there and is not.
    """

    now: int
    groups: Sequence[GroupView]
    signed_in: int
    names: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Answers] | None = None
    ghosts: int = 0
    unexplained: int | None = None
    missing: int | None = None
    free: float | None = None
    away: Mapping[str, str] = field(default_factory=dict)


def readings(facts: Facts, limits: Limits, *, free_warn: float, free_bad: float) -> list[Reading]:
    """One for each object that there is something to say of."""
    return [
        *_waits(facts, limits),
        *_staff(facts),
        *_service(facts, limits),
        *_disk(facts, free_warn, free_bad),
        *_count(AlarmKind.GHOSTS, "all", facts.ghosts, Level.WARN, "状态矛盾的坐席或通话 {} 个"),
        *_count(AlarmKind.UNEXPLAINED, "all", facts.unexplained, Level.BAD, "去向不明的通话 {} 通"),
        *_count(AlarmKind.RECORDING, "missing", facts.missing, Level.BAD, "24小时内应录未录的通话 {} 通"),
        *(
            Reading(AlarmKind.PART_AWAY, part, Level.BAD, Level.BAD, f"{called}不可用")
            for part, called in facts.away.items()
        ),
    ]


def unknown(facts: Facts) -> frozenset[AlarmKind]:
    """Kinds of which nothing is known now: what stands of them is neither raised nor cleared."""
    told = {
        AlarmKind.SERVICE_LEVEL: facts.answers,
        AlarmKind.UNEXPLAINED: facts.unexplained,
        AlarmKind.RECORDING: facts.missing,
        AlarmKind.DISK: facts.free,
    }
    return frozenset(kind for kind, found in told.items() if found is None)


def _waits(facts: Facts, limits: Limits) -> list[Reading]:
    found = []
    for group in facts.groups:
        if group.longest_since_ms is None:
            continue
        waited = max(0, facts.now - group.longest_since_ms) / 1000
        found.append(
            Reading(
                AlarmKind.LONGEST_WAIT,
                group.group,
                _above(waited, limits.wait_warn_s, limits.wait_bad_s),
                _above(waited, limits.wait_warn_s * _WAIT_KEPT, limits.wait_bad_s * _WAIT_KEPT),
                f"{_name(facts, group.group)}最长等候已达 {int(waited)} 秒，{group.waiting} 人在等",
            )
        )
    return found


def _staff(facts: Facts) -> list[Reading]:
    found = []
    if not facts.signed_in:
        found.append(Reading(AlarmKind.NO_SEAT, "all", Level.BAD, Level.BAD, "全中心没有坐席签入"))
    for group in facts.groups:
        staffed = sum(count for state, count in group.seats.items() if state is not SeatState.SIGNED_OUT)
        if group.waiting and not staffed:
            text = f"{_name(facts, group.group)}没有坐席签入，{group.waiting} 人在等"
            found.append(Reading(AlarmKind.EMPTY_GROUP, group.group, Level.BAD, Level.BAD, text))
    return found


def _service(facts: Facts, limits: Limits) -> list[Reading]:
    found = []
    for group, answers in (facts.answers or {}).items():
        if answers.answered < limits.service_least:
            continue  # no value, never 100 %
        rate = answers.in_time / answers.answered
        found.append(
            Reading(
                AlarmKind.SERVICE_LEVEL,
                group,
                _below(rate, limits.service_warn, limits.service_bad),
                _below(rate, limits.service_warn + _SHARE_KEPT, limits.service_bad + _SHARE_KEPT),
                f"{_name(facts, group)}近 {limits.service_window_s // 60} 分钟"
                f"按时接通率 {rate:.1%}（{answers.in_time}/{answers.answered}）",
            )
        )
    return found


def _disk(facts: Facts, warn: float, bad: float) -> list[Reading]:
    if facts.free is None:
        return []
    text = f"录音磁盘只剩 {facts.free:.1%} 空闲；通话不受影响，录音可能失败"
    reaches = _below(facts.free, warn, bad)
    keeps = _below(facts.free, warn + _SHARE_KEPT, bad + _SHARE_KEPT)
    return [Reading(AlarmKind.DISK, "recordings", reaches, keeps, text)]


def _count(kind: AlarmKind, what: str, count: int | None, level: Level, text: str) -> list[Reading]:
    if not count:
        return []
    return [Reading(kind, what, level, level, text.format(count))]


def _above(value: float, warn: float, bad: float) -> Level | None:
    return Level.BAD if value > bad else Level.WARN if value > warn else None


def _below(value: float, warn: float, bad: float) -> Level | None:
    return Level.BAD if value < bad else Level.WARN if value < warn else None


def _name(facts: Facts, group: str) -> str:
    return facts.names.get(group, group)
