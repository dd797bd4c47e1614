"""Alarms for shift leaders: those that stand are kept in Redis, each change is told as an event "alarm".

Whether there is reason for one is hotline_app/upkeep's to judge.
"""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from redis.asyncio import Redis

from seats.keys import ALARMS
from seats.model import AcdRules
from seats.store import ScriptStore


class Level(StrEnum):
    WARN = "warn"
    BAD = "bad"


class AlarmKind(StrEnum):
    LONGEST_WAIT = "longest_wait"  # object: the group
    NO_SEAT = "no_seat"  # "all": the hotline is open day and night (DOMAIN §1.7)
    EMPTY_GROUP = "empty_group"  # the group has callers and nobody signed in
    SERVICE_LEVEL = "service_level"  # the group
    GHOSTS = "ghosts"  # "all"
    UNEXPLAINED = "unexplained"  # "all"
    PART_AWAY = "part_away"  # redis, database, or a node without an owner
    DISK = "disk"  # recordings
    RECORDING = "recording"  # "missing": calls that should have been recorded and were not


@dataclass(frozen=True, slots=True)
class Alarm:
    """`text` is Chinese, for the leader's screen; `raised_ms`: Redis's clock, kept when the level changes."""

    kind: AlarmKind
    object: str
    level: Level
    text: str
    raised_ms: int = 0
    cleared: bool = False

    @property
    def id(self) -> str:
        return f"{self.kind.value}:{self.object}"

    def as_json(self) -> dict[str, Any]:
        return {"id": self.id, **asdict(self)}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "Alarm":
        return cls(
            kind=AlarmKind(document["kind"]),
            object=document["object"],
            level=Level(document["level"]),
            text=document["text"],
            raised_ms=int(document["raised_ms"]),
            cleared=bool(document["cleared"]),
        )


class Alarms:
    """The alarms that stand.  Every method raises AcdUnavailable when Redis does not answer."""

    def __init__(self, redis: Redis, *, rules: AcdRules) -> None:
        self._store = ScriptStore(redis, rules)

    async def raise_(self, alarm: Alarm) -> bool:
        """False: it stands at this level already, nobody is told again."""
        told = json.dumps(alarm.as_json(), ensure_ascii=False)
        return bool(await self._store.run("alarm_raise", alarm.id, told))

    async def clear(self, alarm_id: str) -> bool:
        """False: it did not stand."""
        return bool(await self._store.run("alarm_clear", alarm_id))

    async def list(self) -> list[Alarm]:
        """Those that stand, the worst first, then the oldest."""
        found = [Alarm.from_document(json.loads(stored)) for stored in await self._store.ask("HVALS", ALARMS)]
        return sorted(found, key=lambda alarm: (alarm.level is not Level.BAD, alarm.raised_ms, alarm.id))
