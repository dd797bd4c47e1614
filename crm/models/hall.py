"""What goes on in the hall: callbacks, restrictions of callers, surges, and what the seats did when."""

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import COUNTED, Base


class Callback(Base):
    """A citizen who is to be called back.  At most one open task a caller (a unique index says so).

    `id` is the id of the call, or of the kept place, that opened it.
    """

    __tablename__ = "callbacks"
    id: Mapped[str] = mapped_column(primary_key=True)
    caller_key: Mapped[str]
    kind: Mapped[str]
    """missed | voicemail | kept_place"""
    state: Mapped[str]
    """open | reached | given_up | closed"""
    line: Mapped[str]
    call_id: Mapped[str]
    """The newest call that asks for it."""
    missed: Mapped[int]
    first_at: Mapped[int]
    last_at: Mapped[int]
    """When the caller last left unserved: an answer later than this closes the task."""
    kept_at: Mapped[int | None]
    queue_id: Mapped[str | None] = mapped_column(unique=True)
    """Under which id it waits in the ACD's queue (kind kept_place)."""
    queue: Mapped[str | None]
    """JSON: what the ACD needs to queue it anew (node, groups, priority, since_ms …)."""
    due_at: Mapped[int]
    tries: Mapped[int]
    claimed_by: Mapped[str | None]
    claimed_until: Mapped[int | None]
    claim: Mapped[int | None]
    """The attempt that holds the lease."""
    last_result: Mapped[str | None]
    closed_at: Mapped[int | None]
    closed_by: Mapped[str | None]
    note: Mapped[str]
    version: Mapped[int]
    __table_args__ = (
        Index(
            "uq_callbacks_open",
            "caller_key",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_callbacks_caller", "caller_key", "closed_at"),
        Index("ix_callbacks_due", "state", "due_at", "id"),
        Index("ix_callbacks_page", "first_at", "id"),
    )


class CallbackAttempt(Base):
    """One claim of a task by a seat and what came of it; `result` stays None if the lease ran out."""

    __tablename__ = "callback_attempts"
    id: Mapped[int] = mapped_column(COUNTED, primary_key=True)
    callback_id: Mapped[str] = mapped_column(index=True)
    seat: Mapped[str]
    started_at: Mapped[int]
    ended_at: Mapped[int | None]
    result: Mapped[str | None]
    """reached | no_answer | busy | failed"""


class Restriction(Base):
    """A number that is blocked or throttled for a time.  Works only from a supervisor's review on."""

    __tablename__ = "restrictions"
    id: Mapped[int] = mapped_column(COUNTED, primary_key=True)
    caller_key: Mapped[str] = mapped_column(index=True)
    caller_masked: Mapped[str]
    kind: Mapped[str]
    """block | throttle"""
    reason: Mapped[str]
    call_id: Mapped[str | None]
    days: Mapped[int]
    state: Mapped[str]
    """proposed | active | refused | ended"""
    proposed_by: Mapped[str]
    proposed_at: Mapped[int]
    reviewed_by: Mapped[str | None]
    reviewed_at: Mapped[int | None]
    review_note: Mapped[str]
    until: Mapped[int | None]
    ended_by: Mapped[str | None]
    ended_at: Mapped[int | None]
    end_reason: Mapped[str]
    version: Mapped[int]
    __table_args__ = (Index("ix_restrictions_state", "state", "until"),)


class Surge(Base):
    """A notice played to callers while many call about one thing.  `regions`, `lines`: JSON lists."""

    __tablename__ = "surges"
    id: Mapped[int] = mapped_column(COUNTED, primary_key=True)
    topic: Mapped[str]
    text: Mapped[str]
    regions: Mapped[str]
    lines: Mapped[str]
    active_from: Mapped[int]
    active_until: Mapped[int]
    created_by: Mapped[str]
    created_at: Mapped[int]
    ended_by: Mapped[str | None]
    version: Mapped[int]
    __table_args__ = (Index("ix_surges_until", "active_until"),)


class SurgeJoin(Base):
    """A caller who added himself to a surge by key."""

    __tablename__ = "surge_joins"
    surge_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    call_id: Mapped[str] = mapped_column(primary_key=True)
    caller_key: Mapped[str | None]
    at: Mapped[int]
    __table_args__ = ({"sqlite_with_rowid": False},)


class SeatLog(Base):
    """Every change of every seat, in order.  Append-only.

    `ordinal` holds the event's stream id, so that order and identity are one number
    (crm/seat_log.py).  A row says in which state the seat is from `at` on.
    """

    __tablename__ = "seat_log"
    ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[int] = mapped_column(index=True)
    seat: Mapped[str]
    user: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str]
    call_id: Mapped[str | None]
    __table_args__ = (Index("ix_seat_log_seat", "seat", "ordinal"),)
