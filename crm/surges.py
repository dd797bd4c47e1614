"""Surges: many calls about one thing.  A notice tells callers so, and one key adds them to the incident.

Joins come from the ledger: the journey tells the mark `surge_joined` with data {"surge": id}.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import and_, case, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm import audit, paging
from crm.checks import Form, same_version
from crm.errors import FieldInvalid, IllegalTransition, RowNotFound
from crm.models import Line, Region, SurgeJoin, Ticket
from crm.models import Surge as Table
from crm.store import Store
from crm.types import now_ms

LABELS = {
    "topic": "主题",
    "text": "播报内容",
    "regions": "旗县区",
    "lines": "拨打号码",
    "active_from": "开始时间",
    "active_until": "结束时间",
}
LONGEST_TEXT = 300  # read aloud this lasts a minute: nobody should have to listen longer
_LONGEST_MS = 7 * 86_400_000
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Surge:
    """Played to callers of these regions (GB/T 2260 codes) or lines; both empty: to everybody.

    `joined` counts calls, `callers` different callers (one without a number counts by his call).  Epoch ms.
    """

    id: int
    topic: str
    text: str
    regions: tuple[str, ...]
    lines: tuple[str, ...]
    active_from: int
    active_until: int
    created_by: str
    created_at: int
    ended_by: str | None
    version: int
    joined: int = 0
    callers: int = 0

    def plays_for(self, line: str, region: str | None) -> bool:
        everybody = not self.lines and not self.regions
        return everybody or line in self.lines or (region is not None and region in self.regions)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """More tickets than usual about one thing.  Of `region_code`, `kind`, `field`, `line`, those that make
    the thing are set.  `usual`: mean of the same minutes on the seven days before."""

    count: int
    usual: float
    region_code: str | None = None
    kind: str | None = None
    field: str | None = None
    line: str | None = None


_COLUMNS = (
    Table.id,
    Table.topic,
    Table.text,
    Table.regions,
    Table.lines,
    Table.active_from,
    Table.active_until,
    Table.created_by,
    Table.created_at,
    Table.ended_by,
    Table.version,
)


async def active(store: Store, *, at: int | None = None) -> list[Surge]:
    """What is played now, the newest first.  Asked by the bridges every few seconds: without counts."""
    moment = now_ms() if at is None else at
    query = select(*_COLUMNS).where(Table.active_until > moment, Table.active_from <= moment)
    async with store.read() as connection:
        return [_surge(row) for row in await connection.execute(query.order_by(Table.id.desc()))]


async def page(store: Store, *, cursor: str | None = None, limit: int = 50) -> paging.Page[Surge]:
    """All surges, the newest first, with their counts.  Raises CursorInvalid."""
    query = select(*_COLUMNS)
    if cursor is not None:
        (last,) = paging.decode(cursor, int)
        query = query.where(Table.id < last)
    size = paging.size(limit)
    async with store.read() as connection:
        rows = [
            _surge(row) for row in await connection.execute(query.order_by(Table.id.desc()).limit(size + 1))
        ]
        return paging.cut(await _counted(connection, rows), size, lambda row: [row.id])


async def get(store: Store, surge: int) -> Surge:
    """With its counts.  Raises RowNotFound."""
    async with store.read() as connection:
        return (await _counted(connection, [await _get(connection, surge)]))[0]


async def joined(store: Store, surge: int, *, limit: int = 200) -> list[tuple[str, int]]:
    """(call id, moment) of those who joined, the newest first."""
    query = select(SurgeJoin.call_id, SurgeJoin.at).where(SurgeJoin.surge_id == surge)
    async with store.read() as connection:
        rows = await connection.execute(query.order_by(SurgeJoin.at.desc()).limit(limit))
        return [(row.call_id, row.at) for row in rows]


async def start(store: Store, form: Mapping[str, Any], *, actor: str) -> Surge:
    """Switch a notice on (from `active_from`, default now; `topic`, `text`, `active_until` are needed).

    Raises FieldInvalid."""
    now = now_ms()
    async with store.write() as connection:
        values = await _checked(connection, form)
        for name in ("topic", "text", "active_until"):
            if name not in values:
                raise FieldInvalid(f"请填写“{LABELS[name]}”", field=name)
        row = {"regions": "[]", "lines": "[]", "active_from": now, "created_by": actor, "created_at": now,
               "version": 1, **values}  # fmt: skip
        _span(row["active_from"], row["active_until"])
        made = await connection.execute(insert(Table).values(**row).returning(Table.id))
        return await _told(connection, int(made.scalar_one()), actor, "surge.start")


async def edit(store: Store, surge: int, form: Mapping[str, Any], *, version: int, actor: str) -> Surge:
    """Change text, places or times.  Raises RowNotFound, VersionConflict, FieldInvalid, IllegalTransition."""
    async with store.write() as connection:
        found = await _get(connection, surge)
        same_version("突发事项", found.version, version)
        _not_over(found)
        values = await _checked(connection, form)
        _span(values.get("active_from", found.active_from), values.get("active_until", found.active_until))
        await connection.execute(update(Table).where(Table.id == surge).values(**values, version=version + 1))
        return await _told(connection, surge, actor, "surge.edit")


async def end(store: Store, surge: int, *, version: int, actor: str) -> Surge:
    """Switch it off now.  Raises RowNotFound, VersionConflict, IllegalTransition (it is over already)."""
    async with store.write() as connection:
        found = await _get(connection, surge)
        same_version("突发事项", found.version, version)
        _not_over(found)
        await connection.execute(
            update(Table)
            .where(Table.id == surge)
            .values(active_until=now_ms(), ended_by=actor, version=version + 1)
        )
        return await _told(connection, surge, actor, "surge.end")


# ---- suggestions


async def suggest(
    store: Store,
    *,
    at: int | None = None,
    window_s: int = 1800,
    at_least: int = 10,
    factor: float = 3.0,
    limit: int = 10,
) -> list[Suggestion]:
    """Regions with a kind or field of demand, and lines, that have at least `at_least` tickets in the last
    `window_s` and at least `factor` times the usual.  The most unusual first."""
    moment = now_ms() if at is None else at
    window = window_s * 1000
    today = and_(Ticket.created_at > moment - window, Ticket.created_at <= moment)
    before = [
        and_(Ticket.created_at > moment - day * _DAY_MS - window, Ticket.created_at <= moment - day * _DAY_MS)
        for day in range(1, 8)
    ]
    is_now = case((Ticket.created_at > moment - window, 1), else_=0)
    query = (
        select(Ticket.region_code, Ticket.kind, Ticket.field, Ticket.line, is_now, func.count())
        .where(or_(today, *before))
        .group_by(Ticket.region_code, Ticket.kind, Ticket.field, Ticket.line, is_now)
    )
    async with store.read() as connection:
        rows = [tuple(row) for row in await connection.execute(query)]
    return weigh(rows, at_least=at_least, factor=factor)[:limit]


def weigh(rows: Iterable[tuple[Any, ...]], *, at_least: int, factor: float) -> list[Suggestion]:
    """Pure: from (region, kind, field, line, 1 now | 0 before, count) to suggestions."""
    now: dict[Suggestion, int] = {}
    usual: dict[Suggestion, int] = {}
    for region, kind, field, line, is_now, count in rows:
        counts = now if is_now else usual
        for thing in _things(region, kind, field, line):
            counts[thing] = counts.get(thing, 0) + count
    found = [
        replace(thing, count=count, usual=usual.get(thing, 0) / 7)
        for thing, count in now.items()
        if count >= at_least and count >= factor * usual.get(thing, 0) / 7
    ]
    return sorted(found, key=lambda one: (-one.count / max(one.usual, 1.0), -one.count, repr(one)))


def _things(region: str | None, kind: str | None, field: str | None, line: str) -> Iterable[Suggestion]:
    if region and kind:
        yield Suggestion(0, 0, region_code=region, kind=kind)
    if region and field:
        yield Suggestion(0, 0, region_code=region, field=field)
    if line:
        yield Suggestion(0, 0, line=line)


# ---- inside


async def _checked(connection: AsyncConnection, form: Mapping[str, Any]) -> dict[str, Any]:
    told = Form(form, LABELS)
    told.text("topic", 60)
    told.text("text", LONGEST_TEXT)
    told.whole("active_from", 0, 253_402_300_799_999)
    told.whole("active_until", 0, 253_402_300_799_999)
    known = {"regions": Region.code, "lines": Line.number}
    for name, column in known.items():
        if name in told.values:
            allowed = set(await connection.scalars(select(column)))
            value = told.values[name]
            if not isinstance(value, list | tuple) or not set(map(str, value)) <= allowed:
                raise told.wrong(name, "中有未登记的代码")
            told.values[name] = json.dumps(sorted(set(value)))
    return told.values


def _span(since: int, until: int) -> None:
    if until <= since:
        raise FieldInvalid("结束时间应晚于开始时间", field="active_until", value=str(until))
    if until - since > _LONGEST_MS:
        raise FieldInvalid(
            "突发播报最长 7 天", field="active_until", value=str(until), remedy="到期前可以再延长"
        )


def _not_over(found: Surge) -> None:
    if found.active_until <= now_ms():
        raise IllegalTransition("这个突发事项已结束", field="active_until", value=str(found.active_until))


def _surge(row: Any) -> Surge:
    places = (tuple(json.loads(row.regions)), tuple(json.loads(row.lines)))
    return Surge(*(*row[:3], *places, *row[5:]))


async def _get(connection: AsyncConnection, surge: int) -> Surge:
    query = select(*_COLUMNS).where(Table.id == surge)
    row = (await connection.execute(query)).first()
    if row is None:
        raise RowNotFound("没有这个突发事项", field="id", value=str(surge))
    return _surge(row)


async def _counted(connection: AsyncConnection, rows: list[Surge]) -> list[Surge]:
    """The same surges with their counts, in one query."""
    callers = func.count(func.distinct(func.coalesce(SurgeJoin.caller_key, SurgeJoin.call_id)))
    query = (
        select(SurgeJoin.surge_id, func.count(), callers)
        .where(SurgeJoin.surge_id.in_([row.id for row in rows]))
        .group_by(SurgeJoin.surge_id)
    )
    found = {row[0]: (row[1], row[2]) for row in await connection.execute(query)}
    return [
        replace(row, joined=found[row.id][0], callers=found[row.id][1]) if row.id in found else row
        for row in rows
    ]


async def _told(connection: AsyncConnection, surge: int, actor: str, action: str) -> Surge:
    after = await _get(connection, surge)
    await audit.note_within(connection, actor, action, str(surge), asdict(after))
    return (await _counted(connection, [after]))[0]
