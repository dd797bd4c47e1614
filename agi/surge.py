"""Surge notices: what a caller hears first while many call about one thing, and the key to join and hang up.

The caller is on record and the waiting time counts from the arrival: whoever listens to a notice loses no place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from agi import decision as then
from agi.book import Book
from agi.decision import Decision, Question
from agi.prompts import Voice
from crm import Outcome, Store, StoreUnavailable, Surge, surges

TOPIC = "surge"
JOIN_KEY = "1"
KEY_S = 3
WRITE_S = 1.0


class SurgeNotices:
    """`now`: the active surges, as the rules in memory have them."""

    def __init__(self, *, voice: Voice, book: Book, store: Store, now: Callable[[], Sequence[Surge]]) -> None:
        self._voice = voice
        self._book = book
        self._store = store
        self._now = now
        self._log = structlog.get_logger("agi.surge")

    def of(self, call: Question, region: str) -> Decision | None:
        """The notice for this call, None when nothing is the matter (or its prompt has not been spoken)."""
        for surge in self._now():
            spoken = self._voice.of(call, f"{TOPIC}-{surge.id}")
            if spoken and _concerns(surge, call.line, region):
                return then.ask((*spoken, *self._voice.of(call, "surge_join")), KEY_S, f"{TOPIC}:{surge.id}")
        return None

    async def answer(self, call: Question) -> Decision | None:
        """The caller's key; None: on to the queue."""
        if call.detail != JOIN_KEY or not call.where.isdecimal():
            return None
        surge = int(call.where)
        try:
            async with asyncio.timeout(WRITE_S):
                await surges.join(self._store, surge, call.call_id)
        except (StoreUnavailable, TimeoutError) as away:
            self._log.warning("surge.not_joined", call=call.call_id, surge=surge, reason=str(away))
            return None  # better a place in the queue than a promise that nobody keeps
        await self._book.mark(call, "surge", data={"surge": surge})
        await self._book.close(call, Outcome.SURGE)
        return then.last_word(self._voice.of(call, "surge_joined", "goodbye"))


def _concerns(surge: Surge, line: str, region: str) -> bool:
    """A surge without regions and lines concerns everybody."""
    if not surge.regions and not surge.lines:
        return True
    return line in surge.lines or (bool(region) and region in surge.regions)
