"""What is told to the ledger and what it answers.

Every moment (`…_at`, `at`) is an integer: milliseconds since 1970-01-01 UTC.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


def now_ms() -> int:
    """The present moment, epoch milliseconds."""
    return time.time_ns() // 1_000_000


class Origin(StrEnum):
    """Which trunk or side a call came from; chosen by the dialplan's context."""

    CARRIER = "carrier"
    EMERGENCY = "emergency"
    SUBCENTER = "subcenter"
    DEPARTMENT = "department"
    SEAT = "seat"


class Outcome(StrEnum):
    """How a call ended.  Every ended call has exactly one; the first one told wins."""

    ANSWERED = "answered"
    ABANDONED_GREETING = "abandoned_greeting"
    ABANDONED_QUEUE = "abandoned_queue"
    ABANDONED_SHORT = "abandoned_short"
    """Left within 5 s of being queued; counted apart."""
    ANSWERED_PLAIN = "answered_plain"
    """Answered through Asterisk's own Queue(), while no bridge could decide."""
    ABANDONED_PLAIN = "abandoned_plain"
    NOTICE = "notice"
    """Ended as planned by an announcement, without a person."""
    REFUSED = "refused"
    """Turned away by an active restriction of that number."""
    FAILED = "failed"
    VOICEMAIL = "voicemail"
    """Left a message instead of waiting; a callback task is opened."""
    CALLBACK_KEPT = "callback_kept"
    """Hung up while a callback keeps the place in the queue."""
    SURGE = "surge"
    """Added itself to a surge by key and hung up."""


SHORT_ABANDON_MS = 5_000
MISSED = frozenset(
    {Outcome.ABANDONED_QUEUE, Outcome.ABANDONED_SHORT, Outcome.ABANDONED_PLAIN, Outcome.VOICEMAIL}
)
"""Left unserved after asking for a person: each opens a callback task for a known caller (DOMAIN §4.10)."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A call that has just reached a node.

    `caller` and `caller_name` are as the network sent them: any text or bytes at all.
    `line` is the dialled number; `arrived_at` is epoch ms.
    """

    call_id: str
    node: str
    origin: Origin | str
    line: str
    caller: str | bytes | None
    caller_name: str | bytes | None
    arrived_at: int


@dataclass(frozen=True, slots=True)
class Opened:
    """The durable answer to an arrival.  `journaled`: kept in the local journal, numbered at replay."""

    call_id: str
    ticket_no: str | None
    journaled: bool
    caller_masked: str
    place: str
    line_name: str
    department: str


@dataclass(frozen=True, slots=True)
class Mark:
    """One fact about a call.  Told twice with the same (call_id, kind, key) it is kept once.

    Kinds the ledger itself understands: `offered` (data.groups, the first is the one it counts for), `moved`
    (data.groups; the latest wins), `answered` (seat), `hold` and `resume` (seat), `parted` (seat: it hung
    up), `language` (data.language), `recording` (data: track → path), `survey` (data.grade 1…5),
    `surge_joined` (data.surge: its id).  Any other kind is kept as it is.
    """

    call_id: str
    kind: str
    at: int
    seat: str | None = None
    key: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Leg:
    """One channel of a call.  May be told in pieces: a later piece fills in what was None."""

    call_id: str
    leg_id: str
    role: str
    seat: str | None = None
    started_at: int | None = None
    answered_at: int | None = None
    ended_at: int | None = None
    cause: int | None = None


@dataclass(frozen=True, slots=True)
class CelCall:
    """A call as Asterisk's own event log tells it; `ended_at` is None while it lives.

    `cause` is the Q.850 hang-up cause.  `via_plain`: it went through the plain Queue().
    """

    call_id: str
    node: str
    origin: Origin | str
    line: str
    caller: str | bytes | None
    caller_name: str | bytes | None
    arrived_at: int
    answered_at: int | None
    seat: str | None
    ended_at: int | None
    via_plain: bool
    cause: int | None


class Role(StrEnum):
    """Who may do what; checked by the web application."""

    SEAT = "seat"
    SHIFT_LEADER = "shift_leader"
    DISPATCHER = "dispatcher"
    UNIT = "unit"
    COUNTY_STATION = "county_station"
    SUBCENTER = "subcenter"
    QUALITY = "quality"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    AUDITOR = "auditor"
