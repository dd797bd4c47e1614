"""Callers, the ledger of calls, their marks, legs and recordings."""

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base


class Caller(Base):
    """A number that has called.  `key` is the vault's keyed hash of it, `number` is sealed."""

    __tablename__ = "callers"
    key: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[bytes]
    masked: Mapped[str]
    place: Mapped[str]
    kind: Mapped[str]
    first_seen_at: Mapped[int]
    last_seen_at: Mapped[int]
    flags: Mapped[str | None]
    """JSON list: elder, disabled …; None: nothing noted."""
    language: Mapped[str | None]
    language_at: Mapped[int | None]
    last_seat: Mapped[str | None]
    answered_at: Mapped[int | None]
    """When this caller was last answered by a person, and `last_seat` by whom."""


class Call(Base):
    """The ledger.  The columns from `language` on are a projection of the call's marks."""

    __tablename__ = "calls"
    call_id: Mapped[str] = mapped_column(primary_key=True)
    node: Mapped[str]
    origin: Mapped[str]
    line: Mapped[str]
    line_name: Mapped[str]
    department: Mapped[str]
    caller_key: Mapped[str | None]
    caller_masked: Mapped[str]
    caller_raw: Mapped[bytes | None]
    """Sealed; what the network sent, where no number could be read from it."""
    caller_name: Mapped[bytes | None]
    place: Mapped[str]
    source: Mapped[str]
    """journey: written as the call arrived; cel: made afterwards from Asterisk's records."""
    arrived_at: Mapped[int]
    language: Mapped[str | None]
    offered_at: Mapped[int | None]
    answered_at: Mapped[int | None]
    seat: Mapped[str | None]
    recording: Mapped[str | None]
    ended_at: Mapped[int | None]
    outcome: Mapped[str | None]
    cause: Mapped[int | None]
    skill_group: Mapped[str | None]
    group_rank: Mapped[int | None]
    """Which mark named the group: the greatest rank wins (crm/batch.py)."""
    hold_ms: Mapped[int | None]
    held_since: Mapped[int | None]
    """A hold that nothing has ended yet; `hold_ms` is the sum of the others."""
    parted_at: Mapped[int | None]
    """When the last seat of an answered call hung up: what follows (the survey) is no talk."""
    grade: Mapped[int | None]
    """The caller's own grade by key: 1 very content … 5 very discontent."""
    __table_args__ = (
        Index("ix_calls_page", "arrived_at", "call_id"),
        Index("ix_calls_caller", "caller_key", "arrived_at"),
        Index(
            "ix_calls_live",
            "node",
            sqlite_where=text("outcome IS NULL"),
            postgresql_where=text("outcome IS NULL"),
        ),
    )


class CallMark(Base):
    """One fact about a call, kept once a (call, kind, key).  Append-only."""

    __tablename__ = "marks"
    call_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[int]
    seat: Mapped[str | None]
    data: Mapped[str]
    __table_args__ = ({"sqlite_with_rowid": False},)


class CallLeg(Base):
    """One channel of a call."""

    __tablename__ = "legs"
    call_id: Mapped[str] = mapped_column(primary_key=True)
    leg_id: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    seat: Mapped[str | None]
    started_at: Mapped[int | None]
    answered_at: Mapped[int | None]
    ended_at: Mapped[int | None]
    cause: Mapped[int | None]
    __table_args__ = ({"sqlite_with_rowid": False},)


class Recording(Base):
    """One track of one call.  The row stays when the file is deleted: only the file is ever forgotten."""

    __tablename__ = "recordings"
    call_id: Mapped[str] = mapped_column(primary_key=True)
    track: Mapped[str] = mapped_column(primary_key=True)
    path: Mapped[str]
    """Relative to the recordings' folder."""
    bytes: Mapped[int]
    duration_ms: Mapped[int]
    sha256: Mapped[str | None]
    noted_at: Mapped[int]
    hashed_at: Mapped[int | None]
    deleted_at: Mapped[int | None]
    hold: Mapped[bool]
    """Legal hold: not deleted, however old."""
    hold_reason: Mapped[str]
    version: Mapped[int]
    __table_args__ = (
        Index(
            "ix_recordings_unhashed",
            "noted_at",
            sqlite_where=text("hashed_at IS NULL AND deleted_at IS NULL"),
            postgresql_where=text("hashed_at IS NULL AND deleted_at IS NULL"),
        ),
        Index(
            "ix_recordings_kept",
            "noted_at",
            "call_id",
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )
