"""Every table.  Moments are epoch milliseconds; JSON is kept as ASCII text, the same on both databases."""

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, MetaData, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# SQLite counts by itself only in a column of exactly this type.
_COUNTED = BigInteger().with_variant(Integer(), "sqlite")


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {str: Text(), int: BigInteger(), bytes: LargeBinary()}  # noqa: RUF012


# ---- directory


class Line(Base):
    """One dialled number.  Several rows of the annex may share it: then `shared` is true."""

    __tablename__ = "lines"
    number: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    department: Mapped[str]
    mode: Mapped[str]
    shared: Mapped[bool]


class AnnexRow(Base):
    """One row of the notice's annex of merged numbers, as printed; never edited."""

    __tablename__ = "annex_rows"
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int | None]
    department: Mapped[str]
    name: Mapped[str]
    number: Mapped[str] = mapped_column(index=True)
    mode: Mapped[str]
    note: Mapped[str]


class Region(Base):
    """A banner, county or district with its GB/T 2260 code."""

    __tablename__ = "regions"
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


class Unit(Base):
    """Who handles tickets: a department, a county's hotline station, a sub-centre."""

    __tablename__ = "units"
    name: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    region_code: Mapped[str | None]


class Seat(Base):
    """An agent position.  `groups` is JSON: group → skill level; `secret` is sealed."""

    __tablename__ = "seats"
    ext: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    secret: Mapped[bytes]
    groups: Mapped[str]
    languages: Mapped[str]
    active: Mapped[bool]


# ---- people


class User(Base):
    __tablename__ = "users"
    name: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    unit: Mapped[str | None]
    seat: Mapped[str | None]
    password_hash: Mapped[str]
    active: Mapped[bool]
    created_at: Mapped[int]


class Session(Base):
    """A browser's login.  Only the token's keyed hash is kept."""

    __tablename__ = "sessions"
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column(index=True)
    csrf: Mapped[str]
    created_at: Mapped[int]
    expires_at: Mapped[int]


class ApiToken(Base):
    """A script's bearer token; only its keyed hash is kept."""

    __tablename__ = "api_tokens"
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    role: Mapped[str]
    created_at: Mapped[int]
    expires_at: Mapped[int | None]
    revoked_at: Mapped[int | None]


class Audit(Base):
    """Who did or saw what.  Append-only: a trigger refuses change and removal."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(_COUNTED, primary_key=True)
    at: Mapped[int] = mapped_column(index=True)
    actor: Mapped[str]
    action: Mapped[str]
    object: Mapped[str]
    data: Mapped[str]


# ---- calls


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


# ---- tickets


class Ticket(Base):
    """One demand.  At most one ticket a call (`call_id` unique)."""

    __tablename__ = "tickets"
    no: Mapped[str] = mapped_column(primary_key=True)
    call_id: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[str]
    source: Mapped[str]
    caller_key: Mapped[str | None] = mapped_column(index=True)
    caller_masked: Mapped[str]
    caller_name: Mapped[bytes | None]
    place: Mapped[str]
    region_code: Mapped[str | None]
    address: Mapped[str]
    field: Mapped[str | None]
    kind: Mapped[str | None]
    title: Mapped[str]
    content: Mapped[str]
    urgent: Mapped[bool]
    confidential: Mapped[bool]
    language: Mapped[str | None]
    line: Mapped[str]
    line_name: Mapped[str]
    department: Mapped[str]
    created_at: Mapped[int]
    created_by: Mapped[str]
    registered_at: Mapped[int | None]
    version: Mapped[int]
    __table_args__ = (Index("ix_tickets_state", "state", "no"),)


class TicketEvent(Base):
    """What happened to a ticket, by whom.  Append-only: a trigger refuses change and removal."""

    __tablename__ = "ticket_events"
    id: Mapped[int] = mapped_column(_COUNTED, primary_key=True)
    ticket_no: Mapped[str] = mapped_column(index=True)
    at: Mapped[int]
    actor: Mapped[str]
    kind: Mapped[str]
    data: Mapped[str]


class TicketSequence(Base):
    """The last ticket number of each day (China time)."""

    __tablename__ = "ticket_sequence"
    day: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]
