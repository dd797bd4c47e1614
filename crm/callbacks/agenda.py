"""Open callback tasks in the order in which they are to be rung."""

from sqlalchemy import and_, or_

from crm import paging
from crm.callbacks.tasks import _JOINED, Callback
from crm.models import Callback as Table
from crm.store import Store


async def agenda(
    store: Store, *, kind: str | None = None, cursor: str | None = None, limit: int = 50
) -> paging.Page[Callback]:
    """All open tasks, the longest due first; claimed ones and kept places among them.

    Raises CursorInvalid."""
    query = _JOINED.where(Table.state == "open")
    if kind is not None:
        query = query.where(Table.kind == kind)
    if cursor is not None:
        at, task = paging.decode(cursor, int, str)
        query = query.where(or_(Table.due_at > at, and_(Table.due_at == at, Table.id > task)))
    size = paging.size(limit)
    async with store.read() as connection:
        rows = await connection.execute(query.order_by(Table.due_at, Table.id).limit(size + 1))
        return paging.cut([Callback(*row) for row in rows], size, lambda row: [row.due_at, row.id])
