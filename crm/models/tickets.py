"""Tickets, what happened to them, and the numbers they take."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import COUNTED, Base


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
    __table_args__ = (
        Index("ix_tickets_state", "state", "no"),
        Index("ix_tickets_created", "created_at"),
    )


class TicketEvent(Base):
    """What happened to a ticket, by whom.  Append-only: a trigger refuses change and removal."""

    __tablename__ = "ticket_events"
    id: Mapped[int] = mapped_column(COUNTED, primary_key=True)
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
