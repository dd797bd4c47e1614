"""Missed calls that the queue itself shall ring: they become kept places, at the end of the queue."""

import json
import secrets
from typing import Any

from sqlalchemy import select, update

from crm.callbacks.tasks import due_tasks
from crm.models import Call
from crm.models import Callback as Table
from crm.store import Store
from crm.types import now_ms

_GENERAL = "general"
_LANGUAGE = "zh"


async def queue_due(store: Store, *, limit: int = 20, at: int | None = None) -> list[str]:
    """Tasks that are due and that no seat has claimed get a place in the queue, from now on (nobody kept one
    for them).  The ids under which they wait; the ACD learns of them by `kept`.

    In one transaction, so that no seat claims what the queue rings.  Without success each becomes an ordinary
    task again (`report`)."""
    moment = now_ms() if at is None else at
    async with store.write() as connection:
        tasks = (await connection.execute(due_tasks(moment).limit(limit))).all()
        if not tasks:
            return []
        calls = await connection.execute(
            select(Call.call_id, Call.node, Call.skill_group, Call.language).where(
                Call.call_id.in_([task.call_id for task in tasks])
            )
        )
        known = {call.call_id: call for call in calls}
        rows = [_row(task, known[task.call_id], moment) for task in tasks if task.call_id in known]
        for row in rows:
            await connection.execute(update(Table).where(Table.id == row.pop("id")).values(**row))
    return [str(row["queue_id"]) for row in rows]


def _row(task: Any, call: Any, at: int) -> dict[str, Any]:
    # As agi/legs.py knows a callback's id: it becomes the uniqueid of the call that rings the citizen.
    queue_id = f"{call.node}-{at // 1000}.8{secrets.randbelow(10**9):09d}"
    queue = {
        "node": call.node,
        "since_ms": at,
        "groups": [call.skill_group or _GENERAL],
        "language": call.language or _LANGUAGE,
        "priority": 5,
        "widen": [],
        "data": {"callback_of": task.call_id, "line": task.line},
    }
    return {
        "id": task.id,
        "kind": "kept_place",
        "kept_at": at,
        "queue_id": queue_id,
        "queue": json.dumps(queue, ensure_ascii=False),
        "version": task.version + 1,
    }
