"""Callback tasks as they are read; the ledger opens and closes them by itself (crm/returning.py)."""

import json
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm import paging
from crm.errors import RowNotFound
from crm.models import Callback as Table
from crm.models import CallbackAttempt, Caller
from crm.store import Store
from crm.types import now_ms

KINDS = ("missed", "voicemail", "kept_place")
STATES = ("open", "reached", "given_up", "closed")


@dataclass(frozen=True, slots=True)
class Callback:
    """One task.  `first_at`, `last_at`: when the caller first and last left unserved; moments in epoch ms.

    `missed` counts the calls; `queue_id` is the id under which a kept place waits in the ACD's queue.
    `claimed_by` may be out of date: the claim holds until `claimed_until`.
    """

    id: str
    kind: str
    state: str
    caller_masked: str
    place: str
    line: str
    call_id: str
    missed: int
    first_at: int
    last_at: int
    kept_at: int | None
    queue_id: str | None
    due_at: int
    tries: int
    claimed_by: str | None
    claimed_until: int | None
    last_result: str | None
    closed_at: int | None
    closed_by: str | None
    note: str
    version: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One claim and its result; `result` None: under way, or the lease ran out."""

    id: int
    callback_id: str
    seat: str
    started_at: int
    ended_at: int | None
    result: str | None


@dataclass(frozen=True, slots=True)
class KeptPlace:
    """An open task that waits in the ACD's queue; `queue` as the ledger was told it."""

    queue_id: str
    callback_id: str
    call_id: str
    queue: dict[str, Any]


_OF_CALLER = {"caller_masked": Caller.masked, "place": Caller.place}
_COLUMNS = tuple(_OF_CALLER.get(f.name) or getattr(Table, f.name) for f in fields(Callback))
_JOINED: Select[Any] = select(*_COLUMNS).join_from(Table, Caller, Caller.key == Table.caller_key)
ATTEMPT = tuple(getattr(CallbackAttempt, field.name) for field in fields(Attempt))


# ---- reading


async def page(
    store: Store,
    *,
    state: str | None = None,
    kind: str | None = None,
    since: int | None = None,
    until: int | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> paging.Page[Callback]:
    """Tasks, those first left unserved last come first.  `since`, `until`: of `first_at`.

    Raises CursorInvalid."""
    query = _JOINED
    if state is not None:
        query = query.where(Table.state == state)
    if kind is not None:
        query = query.where(Table.kind == kind)
    if since is not None:
        query = query.where(Table.first_at >= since)
    if until is not None:
        query = query.where(Table.first_at < until)
    if cursor is not None:
        at, task = paging.decode(cursor, int, str)
        query = query.where(
            or_(Table.first_at < at, and_(Table.first_at == at, Table.id < task)), Table.first_at <= at
        )
    size = paging.size(limit)
    query = query.order_by(Table.first_at.desc(), Table.id.desc()).limit(size + 1)
    async with store.read() as connection:
        rows = [Callback(*row) for row in await connection.execute(query)]
    return paging.cut(rows, size, lambda row: [row.first_at, row.id])


async def get(store: Store, task: str) -> Callback:
    """By the task's id or by the id of its kept place.  Raises RowNotFound."""
    async with store.read() as connection:
        return await load(connection, task)


async def attempts(store: Store, task: str) -> list[Attempt]:
    """All claims of one task (by its own id), in order."""
    query = select(*ATTEMPT).where(CallbackAttempt.callback_id == task).order_by(CallbackAttempt.id)
    async with store.read() as connection:
        return [Attempt(*row) for row in await connection.execute(query)]


async def due(store: Store, *, at: int | None = None, limit: int = 50) -> list[Callback]:
    """Open tasks that a seat should ring now, the longest due first; kept places come by the queue."""
    moment = now_ms() if at is None else at
    async with store.read() as connection:
        return [Callback(*row) for row in await connection.execute(due_tasks(moment).limit(limit))]


async def counts(store: Store, *, at: int | None = None) -> dict[str, int]:
    """Open tasks by kind, and `due`: those to be rung now."""
    moment = now_ms() if at is None else at
    query = select(Table.kind, func.count()).where(Table.state == "open").group_by(Table.kind)
    async with store.read() as connection:
        found = dict.fromkeys(KINDS, 0) | {row[0]: row[1] for row in await connection.execute(query)}
        waiting = select(func.count()).select_from(due_tasks(moment).subquery())
        return found | {"due": await connection.scalar(waiting) or 0}


async def kept(store: Store) -> list[KeptPlace]:
    """The places that are kept now: what the ACD's queue is rebuilt from (`enqueue_callback`)."""
    query = (
        select(Table.queue_id, Table.id, Table.call_id, Table.queue)
        .where(Table.state == "open", Table.kind == "kept_place")
        .order_by(Table.kept_at, Table.id)
    )
    async with store.read() as connection:
        return [
            KeptPlace(queue_id or "", task, call_id, json.loads(queue or "{}"))
            for queue_id, task, call_id, queue in await connection.execute(query)
        ]


async def number(store: Store, task: str) -> str:
    """The number to ring, in clear (E.164 or as dialled).  The reader must be audited.

    Raises RowNotFound."""
    query = select(Caller.number).join_from(Table, Caller, Caller.key == Table.caller_key)
    async with store.read() as connection:
        sealed = await connection.scalar(query.where(named(task)))
    if sealed is None:
        raise unknown_task(task)
    return store.vault.unseal(sealed, "number")


def due_tasks(at: int) -> Select[Any]:
    free = or_(Table.claimed_until.is_(None), Table.claimed_until <= at)
    return _JOINED.where(
        Table.state == "open", Table.due_at <= at, Table.kind != "kept_place", free
    ).order_by(Table.due_at, Table.id)


def named(task: str) -> Any:
    return or_(Table.id == task[:160], Table.queue_id == task[:160])


async def load(connection: AsyncConnection, task: str) -> Callback:
    row = (await connection.execute(_JOINED.where(named(task)))).first()
    if row is None:
        raise unknown_task(task)
    return Callback(*row)


def unknown_task(task: str) -> RowNotFound:
    return RowNotFound("没有这条回拨任务", field="id", value=task[:160])
