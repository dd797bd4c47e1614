"""Keeps a caller's place in the queue for a callback: in the ledger first, then in the ACD.

Whatever dies between the two, nobody is lost: a place that only the ledger knows is queued again from there,
and a task whose caller is answered after all closes itself.
"""

from __future__ import annotations

from agi.decision import Question
from agi.legs import callback_of
from agi.routing import Routing
from crm import Ledger, now_ms
from seats import Acd
from transfer.routes import MANDARIN, Route


class KeptPlaces:
    """`keep` may be asked twice for one call: its callback has always the same id."""

    def __init__(self, *, acd: Acd, ledger: Ledger, routing: Routing) -> None:
        self._acd = acd
        self._ledger = ledger
        self._routing = routing

    async def keep(self, call: Question, number: str) -> bool:
        """Keeps the place for a callback to `number`.  False: a seat is on its way to the caller already.

        Raises LedgerUnavailable (nothing was promised) and AcdUnavailable (the ledger has it: it is queued
        when the ACD is back).
        """
        route = await self._routing.again(call)
        standing = await self._acd.call(call.call_id)
        since_ms = standing.since_ms if standing is not None else call.arrived_ms
        callback_id = callback_of(call.call_id)
        await self._ledger.keep_place(
            call.call_id,
            callback_id,
            number,
            now_ms(),
            line=call.line,
            queue=_queue(call, route, since_ms),
        )
        data = {"callback_of": call.call_id}
        if await self._acd.keep_place(call.call_id, callback_id, data=data) is not None:
            return True
        if standing is not None:
            return False
        # It never waited: the queue was full, or the line is closed at this hour.
        queued = await self._acd.enqueue_callback(
            callback_id,
            call.node,
            since_ms=since_ms,
            groups=route.groups,
            language=call.language or MANDARIN,
            priority=route.priority,
            widen=route.widen,
            data=data,
        )
        return queued is not None


def _queue(call: Question, route: Route, since_ms: int) -> dict[str, object]:
    """What `Acd.enqueue_callback` needs, as the ledger keeps it."""
    return {
        "node": call.node,
        "since_ms": since_ms,
        "groups": list(route.groups),
        "language": call.language or MANDARIN,
        "priority": route.priority,
        "widen": [[step.after_s, step.group, step.language] for step in route.widen],
        "data": {"callback_of": call.call_id},
    }
