"""What every seat did when: copied from the ACD's event stream, each event once, never changed.

A stream id "<ms>-<n>" is kept as one number, so that order, identity and the place to resume from are one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from crm import paging
from crm.entries import moment
from crm.errors import FieldInvalid
from crm.models import Seat, SeatLog
from crm.numbers import to_text
from crm.store import Store

_A_MS = 100_000
"""How many events of one millisecond are told apart."""


@dataclass(frozen=True, slots=True)
class SeatChange:
    """From `at` (epoch ms) on the seat is in `state`, for `reason`, with `call_id`."""

    event_id: str
    at: int
    seat: str
    user: str
    state: str
    reason: str
    call_id: str | None


def ordinal(event_id: str) -> int:
    """Raises FieldInvalid for what is no stream id."""
    at, _, count = event_id.partition("-")
    if not (at.isascii() and at.isdigit() and count.isascii() and count.isdigit()) or int(count) >= _A_MS:
        raise FieldInvalid(f"事件编号 {event_id[:40]} 无效", field="event_id", value=event_id[:40])
    if int(at) > 90_000_000_000_000:
        raise FieldInvalid(f"事件编号 {event_id[:40]} 无效", field="event_id", value=event_id[:40])
    return int(at) * _A_MS + int(count)


def event_id(number: int) -> str:
    return f"{number // _A_MS}-{number % _A_MS}"


async def append(store: Store, changes: Iterable[SeatChange]) -> int:
    """Keep changes; those told before are left out.  How many were new.  Raises FieldInvalid."""
    rows = [_row(change) for change in changes]
    if not rows:
        return 0
    dialect: Any = sqlite if store.is_sqlite else postgresql
    statement = dialect.insert(SeatLog).on_conflict_do_nothing(index_elements=["ordinal"])
    async with store.write() as connection:
        before = await _known(connection, [row["ordinal"] for row in rows])
        await connection.execute(statement, rows)
    return len({row["ordinal"] for row in rows} - before)


async def _known(connection: Any, ordinals: Sequence[int]) -> set[int]:
    low, high = min(ordinals), max(ordinals)
    query = select(SeatLog.ordinal).where(SeatLog.ordinal >= low, SeatLog.ordinal <= high)
    return set(await connection.scalars(query))


async def last(store: Store) -> str | None:
    """The newest event that is kept: where the chronicler goes on.  None: nothing yet."""
    async with store.read() as connection:
        found = await connection.scalar(select(func.max(SeatLog.ordinal)))
    return None if found is None else event_id(found)


async def standing(store: Store) -> list[SeatChange]:
    """The last row of each seat of the directory, as far as no gap came after it."""
    newest = (
        select(func.max(SeatLog.ordinal)).where(SeatLog.seat == Seat.ext).correlate(Seat).scalar_subquery()
    )
    gap = select(func.coalesce(func.max(SeatLog.ordinal), -1)).where(SeatLog.seat == "").scalar_subquery()
    query = select(SeatLog.__table__).where(
        SeatLog.ordinal.in_(select(newest).select_from(Seat)), SeatLog.ordinal > gap
    )
    async with store.read() as connection:
        return [SeatChange(event_id(row[0]), *row[1:]) for row in await connection.execute(query)]


async def page(
    store: Store,
    *,
    seat: str | None = None,
    since: int | None = None,
    until: int | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> paging.Page[SeatChange]:
    """Changes, the newest first.  Raises CursorInvalid."""
    query = select(SeatLog.__table__)
    if seat is not None:
        query = query.where(SeatLog.seat == seat)
    if since is not None:
        query = query.where(SeatLog.at >= since)
    if until is not None:
        query = query.where(SeatLog.at < until)
    if cursor is not None:
        (before,) = paging.decode(cursor, int)
        query = query.where(SeatLog.ordinal < before)
    size = paging.size(limit)
    async with store.read() as connection:
        rows = await connection.execute(query.order_by(SeatLog.ordinal.desc()).limit(size + 1))
        changes = [SeatChange(event_id(row[0]), *row[1:]) for row in rows]
    return paging.cut(changes, size, lambda row: [ordinal(row.event_id)])


def _row(change: SeatChange) -> dict[str, Any]:
    return {
        "ordinal": ordinal(change.event_id),
        "at": moment(change.at),
        "seat": to_text(change.seat, 32),
        "user": to_text(change.user, 64),
        "state": to_text(change.state, 32),
        "reason": to_text(change.reason, 64),
        "call_id": to_text(change.call_id, 150) or None,
    }
