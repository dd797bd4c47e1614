"""What the desk asks about calls.  Every moment is epoch ms; numbers leave here masked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Select, and_, func, or_, select

from crm import paging
from crm.errors import CallNotFound, FieldInvalid
from crm.models import Call, Caller, CallLeg, CallMark
from crm.models import Ticket as TicketTable
from crm.store import Store
from crm.tickets import Ticket, TicketRow, ticket_of_call, tickets_of_caller
from crm.types import Leg, Mark, Outcome


@dataclass(frozen=True, slots=True)
class CallRow:
    id: str
    node: str
    origin: str
    line: str
    line_name: str
    department: str
    caller_masked: str
    place: str
    source: str
    language: str | None
    arrived_at: int
    offered_at: int | None
    answered_at: int | None
    ended_at: int | None
    outcome: str | None
    cause: int | None
    seat: str | None
    skill_group: str | None
    grade: int | None
    ticket_no: str | None


@dataclass(frozen=True, slots=True)
class CallDetail:
    """`recording`: track ("caller", "seat") → file, relative to the recordings' folder; None without one."""

    row: CallRow
    caller_name: str
    marks: list[Mark]
    legs: list[Leg]
    recording: dict[str, str] | None
    ticket: Ticket | None
    history: list[TicketRow]


_ROW: tuple[Any, ...] = (
    Call.call_id,
    Call.node,
    Call.origin,
    Call.line,
    Call.line_name,
    Call.department,
    Call.caller_masked,
    Call.place,
    Call.source,
    Call.language,
    Call.arrived_at,
    Call.offered_at,
    Call.answered_at,
    Call.ended_at,
    Call.outcome,
    Call.cause,
    Call.seat,
    Call.skill_group,
    Call.grade,
    TicketTable.no,
)
_JOINED: Select[Any] = select(*_ROW).outerjoin_from(Call, TicketTable, TicketTable.call_id == Call.call_id)


async def page(
    store: Store,
    *,
    state: Literal["live", "ended"] | None = None,
    since: int | None = None,
    until: int | None = None,
    line: str | None = None,
    seat: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> paging.Page[CallRow]:
    """Calls, the newest first.  Raises CursorInvalid, StoreUnavailable."""
    query = _JOINED
    if state == "live":
        query = query.where(Call.outcome.is_(None))
    elif state == "ended":
        query = query.where(Call.outcome.is_not(None))
    if since is not None:
        query = query.where(Call.arrived_at >= since)
    if until is not None:
        query = query.where(Call.arrived_at < until)
    if line is not None:
        query = query.where(Call.line == line)
    if seat is not None:
        query = query.where(Call.seat == seat)
    if cursor is not None:
        at, call_id = paging.decode(cursor, int, str)
        query = query.where(
            or_(Call.arrived_at < at, and_(Call.arrived_at == at, Call.call_id < call_id)),
            Call.arrived_at <= at,  # says again what the index can use
        )
    size = paging.size(limit)
    query = query.order_by(Call.arrived_at.desc(), Call.call_id.desc()).limit(size + 1)
    async with store.read() as connection:
        rows = [CallRow(*row) for row in await connection.execute(query)]
    return paging.cut(rows, size, lambda row: [row.arrived_at, row.id])


async def detail(store: Store, call_id: str) -> CallDetail:
    """One call with all that is kept of it, and its caller's earlier tickets.  Raises CallNotFound."""
    more = _JOINED.add_columns(Call.caller_key, Call.caller_name, Call.recording)
    async with store.read() as connection:
        found = (await connection.execute(more.where(Call.call_id == call_id))).first()
        if found is None:
            raise CallNotFound("没有这通电话的记录", field="id", value=call_id[:150])
        caller_key, caller_name, recording = found[-3:]
        marks = await connection.execute(
            select(CallMark.call_id, CallMark.kind, CallMark.at, CallMark.seat, CallMark.key, CallMark.data)
            .where(CallMark.call_id == call_id)
            .order_by(CallMark.at, CallMark.kind)
        )
        legs = await connection.execute(
            select(CallLeg.__table__)
            .where(CallLeg.call_id == call_id)
            .order_by(CallLeg.started_at, CallLeg.leg_id)
        )
        row = CallRow(*found[:-3])
        return CallDetail(
            row=row,
            caller_name=store.vault.unseal(caller_name, "name") if caller_name else "",
            marks=[Mark(*mark[:5], paging.from_json(mark[5])) for mark in marks],
            legs=[Leg(*leg) for leg in legs],
            recording=paging.from_json(recording) or None,
            ticket=await ticket_of_call(connection, store.vault, call_id),
            history=await tickets_of_caller(connection, caller_key, besides=row.ticket_no),
        )


async def caller_number(store: Store, call_id: str) -> str:
    """The caller's number in clear (E.164 or as dialled), "" if withheld.  The reader must be audited.

    Raises CallNotFound."""
    async with store.read() as connection:
        found = (
            await connection.execute(
                select(Call.call_id, Caller.number)
                .outerjoin_from(Call, Caller, Caller.key == Call.caller_key)
                .where(Call.call_id == call_id)
            )
        ).first()
    if found is None:
        raise CallNotFound("没有这通电话的记录", field="id", value=call_id[:150])
    return store.vault.unseal(found[1], "number") if found[1] else ""


async def unexplained(store: Store, live: Collection[str], *, before: int | None = None) -> list[str]:
    """Calls without an outcome that Asterisk does not know either; must be empty.

    `live`: the call ids alive in Asterisk, of all nodes.  `before` (epoch ms): only calls that arrived
    earlier, to leave out those whose end is being written this very moment.
    """
    query = select(Call.call_id).where(Call.outcome.is_(None))
    if before is not None:
        query = query.where(Call.arrived_at < before)
    async with store.read() as connection:
        return [call_id for call_id in await connection.scalars(query) if call_id not in live]


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of a span of time, from the ledger alone.  Rates are None where there is nothing to count."""

    arrived: int
    live: int
    by_outcome: dict[str, int]
    offered: int
    answered: int
    answered_in_15s: int
    tickets: int

    @property
    def answer_rate(self) -> float | None:
        """接通率: answered ÷ offered."""
        return self.answered / self.offered if self.offered else None

    @property
    def in_15s_rate(self) -> float | None:
        """15 s rate: answered within 15 s of being offered ÷ answered."""
        return self.answered_in_15s / self.answered if self.answered else None


async def figures(store: Store, since: int, until: int) -> Figures:
    """Figures of the calls that arrived in [since, until), epoch ms.  Raises FieldInvalid."""
    if until <= since:
        raise FieldInvalid("结束时间应晚于开始时间", field="until", value=str(until))
    span = and_(Call.arrived_at >= since, Call.arrived_at < until)
    quick = and_(
        Call.answered_at.is_not(None),
        Call.answered_at - func.coalesce(Call.offered_at, Call.answered_at) <= 15_000,
    )
    async with store.read() as connection:
        outcomes: Sequence[Any] = (
            await connection.execute(select(Call.outcome, func.count()).where(span).group_by(Call.outcome))
        ).all()
        by_outcome = {outcome: count for outcome, count in outcomes if outcome is not None}
        one = (
            await connection.execute(
                select(
                    # As in crm/measures: who waited in Asterisk's own queue asked for a person too.
                    func.count().filter(
                        or_(
                            Call.offered_at.is_not(None),
                            Call.answered_at.is_not(None),
                            Call.outcome == Outcome.ABANDONED_PLAIN,
                        )
                    ),
                    func.count(Call.answered_at),
                    func.count().filter(quick),
                    func.count(TicketTable.no),
                )
                .outerjoin_from(Call, TicketTable, TicketTable.call_id == Call.call_id)
                .where(span)
            )
        ).one()
    live = sum(count for outcome, count in outcomes if outcome is None)
    return Figures(live + sum(by_outcome.values()), live, by_outcome, *one)
