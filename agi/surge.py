"""Surge notices: what a caller hears first while many call about one thing, and the key to join and hang up.

The caller is on record and the waiting time counts from the arrival: who listens to a notice loses no place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from agi import decision as then
from agi.book import Book
from agi.decision import Decision, Question
from agi.prompts import Voice
from crm import Outcome
from crm.surges import Surge

TOPIC = "surge"
JOIN_KEY = "1"
KEY_S = 3


class SurgeNotices:
    """`now`: the active surges, as the rules in memory have them."""

    def __init__(self, *, voice: Voice, book: Book, now: Callable[[], Sequence[Surge]]) -> None:
        self._voice = voice
        self._book = book
        self._now = now

    def of(self, call: Question, region: str) -> Decision | None:
        """The notice for this call; None when nothing is the matter, or its prompt has not been spoken."""
        for surge in self._now():
            spoken = self._voice.of(call, f"{TOPIC}-{surge.id}")
            if spoken and surge.plays_for(call.line, region or None):
                return then.ask((*spoken, *self._voice.of(call, "surge_join")), KEY_S, f"{TOPIC}:{surge.id}")
        return None

    async def answer(self, call: Question) -> Decision | None:
        """The caller's key; None: on to the queue."""
        if call.detail != JOIN_KEY or not call.where.isdecimal():
            return None
        await self._book.mark(call, "surge_joined", data={"surge": int(call.where)})
        await self._book.close(call, Outcome.SURGE)
        return then.last_word(self._voice.of(call, "surge_joined", "goodbye"))
