"""What goes into the ACD and what comes out of it.  All times are epoch milliseconds unless named ``_s``."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from seats.states import CallState, SeatState

DEFAULT_GROUP = "general"
DEFAULT_PRIORITY = 5


@dataclass(frozen=True, slots=True)
class AcdRules:
    """Times in seconds."""

    ring_s: float = 20.0
    ring_slack_s: float = 10.0  # after ring_s, before the sweep believes that the news was lost
    reserve_lease_s: float = 6.0  # a match that nobody carries out in this time is undone
    wrap_up_s: float = 30.0
    heartbeat_s: float = 15.0  # a console silent for longer has no screen
    gone_s: float = 5.0  # an ended call is not queued anew for so long; more than a question's dead-man time
    remember_s: float = 120.0  # request ids and ended calls
    # The client's own limits add up to less, but not through a half-made connection.
    answer_within_s: float = 0.65
    events_kept: int = 20_000
    wakes_kept: int = 2_000


@dataclass(frozen=True, slots=True)
class Offer:
    """A caller who asks for a seat.

    groups: in order of preference; priority: 0 highest … 9; waiting_since_ms: the original time, kept through
    every return to the queue; card: JSON for the pop, numbers masked.
    """

    call_id: str
    node: str
    channel: str
    groups: tuple[str, ...] = (DEFAULT_GROUP,)
    priority: int = DEFAULT_PRIORITY
    waiting_since_ms: int = 0  # 0: from now on
    card: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reservation:
    """One seat kept for one call until its lease ends.  Quote the fence in everything that follows."""

    call_id: str
    seat: str
    fence: int
    has_screen: bool
    card: dict[str, Any]
    channel: str
    node: str


@dataclass(frozen=True, slots=True)
class Waiting:
    call_id: str
    place: int  # 1 = next
    ahead: int
    since_ms: int


@dataclass(frozen=True, slots=True)
class Wake:
    """A match made while the caller was waiting: claim it, then redirect the channel."""

    id: str
    call_id: str
    seat: str
    fence: int
    channel: str
    node: str


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
    has_screen: bool = False
    registered: bool | None = None  # None: Asterisk has not said yet
    device: str = ""
    wrap_up_until_ms: int | None = None
    after: str = ""  # not-ready reason that takes effect when this call is done

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "SeatView":
        # Lua cannot tell an empty list from an empty map, nor keep a null: both are settled here.
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
            has_screen=bool(document["has_screen"]),
            registered=None if registered == "" else registered == "yes",
            device=document["device"],
            wrap_up_until_ms=int(document["wrap_up_until_ms"]) or None,
            after=document["after"],
        )

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"state": self.state.value, "languages": list(self.languages)}


@dataclass(frozen=True, slots=True)
class CallView:
    call_id: str
    node: str
    channel: str
    groups: tuple[str, ...]
    priority: int
    state: CallState
    since_ms: int  # waiting since, the original time
    changed_ms: int
    seat: str | None = None
    fence: int | None = None
    claimed: bool = False

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "CallView":
        return cls(
            call_id=document["call_id"],
            node=document["node"],
            channel=document["channel"],
            groups=tuple(document["groups"]),
            priority=int(document["priority"]),
            state=CallState(document["state"]),
            since_ms=int(document["since_ms"]),
            changed_ms=int(document["changed_ms"]),
            seat=document["seat"] or None,
            fence=int(document["fence"]) or None,
            claimed=bool(document["claimed"]),
        )

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"state": self.state.value, "groups": list(self.groups)}


@dataclass(frozen=True, slots=True)
class GroupView:
    group: str
    waiting: int
    longest_since_ms: int | None  # since when the longest waiting caller waits
    seats: dict[SeatState, int]  # seats of the group by state


@dataclass(frozen=True, slots=True)
class LiveCall:
    """One call as Asterisk has it now."""

    call_id: str
    channel: str
    phase: Literal["waiting", "ringing", "talking"]
    seat: str | None = None
    since_ms: int = 0  # 0: unknown, taken as now
    groups: tuple[str, ...] = (DEFAULT_GROUP,)
    priority: int = DEFAULT_PRIORITY


@dataclass(frozen=True, slots=True)
class Repair:
    """Redis was wrong and has been put right.  kind: call_gone, call_requeued, call_found_ringing,
    call_found_talking, seat_without_call, lease_over."""

    kind: str
    call_id: str | None
    seat: str | None
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the event stream.  type: seat.changed, call.changed, call.ended, pop, group.changed or
    repair."""

    id: str
    type: str
    at: int
    seat: str | None
    call_id: str | None
    data: dict[str, Any]
