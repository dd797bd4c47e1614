"""Tickets: reading, the form, registering.  Every change is an event nobody can edit."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from crm import paging
from crm.batch import day_of, ticket_number
from crm.entries import as_json
from crm.errors import IllegalTransition, TicketNotFound, VersionConflict
from crm.forms import checked, complete
from crm.models import Region, TicketEvent, TicketSequence
from crm.models import Ticket as Table
from crm.numbers import normalise
from crm.store import Store
from crm.types import now_ms
from crm.vault import Vault


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket in a list.  Moments in epoch ms."""

    no: str
    call_id: str | None
    state: str
    source: str
    caller_masked: str
    place: str
    field: str | None
    kind: str | None
    title: str
    urgent: bool
    confidential: bool
    line: str
    line_name: str
    department: str
    created_at: int
    created_by: str
    version: int


@dataclass(frozen=True, slots=True)
class Ticket:
    """A whole ticket.  `version` is its ETag."""

    no: str
    call_id: str | None
    state: str
    source: str
    caller_masked: str
    caller_name: str
    place: str
    region_code: str | None
    address: str
    field: str | None
    kind: str | None
    title: str
    content: str
    urgent: bool
    confidential: bool
    language: str | None
    line: str
    line_name: str
    department: str
    created_at: int
    created_by: str
    registered_at: int | None
    version: int


@dataclass(frozen=True, slots=True)
class Event:
    at: int
    actor: str
    kind: str
    data: dict[str, Any]


_ROW = tuple(getattr(Table, field.name) for field in fields(TicketRow))
_WHOLE = tuple(getattr(Table, field.name) for field in fields(Ticket))


async def page(
    store: Store,
    *,
    state: str | None = None,
    since: int | None = None,
    until: int | None = None,
    line: str | None = None,
    caller: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> paging.Page[TicketRow]:
    """Tickets, the newest number first.  `caller`: a number in any spelling, found by its keyed hash.

    Raises CursorInvalid, StoreUnavailable."""
    query = select(*_ROW)
    if state is not None:
        query = query.where(Table.state == state)
    if since is not None:
        query = query.where(Table.created_at >= since)
    if until is not None:
        query = query.where(Table.created_at < until)
    if line is not None:
        query = query.where(Table.line == line)
    if caller is not None:
        query = query.where(Table.caller_key == store.vault.lookup(normalise(caller).lookup))
    if cursor is not None:
        (number,) = paging.decode(cursor, str)
        query = query.where(Table.no < number)
    size = paging.size(limit)
    async with store.read() as connection:
        rows = await connection.execute(query.order_by(Table.no.desc()).limit(size + 1))
        return paging.cut([TicketRow(*row) for row in rows], size, lambda row: [row.no])


async def get(store: Store, no: str) -> Ticket:
    """Raises TicketNotFound."""
    async with store.read() as connection:
        return await _get(connection, store.vault, no)


async def events(store: Store, no: str) -> list[Event]:
    """What happened to a ticket, in order."""
    query = select(TicketEvent.at, TicketEvent.actor, TicketEvent.kind, TicketEvent.data)
    async with store.read() as connection:
        rows = await connection.execute(query.where(TicketEvent.ticket_no == no).order_by(TicketEvent.id))
        return [Event(*row[:3], paging.from_json(row[3])) for row in rows]


async def create(
    store: Store, form: Mapping[str, Any], *, actor: str, source: str = "desk", call_id: str | None = None
) -> Ticket:
    """A ticket that no arriving call made.  Raises FieldInvalid."""
    at = now_ms()
    async with store.write() as connection:
        values = await _checked(connection, store.vault, form)
        no = await _next_number(connection, at)
        blank: dict[str, Any] = {
            "no": no, "call_id": call_id, "state": "draft", "source": source, "caller_key": None,
            "caller_masked": "", "caller_name": None, "place": "", "region_code": None, "address": "",
            "field": None, "kind": None, "title": "", "content": "", "urgent": False, "confidential": False,
            "language": None, "line": "", "line_name": "", "department": "", "created_at": at,
            "created_by": actor, "registered_at": None, "version": 1,
        }  # fmt: skip
        await connection.execute(insert(Table), blank | values)
        await _event(connection, no, at, actor, "created", {"source": source})
        return await _get(connection, store.vault, no)


async def edit(store: Store, no: str, form: Mapping[str, Any], *, version: int, actor: str) -> Ticket:
    """Change the form's fields.  Raises TicketNotFound, VersionConflict, FieldInvalid."""
    async with store.write() as connection:
        await _at_version(connection, store.vault, no, version)
        values = await _checked(connection, store.vault, form)
        await connection.execute(
            update(Table).where(Table.no == no).values(**values, version=Table.version + 1)
        )
        # The event names the fields only: a name or an address stays out of a table nobody can clean.
        await _event(
            connection, no, now_ms(), actor, "edited", {"fields": sorted(form), "version": version + 1}
        )
        return await _get(connection, store.vault, no)


async def register(store: Store, no: str, *, actor: str, version: int | None = None) -> Ticket:
    """draft → registered, once the form is complete.

    Raises TicketNotFound, VersionConflict, IllegalTransition, FieldInvalid (naming the missing field)."""
    at = now_ms()
    async with store.write() as connection:
        ticket = await _at_version(connection, store.vault, no, version)
        if ticket.state != "draft":
            raise IllegalTransition(f"工单 {no} 已登记，不能重复登记", field="state", value=ticket.state)
        complete(ticket)
        await connection.execute(
            update(Table)
            .where(Table.no == no)
            .values(state="registered", registered_at=at, version=Table.version + 1)
        )
        await _event(connection, no, at, actor, "registered", {"version": ticket.version + 1})
        return await _get(connection, store.vault, no)


async def ticket_of_call(connection: AsyncConnection, vault: Vault, call_id: str) -> Ticket | None:
    row = (await connection.execute(select(*_WHOLE).where(Table.call_id == call_id))).first()
    return None if row is None else _opened(vault, row._asdict())


async def tickets_of_caller(
    connection: AsyncConnection, caller_key: str | None, *, besides: str | None, limit: int = 20
) -> list[TicketRow]:
    """The newest tickets of one caller; none for a caller we cannot tell from others."""
    if caller_key is None:
        return []
    query = select(*_ROW).where(Table.caller_key == caller_key, Table.no != (besides or ""))
    return [TicketRow(*row) for row in await connection.execute(query.order_by(Table.no.desc()).limit(limit))]


async def _get(connection: AsyncConnection, vault: Vault, no: str) -> Ticket:
    row = (await connection.execute(select(*_WHOLE).where(Table.no == no))).first()
    if row is None:
        raise TicketNotFound(f"没有编号为 {no[:40]} 的工单", field="no", value=no[:40])
    return _opened(vault, row._asdict())


def _opened(vault: Vault, values: dict[str, Any]) -> Ticket:
    sealed = values["caller_name"]
    return Ticket(**values | {"caller_name": vault.unseal(sealed, "name") if sealed else ""})


async def _at_version(connection: AsyncConnection, vault: Vault, no: str, version: int | None) -> Ticket:
    ticket = await _get(connection, vault, no)
    if version is not None and ticket.version != version:
        raise VersionConflict(f"工单 {no} 已被他人修改，请重新载入后再保存", current=ticket.version)
    return ticket


async def _checked(connection: AsyncConnection, vault: Vault, form: Mapping[str, Any]) -> dict[str, Any]:
    regions = set(await connection.scalars(select(Region.code)))
    values = checked(form, regions)
    if "caller_name" in values:
        name = values["caller_name"]
        values["caller_name"] = vault.seal(name, "name") if name else None
    return values


async def _next_number(connection: AsyncConnection, at: int) -> str:
    day = day_of(at)
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(TicketSequence).values(day=day, last=1)
    bumped = statement.on_conflict_do_update(
        index_elements=["day"], set_={"last": TicketSequence.last + 1}
    ).returning(TicketSequence.last)
    return ticket_number(day, (await connection.execute(bumped)).scalar_one())


async def _event(
    connection: AsyncConnection, no: str, at: int, actor: str, kind: str, data: Mapping[str, Any]
) -> None:
    row = {"ticket_no": no, "at": at, "actor": actor, "kind": kind, "data": as_json(data)}
    await connection.execute(insert(TicketEvent), row)
