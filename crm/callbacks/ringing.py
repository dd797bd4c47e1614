"""Ringing a citizen back.  A claim is a lease: two seats never ring the same citizen at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm import audit
from crm.callbacks.tasks import ATTEMPT, Callback, due_tasks, load
from crm.checks import same_version
from crm.errors import AlreadyClaimed, ClaimLost, FieldInvalid, IllegalTransition, RowNotFound
from crm.models import Callback as Table
from crm.models import CallbackAttempt
from crm.store import Store
from crm.types import now_ms

RESULTS = ("reached", "no_answer", "busy", "failed")
LEASE_S = 180.0
_UNCLAIMED: dict[str, Any] = {"claimed_by": None, "claimed_until": None, "claim": None}


@dataclass(frozen=True, slots=True)
class AttemptRules:
    """After each try without success the task rests for the next of `pauses_s`; after `tries` it is given up.

    The default tries at different times of day (DOMAIN §3, callbacks)."""

    tries: int = 3
    pauses_s: tuple[int, ...] = (600, 7_200, 14_400)

    def next_due(self, tries: int, at: int) -> int:
        pause = self.pauses_s[min(tries, len(self.pauses_s)) - 1] if self.pauses_s else 0
        return at + pause * 1000


@dataclass(frozen=True, slots=True)
class Claim:
    """A lease on a task.  Quote `attempt` in everything that follows."""

    attempt: int
    callback: Callback
    until: int


async def claim(
    store: Store, task: str, *, seat: str, lease_s: float = LEASE_S, at: int | None = None
) -> Claim:
    """Take one task to ring it.  A seat that holds it already keeps its attempt, with a longer lease.

    Raises RowNotFound, IllegalTransition (not open), AlreadyClaimed."""
    moment = now_ms() if at is None else at
    async with store.write() as connection:
        return await _claim(connection, await load(connection, task), seat, lease_s, moment)


async def claim_next(
    store: Store, *, seat: str, lease_s: float = LEASE_S, at: int | None = None
) -> Claim | None:
    """Take the task that has been due the longest; None when none is."""
    moment = now_ms() if at is None else at
    async with store.write() as connection:
        row = (await connection.execute(due_tasks(moment).limit(1))).first()
        if row is None:
            return None
        return await _claim(connection, Callback(*row), seat, lease_s, moment)


async def finish(
    store: Store,
    attempt: int,
    result: str,
    *,
    seat: str,
    rules: AttemptRules | None = None,
    note: str = "",
    at: int | None = None,
) -> Callback:
    """What came of an attempt: reached, no_answer, busy or failed.  Told twice, the first counts.

    A task that closed itself meanwhile (the citizen called and was answered) keeps its state.
    Raises FieldInvalid, RowNotFound, ClaimLost."""
    _result(result)
    moment = now_ms() if at is None else at
    async with store.write() as connection:
        found = (await connection.execute(select(*ATTEMPT).where(CallbackAttempt.id == attempt))).first()
        if found is None or found.seat != seat:
            raise RowNotFound(f"没有编号为 {attempt} 的回拨记录", field="attempt", value=str(attempt))
        task = await load(connection, found.callback_id)
        if found.result is not None:
            return task
        holder = await connection.scalar(select(Table.claim).where(Table.id == task.id))
        if task.state == "open" and holder != attempt:
            raise ClaimLost(
                "这条回拨已超时，由其他座席接手", field="attempt", value=str(attempt), remedy="请重新领取"
            )
        await connection.execute(
            update(CallbackAttempt)
            .where(CallbackAttempt.id == attempt)
            .values(result=result, ended_at=moment)
        )
        return await _resulted(connection, task, result, seat, rules or AttemptRules(), note, moment)


async def report(
    store: Store,
    task: str,
    result: str,
    *,
    by: str,
    rules: AttemptRules | None = None,
    note: str = "",
    at: int | None = None,
) -> Callback:
    """An attempt that needed no claim: the queue itself rang a kept place.  Without success it becomes an
    ordinary task, which seats ring when it is next due.

    Raises FieldInvalid, RowNotFound, IllegalTransition."""
    _result(result)
    moment = now_ms() if at is None else at
    async with store.write() as connection:
        found = await load(connection, task)
        if found.state == "reached":
            return found
        _must_be_open(found)
        await connection.execute(
            insert(CallbackAttempt),
            {"callback_id": found.id, "seat": by, "started_at": moment, "ended_at": moment, "result": result},
        )
        return await _resulted(connection, found, result, by, rules or AttemptRules(), note, moment)


async def release(store: Store, attempt: int, *, seat: str) -> None:
    """Give a claim back without ringing; it counts as no try.  Nothing happens if the claim is gone."""
    async with store.write() as connection:
        await connection.execute(
            update(Table)
            .where(Table.claim == attempt, Table.claimed_by == seat, Table.state == "open")
            .values(**_UNCLAIMED, version=Table.version + 1)
        )


async def close(store: Store, task: str, *, note: str, actor: str, version: int) -> Callback:
    """A person closes a task, saying why.  Raises FieldInvalid, RowNotFound, VersionConflict,
    IllegalTransition."""
    if not note.strip() or len(note) > 300:
        raise FieldInvalid("请填写关闭原因（最多 300 字）", field="note", value=note[:80])
    async with store.write() as connection:
        found = await load(connection, task)
        same_version("回拨任务", found.version, version)
        _must_be_open(found)
        await _update(
            connection, found, state="closed", closed_at=now_ms(), closed_by=actor, note=note, **_UNCLAIMED
        )
        await audit.note_within(connection, actor, "callback.close", found.id, {"note": note})
        return await load(connection, found.id)


async def _claim(connection: AsyncConnection, task: Callback, seat: str, lease_s: float, at: int) -> Claim:
    _must_be_open(task)
    until = at + round(lease_s * 1000)
    alive = task.claimed_until is not None and task.claimed_until > at
    if alive and task.claimed_by != seat:
        raise AlreadyClaimed(
            f"座席 {task.claimed_by} 正在回拨这位市民", field="claimed_by", value=task.claimed_by,
            remedy="请领取下一条",
        )  # fmt: skip
    attempt = await connection.scalar(select(Table.claim).where(Table.id == task.id)) if alive else None
    if attempt is None:
        made = await connection.execute(
            insert(CallbackAttempt)
            .values(callback_id=task.id, seat=seat, started_at=at)
            .returning(CallbackAttempt.id)
        )
        attempt = int(made.scalar_one())
    await _update(connection, task, claimed_by=seat, claimed_until=until, claim=attempt)
    return Claim(attempt, await load(connection, task.id), until)


async def _resulted(
    connection: AsyncConnection,
    task: Callback,
    result: str,
    by: str,
    rules: AttemptRules,
    note: str,
    at: int,
) -> Callback:
    if task.state != "open":
        return task
    tries = task.tries + 1
    values: dict[str, Any] = {"tries": tries, "last_result": result, "note": note or task.note, **_UNCLAIMED}
    if result == "reached":
        values |= {"state": "reached", "closed_at": at, "closed_by": by}
    elif tries >= rules.tries:
        values |= {"state": "given_up", "closed_at": at, "closed_by": by}
    else:
        values |= {"due_at": rules.next_due(tries, at)}
    if task.kind == "kept_place" and result != "reached":
        # The place in the queue is used up; from now on seats ring it as they ring a missed call.
        values |= {"kind": "missed", "kept_at": None, "queue_id": None, "queue": None}
    await _update(connection, task, **values)
    return await load(connection, task.id)


async def _update(connection: AsyncConnection, task: Callback, **values: Any) -> None:
    await connection.execute(
        update(Table).where(Table.id == task.id).values(**values, version=Table.version + 1)
    )


def _must_be_open(task: Callback) -> None:
    if task.state != "open":
        raise IllegalTransition(
            f"这条回拨任务已是“{_STATE_NAMES[task.state]}”，不能再处理", field="state", value=task.state
        )


_STATE_NAMES: Mapping[str, str] = {"reached": "已接通", "given_up": "已放弃", "closed": "已关闭"}


def _result(result: str) -> None:
    if result not in RESULTS:
        raise FieldInvalid(f"回拨结果只能是：{'、'.join(RESULTS)}", field="result", value=result[:40])
