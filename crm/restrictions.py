"""Blocked and throttled numbers: proposed by a seat, working only after a supervisor's review, never for ever
(DOMAIN §3: warning, hang-up, review, time-limited throttling only)."""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from sqlalchemy import Select, and_, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm import audit, paging
from crm.checks import same_version
from crm.errors import CallNotFound, FieldInvalid, IllegalTransition, RowNotFound
from crm.models import Call, Caller
from crm.models import Restriction as Table
from crm.store import Store
from crm.types import now_ms

KINDS = ("block", "throttle")
LONGEST_DAYS = 30
_DAY_MS = 86_400_000
_LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Restriction:
    """`state`: proposed, active, refused, ended, or expired (active once, past `until`).  Epoch ms."""

    id: int
    caller_key: str
    caller_masked: str
    kind: str
    reason: str
    call_id: str | None
    days: int
    state: str
    proposed_by: str
    proposed_at: int
    reviewed_by: str | None
    reviewed_at: int | None
    review_note: str
    until: int | None
    ended_by: str | None
    ended_at: int | None
    end_reason: str
    version: int


_COLUMNS = tuple(getattr(Table, field.name) for field in fields(Restriction))


async def active(store: Store, *, at: int | None = None) -> dict[str, Restriction]:
    """What works now, by caller key; of several of one caller the strictest, then the longest."""
    moment = now_ms() if at is None else at
    query = select(*_COLUMNS).where(Table.state == "active", Table.until > moment)
    found: dict[str, Restriction] = {}
    async with store.read() as connection:
        # "throttle" sorts after "block": what is read last, the strictest, stays.
        for row in await connection.execute(query.order_by(Table.kind.desc(), Table.until)):
            found[row.caller_key] = Restriction(*row)
    return found


async def propose(
    store: Store, call_id: str, *, kind: str, reason: str, days: int, actor: str
) -> Restriction:
    """Ask for a restriction of the number that made this call.

    Raises CallNotFound, FieldInvalid (also when the number is withheld)."""
    _checked(kind, reason, days)
    async with store.write() as connection:
        query = select(Call.call_id, Caller.key, Caller.masked).outerjoin_from(
            Call, Caller, Caller.key == Call.caller_key
        )
        call = (await connection.execute(query.where(Call.call_id == call_id))).first()
        if call is None:
            raise CallNotFound("没有这通电话的记录", field="call_id", value=call_id[:150])
        if call.key is None:
            raise FieldInvalid("来电未显示号码，无法限制", field="call_id", value=call_id[:150])
        row = {
            "caller_key": call.key, "caller_masked": call.masked, "kind": kind, "reason": reason.strip(),
            "call_id": call_id, "days": days, "state": "proposed", "proposed_by": actor,
            "proposed_at": now_ms(), "review_note": "", "end_reason": "", "version": 1,
        }  # fmt: skip
        made = await connection.execute(insert(Table).values(**row).returning(Table.id))
        return await _told(connection, int(made.scalar_one()), actor, "restriction.propose")


async def review(
    store: Store,
    restriction: int,
    *,
    agree: bool,
    actor: str,
    version: int,
    note: str = "",
    days: int | None = None,
) -> Restriction:
    """A supervisor agrees (it works from now on, for `days` or as proposed) or refuses (saying why).

    Raises RowNotFound, VersionConflict, IllegalTransition, FieldInvalid (nobody reviews his own proposal)."""
    now = now_ms()
    async with store.write() as connection:
        found = await _get(connection, restriction)
        same_version("限制申请", found.version, version)
        if found.state != "proposed":
            raise IllegalTransition("这条限制申请已复核过", field="state", value=found.state)
        if found.proposed_by == actor:
            raise FieldInvalid(
                "不能复核自己提出的限制", field="actor", value=actor, remedy="请由另一位主管复核"
            )
        if not agree and not note.strip():
            raise FieldInvalid("不同意时请写明理由", field="note")
        granted = found.days if days is None else days
        _checked(found.kind, found.reason, granted)
        values = {
            "state": "active" if agree else "refused", "reviewed_by": actor, "reviewed_at": now,
            "review_note": note[:_LONGEST_REASON], "days": granted,
            "until": now + granted * _DAY_MS if agree else None,
        }  # fmt: skip
        await _update(connection, found, values)
        return await _told(connection, restriction, actor, "restriction.review")


async def end(store: Store, restriction: int, *, reason: str, actor: str, version: int) -> Restriction:
    """Stop one before its time.  Raises RowNotFound, VersionConflict, IllegalTransition, FieldInvalid."""
    if not reason.strip() or len(reason) > _LONGEST_REASON:
        raise FieldInvalid(f"请填写解除原因（最多 {_LONGEST_REASON} 字）", field="reason", value=reason[:80])
    async with store.write() as connection:
        found = await _get(connection, restriction)
        same_version("限制", found.version, version)
        if found.state not in ("proposed", "active"):
            raise IllegalTransition("这条限制已经结束", field="state", value=found.state)
        values = {"state": "ended", "ended_by": actor, "ended_at": now_ms(), "end_reason": reason.strip()}
        await _update(connection, found, values)
        return await _told(connection, restriction, actor, "restriction.end")


async def get(store: Store, restriction: int) -> Restriction:
    """Raises RowNotFound."""
    async with store.read() as connection:
        return await _get(connection, restriction)


async def page(
    store: Store, *, state: str | None = None, cursor: str | None = None, limit: int = 50
) -> paging.Page[Restriction]:
    """The newest proposals first.  `state` as in Restriction.  Raises CursorInvalid."""
    now = now_ms()
    query = select(*_COLUMNS)
    if state is not None:
        query = query.where(_in_state(state, now))
    if cursor is not None:
        (last,) = paging.decode(cursor, int)
        query = query.where(Table.id < last)
    size = paging.size(limit)
    async with store.read() as connection:
        rows = await connection.execute(query.order_by(Table.id.desc()).limit(size + 1))
        return paging.cut([_at(row, now) for row in rows], size, lambda row: [row.id])


def _in_state(state: str, now: int) -> Any:
    if state == "active":
        return and_(Table.state == "active", Table.until > now)
    if state == "expired":
        return and_(Table.state == "active", or_(Table.until.is_(None), Table.until <= now))
    return Table.state == state


def _at(row: Any, now: int) -> Restriction:
    found = Restriction(*row)
    over = found.state == "active" and (found.until is None or found.until <= now)
    return replace(found, state="expired") if over else found


async def _get(connection: AsyncConnection, restriction: int) -> Restriction:
    query: Select[Any] = select(*_COLUMNS).where(Table.id == restriction)
    row = (await connection.execute(query)).first()
    if row is None:
        raise RowNotFound("没有这条限制记录", field="id", value=str(restriction))
    return _at(row, now_ms())


async def _update(connection: AsyncConnection, found: Restriction, values: dict[str, Any]) -> None:
    await connection.execute(
        update(Table).where(Table.id == found.id).values(**values, version=found.version + 1)
    )


async def _told(connection: AsyncConnection, restriction: int, actor: str, action: str) -> Restriction:
    after = await _get(connection, restriction)
    await audit.note_within(connection, actor, action, str(restriction), asdict(after))
    return after


def _checked(kind: str, reason: str, days: int) -> None:
    if kind not in KINDS:
        raise FieldInvalid("限制方式只能是 block（拒接）或 throttle（限频）", field="kind", value=kind[:40])
    if not reason.strip() or len(reason) > _LONGEST_REASON:
        raise FieldInvalid(f"请填写限制原因（最多 {_LONGEST_REASON} 字）", field="reason", value=reason[:80])
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= LONGEST_DAYS:
        raise FieldInvalid(
            f"限制期限应为 1 至 {LONGEST_DAYS} 天，不能长期限制", field="days", value=str(days)[:40]
        )
