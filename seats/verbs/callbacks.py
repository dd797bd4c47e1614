"""Callbacks that keep their place: a citizen hangs up and is called when the place is due."""

import json
from typing import Any

from seats.model import DEFAULT_GROUP, DEFAULT_LANGUAGE, DEFAULT_PRIORITY, Widen
from seats.verbs.base import (
    CALL,
    LANGUAGE,
    Verbs,
    call_view,
    checked_priority,
    group_words,
    named,
    widen_words,
)
from seats.views import CallView


class CallbackVerbs(Verbs):
    async def keep_place(
        self, call_id: str, callback_id: str, *, data: dict[str, Any] | None = None
    ) -> CallView | None:
        """The waiting call becomes a waiting callback of the same place, time and lanes.

        callback_id: ``<node>-<epoch s>.<digits>``, the unique id of the channel that will call the citizen;
        data: added to the call's card, numbers masked.  None: the call does not wait any more.  Safe to
        repeat.  When it is matched the node's owner is woken (Wake.kind callback, no channel), claims it, and
        has callback_lease_s to bring the citizen to offer(); from there on it is a call like any other.
        """
        answer = await self._store.run(
            "keep_place",
            named(CALL, call_id, "call id"),
            named(CALL, callback_id, "call id"),
            json.dumps(data or {}, ensure_ascii=False),
            callback_id.rpartition("-")[0],
        )
        return call_view(answer)

    async def enqueue_callback(
        self,
        callback_id: str,
        node: str,
        *,
        since_ms: int,
        groups: tuple[str, ...] = (DEFAULT_GROUP,),
        language: str = DEFAULT_LANGUAGE,
        priority: int = DEFAULT_PRIORITY,
        widen: tuple[Widen, ...] = (),
        data: dict[str, Any] | None = None,
    ) -> CallView | None:
        """Queues a callback that the database remembers, at its original place; a known one is left as it is.
        None: it ended or was dropped less than remember_s ago."""
        answer = await self._store.run(
            "enqueue_callback",
            named(CALL, callback_id, "call id"),
            node,
            group_words(groups),
            named(LANGUAGE, language, "language"),
            checked_priority(priority),
            since_ms,
            widen_words(widen, language),
            json.dumps(data or {}, ensure_ascii=False),
        )
        return call_view(answer)

    async def drop_callback(self, callback_id: str) -> CallView | None:
        """Nobody needs to be called any more; the seat that was kept for it is free.  Returns how it stood;
        None: unknown, or the citizen is on the line already."""
        return call_view(await self._store.run("drop_callback", named(CALL, callback_id, "call id")))
