"""What goes into the ACD and what it answers.  All times are epoch milliseconds unless named ``_s``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal

from seats.states import CallKind

DEFAULT_GROUP = "general"
DEFAULT_LANGUAGE = "zh"
DEFAULT_PRIORITY = 5

#: priority → seconds of waiting that it is worth.  Whoever has waited longer than the greatest of them is
#: before every newcomer, so nobody is passed for ever (DOMAIN §4: emergency hand-over first).
HEAD_START_S: Mapping[int, float] = MappingProxyType(
    {
        0: 3600.0,  # handed over by an emergency line
        1: 120.0,  # callers flagged 65+ or disabled
        2: 60.0,  # handed over by a sub-centre or a department
        3: 30.0,  # repeat callers
        5: 0.0,
        9: -300.0,  # throttled for a time
    }
)


class Strategy(StrEnum):
    """Which of a group's free seats takes the next call; ties go to whoever has been idle longest."""

    LONGEST_IDLE = "longest_idle"
    LEAST_CALLS = "least_calls"  # today
    LEAST_TALK = "least_talk"  # today
    HIGHEST_SKILL = "highest_skill"  # level 1 first


@dataclass(frozen=True, slots=True)
class AcdRules:
    """Times in seconds."""

    ring_s: float = 20.0
    ring_slack_s: float = 10.0  # after ring_s, before the sweep believes that the news was lost
    reserve_lease_s: float = 6.0  # a match that nobody carries out in this time is undone
    callback_lease_s: float = 60.0  # the same, once the owner is calling the citizen
    dial_out_s: float = 120.0  # an outgoing call that rings for longer is over
    wrap_up_s: float = 30.0
    wrap_up_extension_s: float = 30.0  # 0: a wrap-up cannot be extended
    heartbeat_s: float = 15.0  # a console silent for longer has no screen
    doubt_s: float = 3.0  # for so long a phone may contradict the seat's state
    gone_s: float = 5.0  # an ended call is not queued anew for so long; more than a question's dead-man time
    remember_s: float = 120.0  # request ids and ended calls
    rate_window_s: float = 600.0  # matches of so long tell the expected wait; whole minutes
    day_begins_s: float = 8 * 3600.0  # the day of the statistics begins so much before UTC's (Beijing)
    head_start_s: Mapping[int, float] = field(default_factory=lambda: HEAD_START_S)
    # The client's own limits add up to less, but not through a half-made connection.
    answer_within_s: float = 0.65
    events_kept: int = 20_000
    wakes_kept: int = 2_000


@dataclass(frozen=True, slots=True)
class GroupRules:
    """A skill group's rules.  A group without any has these defaults.

    capacity: callers who may wait, 0 = any number; wrap_up_s, wrap_up_extension_s: None = AcdRules';
    service_s: the wait up to which an answer counts as in time, for reports.
    """

    group: str
    strategy: Strategy = Strategy.HIGHEST_SKILL
    capacity: int = 0
    wrap_up_s: float | None = None
    wrap_up_extension_s: float | None = None
    service_s: float = 15.0


@dataclass(frozen=True, slots=True)
class Widen:
    """From ``after_s`` of waiting on the call waits in this group too; language None: the call's own."""

    after_s: float
    group: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A caller who asks for a seat.

    groups: in order of preference; language: what the seat must speak; priority: see HEAD_START_S;
    waiting_since_ms: the original time, kept through every return to the queue (0, or later than Redis's
    clock: now); widen: where else the call may wait later on; last_seat: taken first if it is free, never
    waited for; card: JSON for the pop, numbers masked.
    """

    call_id: str
    node: str
    channel: str
    groups: tuple[str, ...] = (DEFAULT_GROUP,)
    language: str = DEFAULT_LANGUAGE
    priority: int = DEFAULT_PRIORITY
    waiting_since_ms: int = 0
    widen: tuple[Widen, ...] = ()
    last_seat: str | None = None
    card: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reservation:
    """One seat kept for one call until its lease ends.  Quote the fence in everything that follows.

    channel: "" for a callback whose citizen has not been called yet; seat_node: where the seat's phone is
    registered, "" while no node has said so.
    """

    call_id: str
    seat: str
    fence: int
    has_screen: bool
    card: dict[str, Any]
    channel: str
    node: str
    seat_node: str = ""
    kind: CallKind = CallKind.CALL


@dataclass(frozen=True, slots=True)
class Waiting:
    """expected_s: by the matches of the last minutes, None without any; staffed: seats signed in for the
    call, in whatever state, one that serves two of its lanes counted twice: 0 = nobody will ever come."""

    call_id: str
    place: int  # 1 = next
    ahead: int
    since_ms: int
    expected_s: float | None = None
    staffed: int = 0


@dataclass(frozen=True, slots=True)
class Full:
    """Not queued: each of the call's groups has as many callers waiting as it may have."""

    call_id: str
    groups: tuple[str, ...]
    staffed: int = 0


@dataclass(frozen=True, slots=True)
class Wake:
    """A match made while the caller was waiting: claim it, then redirect the channel.

    kind callback without a channel: call the citizen, with the call id as the channel's unique id.
    by: the leader who assigned it; the caller may be talking or ringing elsewhere.  "" for a match.
    """

    id: str
    call_id: str
    seat: str
    fence: int
    channel: str
    node: str
    kind: CallKind = CallKind.CALL
    by: str = ""


@dataclass(frozen=True, slots=True)
class LiveCall:
    """One call as Asterisk has it now."""

    call_id: str
    channel: str
    phase: Literal["waiting", "ringing", "talking"]
    seat: str | None = None
    since_ms: int = 0  # 0: unknown, taken as now
    groups: tuple[str, ...] = (DEFAULT_GROUP,)
    language: str = DEFAULT_LANGUAGE
    priority: int = DEFAULT_PRIORITY
    kind: CallKind = CallKind.CALL


@dataclass(frozen=True, slots=True)
class Repair:
    """Redis was wrong and has been put right.

    By a snapshot: call_gone, call_requeued, call_found_ringing, call_found_talking, seat_without_call.
    By time: lease_over, talking_without_phone, ringing_without_phone, ready_without_screen.
    At once: phone_gone.
    """

    kind: str
    call_id: str | None
    seat: str | None
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the event stream.  type: seat.changed, call.changed, call.ended, pop, group.changed or
    repair; at: Redis's clock."""

    id: str
    type: str
    at: int
    seat: str | None
    call_id: str | None
    data: dict[str, Any]
