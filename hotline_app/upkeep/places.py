"""Kept places: those that the database remembers and the ACD does not are put back, those that are settled
are taken out; if so configured, missed calls get a place too."""

from __future__ import annotations

import time
from collections.abc import Sequence

import structlog

from crm import RowNotFound, Store, StoreUnavailable, callbacks
from crm.callbacks import KeptPlace
from seats import Acd, CallKind, CallState, CallView, Widen

_SETTLING_S = 30.0


class Places:
    """`automatic`: missed calls are rung by the queue.  After the database was away nothing is done for
    `settling_s`: what the bridges have kept in their journals meanwhile must be told first, or a citizen who
    was reached would be rung again."""

    def __init__(
        self, store: Store, acd: Acd, *, automatic: bool = False, settling_s: float = _SETTLING_S
    ) -> None:
        self._store = store
        self._acd = acd
        self._automatic = automatic
        self._settling_s = settling_s
        self._not_before = 0.0

    async def round(self) -> None:
        """Raises StoreUnavailable, AcdUnavailable."""
        if time.monotonic() < self._not_before:
            return
        try:
            if self._automatic:
                await callbacks.queue_due(self._store)
            # The ACD first: what waits there then is on record already.
            waiting = await self._acd.calls()
            kept = await callbacks.kept(self._store)
            await self._take_out(waiting, {place.queue_id for place in kept})
        except StoreUnavailable:
            self._not_before = time.monotonic() + self._settling_s
            raise
        await self._put_back(kept, {call.call_id for call in waiting})

    async def _put_back(self, kept: Sequence[KeptPlace], known: set[str]) -> None:
        """The ACD itself refuses what it knows or what has just ended: nobody is queued twice."""
        for place in kept:
            if place.queue_id in known:
                continue
            told = place.queue
            call = await self._acd.enqueue_callback(
                place.queue_id,
                str(told["node"]),
                since_ms=int(told["since_ms"]),
                groups=tuple(told["groups"]),
                language=str(told["language"]),
                priority=int(told["priority"]),
                widen=tuple(Widen(after_s, group, language) for after_s, group, language in told["widen"]),
                data=dict(told["data"]),
            )
            if call is not None:
                structlog.get_logger("upkeep").info("callback.queued", callback=place.queue_id)

    async def _take_out(self, waiting: Sequence[CallView], kept: set[str]) -> None:
        """Callbacks of citizens who were served otherwise, or who have kept a later place."""
        for call in waiting:
            idle = call.kind is CallKind.CALLBACK and call.state is CallState.WAITING and not call.channel
            if not idle or call.call_id in kept or not await self._settled(call.call_id):
                continue
            await self._acd.drop_callback(call.call_id)
            structlog.get_logger("upkeep").info("callback.taken_out", callback=call.call_id)

    async def _settled(self, queue_id: str) -> bool:
        """False also for a place that the database has not been told of yet."""
        for name in (queue_id, f"k-{queue_id}"):
            try:
                task = await callbacks.get(self._store, name)
            except RowNotFound:
                continue
            return task.state != "open" or task.queue_id != queue_id
        return False
