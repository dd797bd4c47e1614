"""When an alarm is raised and when cleared: pure, and so slow to change its mind that it never flaps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from seats.alarms import Alarm, AlarmKind, Level

_RANK = {None: 0, Level.WARN: 1, Level.BAD: 2}


@dataclass(frozen=True, slots=True)
class Reading:
    """What the figures say of one object now.

    `reaches`: the level whose limit is passed; `keeps`: the level that would go on standing, by the limits of
    clearing, which are easier to stay beyond than those of raising are to reach (so never below `reaches`).
    """

    kind: AlarmKind
    object: str
    reaches: Level | None
    keeps: Level | None
    text: str

    @property
    def id(self) -> str:
        return f"{self.kind.value}:{self.object}"


@dataclass(frozen=True, slots=True)
class Change:
    """`alarm` None: cleared."""

    id: str
    alarm: Alarm | None


@dataclass(slots=True)
class _Leaning:
    """Towards which level an alarm has been leaning without a break, and since when."""

    up: Level | None = None
    up_since: int | None = None
    down_since: int | None = None


class Damper:
    """Times in ms.  Trouble counts once it has lasted `raise_after`, peace after `clear_after`."""

    def __init__(self, *, raise_after: int, clear_after: int) -> None:
        self._raise_after = raise_after
        self._clear_after = clear_after
        self._leanings: dict[str, _Leaning] = {}

    def step(self, now: int, readings: Iterable[Reading], standing: Mapping[str, Level]) -> list[Change]:
        """What to raise and what to clear.  An alarm that stands without a reading has no object any more,
        and so no trouble; `standing` is the truth, whatever was asked for before."""
        read = {reading.id: reading for reading in readings}
        changes: list[Change] = []
        for alarm_id in read.keys() | standing.keys() | self._leanings.keys():
            changes += self._one(now, alarm_id, read.get(alarm_id), standing.get(alarm_id))
        return sorted(changes, key=lambda change: change.id)

    def _one(self, now: int, alarm_id: str, reading: Reading | None, level: Level | None) -> list[Change]:
        reaches = reading.reaches if reading else None
        keeps = reading.keeps if reading else None
        leaning = self._leanings.setdefault(alarm_id, _Leaning())
        if _RANK[reaches] > _RANK[level]:
            leaning.down_since = None
            if leaning.up_since is None:
                leaning.up_since = now
            # Of the levels reached meanwhile the mildest has been reached all the time.
            leaning.up = reaches if leaning.up is None else min(leaning.up, reaches, key=_RANK.__getitem__)
            if now - leaning.up_since < self._raise_after or reading is None or leaning.up is None:
                return []
            raised = leaning.up
            self._leanings[alarm_id] = _Leaning()
            return [Change(alarm_id, Alarm(reading.kind, reading.object, raised, reading.text))]
        leaning.up = leaning.up_since = None
        if _RANK[keeps] < _RANK[level]:
            if leaning.down_since is None:
                leaning.down_since = now
            if now - leaning.down_since < self._clear_after:
                return []
            del self._leanings[alarm_id]
            if reading is None or keeps is None:
                return [Change(alarm_id, None)]
            return [Change(alarm_id, Alarm(reading.kind, reading.object, keeps, reading.text))]
        del self._leanings[alarm_id]
        return []
