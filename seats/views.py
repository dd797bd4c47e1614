"""Seats, calls and groups as they stand: the stored documents as values."""

from dataclasses import dataclass, field
from typing import Any

from seats.states import CallKind, CallState, SeatState

#: Asterisk's device states of a phone that would not ring for us.
ENGAGED = frozenset({"INUSE", "BUSY", "ONHOLD", "RINGING", "RINGINUSE"})
UNREACHABLE = frozenset({"UNAVAILABLE", "INVALID"})


# What documents lack that the release before lanes wrote, until a script next writes them.
_SEAT_BEFORE_LANES: dict[str, Any] = {
    **dict.fromkeys(("kind", "node", "leaving_by", "by", "supervised_by", "supervision"), ""),
    "device_told": False,
    **dict.fromkeys(("device_ms", "extension_ms", "calls", "talk_ms", "stats_day"), 0),
}
_CALL_BEFORE_LANES: dict[str, Any] = {
    "kind": CallKind.CALL,
    **dict.fromkeys(("language", "lane", "moved_by", "kept_as"), ""),
    "lanes": (),
}


@dataclass(frozen=True, slots=True)
class SeatView:
    seat: str
    state: SeatState
    reason: str = ""
    user: str = ""
    name: str = ""
    groups: dict[str, int] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    since_ms: int = 0
    idle_since_ms: int = 0
    call_id: str | None = None
    fence: int | None = None
    kind: CallKind | None = None  # of the call in hand
    has_screen: bool = False
    registered: bool | None = None  # None: Asterisk has not said yet
    node: str = ""  # where its phone is registered
    device: str = ""
    device_ms: int = 0  # since when Asterisk says so
    device_told: bool = False  # it has said so since the seat's state began
    wrap_up_until_ms: int | None = None
    may_extend: bool = False  # this wrap-up can be extended, once
    after: str = ""  # not-ready reason that takes effect when this call is done
    leaving_by: str = ""  # who has ordered the sign-out that takes effect when this talk is over
    by: str = ""  # who else than the seat's user made the last move
    supervised_by: str = ""
    supervision: str = ""  # listen, whisper or barge
    calls_today: int = 0  # on stats_day
    talk_ms_today: int = 0
    stats_day: int = 0  # days since 1970, by AcdRules.day_begins_s

    @property
    def engaged(self) -> bool:
        """Ready, but on the phone for another reason, and so passed over."""
        return self.state is SeatState.READY and self.device in ENGAGED

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "SeatView":
        # Lua cannot tell an empty list from an empty map, nor keep a null: both are settled here.
        if "stats_day" not in document:
            document = _SEAT_BEFORE_LANES | document
        registered = document["registered"]
        return cls(
            seat=document["seat"],
            state=SeatState(document["state"]),
            reason=document["reason"],
            user=document["user"],
            name=document["name"],
            groups={group: int(level) for group, level in dict(document["groups"]).items()},
            languages=tuple(document["languages"]),
            since_ms=int(document["since_ms"]),
            idle_since_ms=int(document["idle_since_ms"]),
            call_id=document["call_id"] or None,
            fence=int(document["fence"]) or None,
            kind=CallKind(document["kind"]) if document["kind"] else None,
            has_screen=bool(document["has_screen"]),
            registered=None if registered == "" else registered == "yes",
            node=document["node"],
            device=document["device"],
            device_ms=int(document["device_ms"]),
            device_told=bool(document["device_told"]),
            wrap_up_until_ms=int(document["wrap_up_until_ms"]) or None,
            may_extend=document["extension_ms"] > 0,
            after=document["after"],
            leaving_by=document["leaving_by"],
            by=document["by"],
            supervised_by=document["supervised_by"],
            supervision=document["supervision"],
            calls_today=int(document["calls"]),
            talk_ms_today=int(document["talk_ms"]),
            stats_day=int(document["stats_day"]),
        )

    def as_json(self) -> dict[str, Any]:
        # Not asdict(), which copies in depth: this is done for every event.
        return {name: getattr(self, name) for name in self.__slots__} | {
            "state": self.state.value,
            "groups": dict(self.groups),
            "languages": list(self.languages),
            "kind": self.kind.value if self.kind else None,
            "engaged": self.engaged,
        }


@dataclass(frozen=True, slots=True)
class CallView:
    call_id: str
    node: str
    channel: str
    groups: tuple[str, ...]  # where it waits by now, in order of preference
    priority: int
    state: CallState
    since_ms: int  # waiting since, the original time
    changed_ms: int
    kind: CallKind = CallKind.CALL
    language: str = ""
    lanes: tuple[str, ...] = ()  # group.language, in order of preference
    lane: str = ""  # in which it was matched last
    seat: str | None = None
    fence: int | None = None
    claimed: bool = False
    moved_by: str = ""  # the leader who put it into other queues
    kept_as: str = ""  # the callback that has taken its place

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "CallView":
        if "lanes" not in document:
            document = _CALL_BEFORE_LANES | document
        return cls(
            call_id=document["call_id"],
            node=document["node"],
            channel=document["channel"],
            groups=tuple(document["groups"]),
            priority=int(document["priority"]),
            state=CallState(document["state"]),
            since_ms=int(document["since_ms"]),
            changed_ms=int(document["changed_ms"]),
            kind=CallKind(document["kind"]),
            language=document["language"],
            lanes=tuple(document["lanes"]),
            lane=document["lane"],
            seat=document["seat"] or None,
            fence=int(document["fence"]) or None,
            claimed=bool(document["claimed"]),
            moved_by=document["moved_by"],
            kept_as=document["kept_as"],
        )

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__} | {
            "state": self.state.value,
            "kind": self.kind.value,
            "groups": list(self.groups),
            "lanes": list(self.lanes),
        }


@dataclass(frozen=True, slots=True)
class GroupView:
    group: str
    waiting: int  # callers
    callbacks: int  # citizens who kept their place
    longest_since_ms: int | None  # since when the longest waiting caller waits
    seats: dict[SeatState, int]  # seats of the group by state


@dataclass(frozen=True, slots=True)
class Ghost:
    """A contradiction that stands now.

    kind: talking_without_phone, ringing_without_phone, held_unregistered, ready_engaged,
    seat_without_call or call_without_seat.
    """

    kind: str
    seat: str | None
    call_id: str | None
    since_ms: int
