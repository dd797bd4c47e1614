"""Who did or saw what.  Rows are only ever added; triggers refuse anything else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.entries import as_json
from crm.models import Audit
from crm.paging import from_json
from crm.store import Store
from crm.types import now_ms


@dataclass(frozen=True, slots=True)
class AuditRow:
    """`at` in epoch ms."""

    id: int
    at: int
    actor: str
    action: str
    object: str
    data: dict[str, Any]


async def note(
    store: Store, actor: str, action: str, target: str, data: Mapping[str, Any] | None = None
) -> None:
    """Add one row.  Raises StoreUnavailable: what cannot be audited must not be done."""
    async with store.write() as connection:
        await note_within(connection, actor, action, target, data)


async def note_within(
    connection: AsyncConnection, actor: str, action: str, target: str, data: Mapping[str, Any] | None = None
) -> None:
    """Add one row in a transaction that is already open."""
    row = {"at": now_ms(), "actor": actor, "action": action, "object": target, "data": as_json(data or {})}
    await connection.execute(insert(Audit), row)


async def trail(store: Store, *, target: str | None = None, limit: int = 100) -> list[AuditRow]:
    """The newest rows first, of one object or of all."""
    query = select(Audit.id, Audit.at, Audit.actor, Audit.action, Audit.object, Audit.data)
    if target is not None:
        query = query.where(Audit.object == target)
    async with store.read() as connection:
        rows = await connection.execute(query.order_by(Audit.id.desc()).limit(limit))
        return [AuditRow(*row[:5], from_json(row[5])) for row in rows]
