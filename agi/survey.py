"""The survey after the talk: five grades by key, one more try after a wrong key, thanks, and the end.

The seat has hung up first and is in its wrap-up already: nobody waits for this but the caller, who may hang
up at any moment of it.
"""

from __future__ import annotations

from agi import decision as then
from agi.book import Book
from agi.decision import Decision, Question
from agi.prompts import Voice

TOPIC = "survey"
GRADES = {"1": 1, "2": 2, "3": 3, "4": 4, "5": 5}
"""Key → grade, 1 very satisfied … 5 very dissatisfied: the five grades of DOMAIN §2."""
_FIRST, _AGAIN = f"{TOPIC}:1", f"{TOPIC}:2"


class Survey:
    """``key_s``: seconds in which a key is waited for after the question."""

    def __init__(self, *, voice: Voice, book: Book, key_s: int) -> None:
        self._voice = voice
        self._book = book
        self._key_s = key_s

    def begin(self, call: Question) -> Decision:
        """Puts the question."""
        return self._ask(call, "survey", _FIRST)

    async def answer(self, call: Question) -> Decision:
        """The caller has pressed a key, or none."""
        grade = GRADES.get(call.detail)
        if grade is not None:
            await self._book.mark(call, "survey", data={"grade": grade})
            return then.last_word(self._voice.of(call, "survey_thanks", "goodbye"))
        if call.detail and call.state == _FIRST:
            return self._ask(call, "survey_invalid", _AGAIN)
        return then.last_word(self._voice.of(call, "goodbye"))

    def _ask(self, call: Question, prompt: str, state: str) -> Decision:
        return then.ask(self._voice.of(call, prompt), self._key_s, state)
