"""The measures as the database counts them, from the ledger's projected columns and the seats' log."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.errors import FieldInvalid
from crm.measures.figures import (
    IN_TIME_MS,
    LONGEST_CALL_MS,
    LONGEST_STATE_MS,
    SEAT_SUMS,
    CallFigures,
    SeatFigures,
)
from crm.models import Call, CallMark, NotReadyReason, SeatLog
from crm.store import Store
from crm.types import Origin, Outcome, now_ms

By = Literal["group", "line"]
Place = tuple[str, int]
_KEYS: dict[str, Any] = {"group": Call.skill_group, "line": Call.line}
_HANDED_OVER = (Origin.SUBCENTER, Origin.DEPARTMENT, Origin.EMERGENCY)
_COUNTED = (
    Outcome.ABANDONED_GREETING,
    Outcome.ABANDONED_QUEUE,
    Outcome.ABANDONED_SHORT,
    Outcome.ABANDONED_PLAIN,
    Outcome.VOICEMAIL,
    Outcome.CALLBACK_KEPT,
    Outcome.SURGE,
)
_STATES = {
    "ready": "ready_ms",
    "reserved": "ringing_ms",
    "ringing": "ringing_ms",
    "talking": "talking_ms",
    "wrap_up": "wrap_up_ms",
}


async def calls(
    store: Store,
    since: int,
    until: int,
    *,
    by: By | None = None,
    bucket_ms: int | None = None,
    in_time_ms: int = IN_TIME_MS,
) -> list[CallFigures]:
    """Calls that arrived in [since, until), epoch ms, by group or line and by bucket (None: all in one, which
    begins at `since`).  Rows without calls are left out.  Raises FieldInvalid."""
    _span(since, until, bucket_ms)
    async with store.read() as connection:
        rows = await counted(connection, since, until, by=by, bucket_ms=bucket_ms, in_time_ms=in_time_ms)
        wrapped = await _wrap_ups(connection, _key(by), _start(bucket_ms, since), since, until)
    return [replace(row, wrap_up_ms=wrapped.get((row.key, row.since), 0)) for row in rows]


async def counted(
    connection: AsyncConnection,
    since: int,
    until: int,
    *,
    by: By | None,
    bucket_ms: int | None,
    in_time_ms: int,
) -> list[CallFigures]:
    """All that the calls themselves tell, in one query; wrap-ups, which the log tells, are left at 0."""
    key, start = _key(by), _start(bucket_ms, since)
    span = and_(Call.arrived_at >= since, Call.arrived_at < until)
    query = select(key, start, *_call_sums(in_time_ms)).where(span).group_by(key, start).order_by(key, start)
    return [
        # PostgreSQL sums big integers into numerics; figures are whole numbers on both.
        CallFigures(row[0], row[1], **{name: int(value) for name, value in list(row._asdict().items())[2:]})
        for row in await connection.execute(query)
    ]


async def seats(
    store: Store,
    since: int,
    until: int,
    *,
    bucket_ms: int | None = None,
    seat: str | None = None,
    now: int | None = None,
) -> list[SeatFigures]:
    """What each seat did in [since, until), epoch ms, but not beyond `now`.  Rows without anything are left
    out.  Raises FieldInvalid."""
    _span(since, until, bucket_ms)
    end = min(until, now_ms() if now is None else now)
    sums: dict[Place, dict[str, int]] = {}
    async with store.read() as connection:
        for query in (
            _state_times(since, end, bucket_ms, seat),
            _held_times(since, end, bucket_ms, seat),
            _rings(since, until, bucket_ms, seat),
        ):
            for who, start, name, amount in await connection.execute(query):
                if amount:
                    at = sums.setdefault((who, start), dict.fromkeys(SEAT_SUMS, 0))
                    at[name] += int(amount)
    return [SeatFigures(place[0], place[1], **sums[place]) for place in sorted(sums)]


# ---- calls


def _key(by: By | None) -> ColumnElement[str]:
    column = literal("") if by is None else func.coalesce(_KEYS[by], "")
    return column.label("key")


def _start(bucket_ms: int | None, since: int, at: Any = Call.arrived_at) -> ColumnElement[int]:
    return (literal(since) if bucket_ms is None else at - at % bucket_ms).label("since")


def _count(when: Any) -> Any:
    return func.count(case((when, 1)))


def _sum(value: Any) -> Any:
    return func.coalesce(func.sum(value), 0)


def _call_sums(in_time_ms: int) -> list[Any]:
    answer = _greater(Call.answered_at - func.coalesce(Call.offered_at, Call.answered_at), literal(0))
    over = and_(Call.answered_at.is_not(None), Call.ended_at.is_not(None))
    running = func.coalesce(_greater(Call.ended_at - Call.held_since, literal(0)), 0)
    held = func.coalesce(Call.hold_ms, 0) + running
    talked_until = case((Call.parted_at < Call.ended_at, Call.parted_at), else_=Call.ended_at)
    asked = or_(
        Call.offered_at.is_not(None), Call.answered_at.is_not(None), Call.outcome == Outcome.ABANDONED_PLAIN
    )
    sums: dict[str, Any] = {
        "arrived": func.count(),
        "offered": _count(asked),
        "answered": func.count(Call.answered_at),
        "in_time": _count(and_(Call.answered_at.is_not(None), answer <= in_time_ms)),
        "answer_ms": _sum(answer),
        "transferred_in": _count(Call.origin.in_(_HANDED_OVER)),
        "talked": _count(over),
        "talk_ms": _sum(case((over, _greater(talked_until - Call.answered_at - held, literal(0))))),
        "hold_ms": _sum(case((over, held))),
        **{outcome.value: _count(_ended_as(outcome)) for outcome in _COUNTED},
        **{f"grade_{grade}": _count(Call.grade == grade) for grade in range(1, 6)},
    }
    return [value.label(name) for name, value in sums.items()]


def _ended_as(outcome: Outcome) -> ColumnElement[bool]:
    # A seat that picks up in the very moment in which the caller hangs up has answered: counted once.
    ended = Call.outcome == outcome.value
    return and_(ended, Call.answered_at.is_(None)) if outcome.value.startswith("abandoned") else ended


async def _wrap_ups(
    connection: AsyncConnection, key: Any, start: Any, since: int, until: int
) -> Mapping[Place, int]:
    """Finished wrap-ups of the calls of [since, until).  The row of the wrap-up, or the one before it, names
    the call."""
    order: dict[str, Any] = {"partition_by": SeatLog.seat, "order_by": SeatLog.ordinal}
    log = (
        select(
            SeatLog.state,
            SeatLog.at,
            func.lead(SeatLog.at).over(**order).label("till"),
            func.coalesce(SeatLog.call_id, func.lag(SeatLog.call_id).over(**order)).label("call_id"),
        )
        .where(SeatLog.at >= since, SeatLog.at < until + LONGEST_CALL_MS)
        .subquery()
    )
    query = (
        select(key, start, func.sum(_greater(log.c.till - log.c.at, literal(0))))
        .join_from(log, Call, Call.call_id == log.c.call_id)
        .where(log.c.state == "wrap_up", log.c.till.is_not(None))
        .where(Call.arrived_at >= since, Call.arrived_at < until)
        .group_by(key, start)
    )
    return {(row[0], row[1]): int(row[2]) for row in await connection.execute(query)}


# ---- seats


def _state_times(since: int, end: int, bucket_ms: int | None, seat: str | None) -> Select[Any]:
    """(seat, bucket, name of the figure, ms) of all states but signed out."""
    till = func.lead(SeatLog.at).over(partition_by=SeatLog.seat, order_by=SeatLog.ordinal)
    log = select(
        SeatLog.seat, SeatLog.state, SeatLog.reason, SeatLog.at, func.coalesce(till, end).label("till")
    ).where(SeatLog.at >= since - LONGEST_STATE_MS, SeatLog.at < end)
    if seat is not None:
        log = log.where(SeatLog.seat == seat)
    spent = log.subquery()
    productive = case((NotReadyReason.productive, "productive_ms"), else_="unproductive_ms")
    name = case(_STATES, value=spent.c.state, else_=productive)
    source = spent.outerjoin(NotReadyReason, NotReadyReason.code == spent.c.reason)
    return _cut(
        select(spent.c.seat, name.label("name"), spent.c.at, spent.c.till)
        .select_from(source)
        .where(spent.c.state != "signed_out", spent.c.till > since),
        since,
        end,
        bucket_ms,
    )


def _held_times(since: int, end: int, bucket_ms: int | None, seat: str | None) -> Select[Any]:
    """(seat, bucket, "held_ms", ms): from a hold to the next hold or resume, or to the end of the call."""
    order: dict[str, Any] = {
        "partition_by": CallMark.call_id,
        "order_by": (CallMark.at, CallMark.kind, CallMark.key),
    }
    marks = (
        select(
            CallMark.seat,
            CallMark.kind,
            CallMark.at,
            func.coalesce(func.lead(CallMark.at).over(**order), Call.ended_at, end).label("till"),
        )
        .join_from(CallMark, Call, Call.call_id == CallMark.call_id)
        .where(Call.arrived_at >= since - LONGEST_CALL_MS, Call.arrived_at < end)
        .where(CallMark.kind.in_(("hold", "resume")))
        .subquery()
    )
    held = select(marks.c.seat, literal("held_ms").label("name"), marks.c.at, marks.c.till).where(
        marks.c.kind == "hold", marks.c.seat.is_not(None), marks.c.till > since, marks.c.at < end
    )
    if seat is not None:
        held = held.where(marks.c.seat == seat)
    return _cut(held, since, end, bucket_ms)


def _rings(since: int, until: int, bucket_ms: int | None, seat: str | None) -> Select[Any]:
    """(seat, bucket, name of the figure, count of calls): a call that rings a seat twice counts once."""
    kinds = {"ringing": "rung", "answered": "answered", "no_answer": "not_answered"}
    name = case(kinds, value=CallMark.kind)
    start = _start(bucket_ms, since, CallMark.at)
    query = (
        select(CallMark.seat, start, name, func.count(func.distinct(CallMark.call_id)))
        .join_from(Call, CallMark, CallMark.call_id == Call.call_id)
        .where(Call.arrived_at >= since - LONGEST_CALL_MS, Call.arrived_at < until)
        .where(CallMark.kind.in_(list(kinds)), CallMark.seat.is_not(None))
        .where(CallMark.at >= since, CallMark.at < until)
        .group_by(CallMark.seat, start, CallMark.kind)
    )
    return query if seat is None else query.where(CallMark.seat == seat)


def _cut(spans: Select[Any], since: int, end: int, bucket_ms: int | None) -> Select[Any]:
    """Sums spans (seat, name, at, till) by the buckets they lie in."""
    span = spans.subquery()
    if bucket_ms is None:
        lower, upper = _greater(span.c.at, literal(since)), _lesser(span.c.till, literal(end))
        spent = func.sum(_greater(upper - lower, literal(0)))
        query = select(span.c.seat, literal(since), span.c.name, spent)
        return query.group_by(span.c.seat, span.c.name)
    first = since - since % bucket_ms
    buckets = select(literal(first).label("start")).cte("buckets", recursive=True)
    step = buckets.c.start + bucket_ms
    buckets = buckets.union_all(select(step).where(step < end))
    lower = _greater(_greater(span.c.at, literal(since)), buckets.c.start)
    upper = _lesser(_lesser(span.c.till, literal(end)), buckets.c.start + bucket_ms)
    return (
        select(span.c.seat, buckets.c.start, span.c.name, func.sum(upper - lower))
        .select_from(span.join(buckets, upper > lower))
        .group_by(span.c.seat, buckets.c.start, span.c.name)
    )


# ---- both databases alike


def _greater(one: Any, other: Any) -> Any:
    return case((one > other, one), (one <= other, other))


def _lesser(one: Any, other: Any) -> Any:
    return case((one < other, one), else_=other)


def _span(since: int, until: int, bucket_ms: int | None) -> None:
    if until <= since:
        raise FieldInvalid("结束时间应晚于开始时间", field="until", value=str(until))
    if bucket_ms is not None and bucket_ms <= 0:
        raise FieldInvalid("统计间隔应大于零", field="bucket_ms", value=str(bucket_ms))
