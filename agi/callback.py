"""The callback that keeps the place in the queue: the dialogue, from the key to the goodbye.

    key 1 ─► own number or another? ─► (number typed ─► repeated digit by digit ─► right?) ─► kept, goodbye

Until it is kept the caller stands in the queue as before: a seat that becomes free takes the caller out of
any of these questions, and whoever presses nothing simply goes on waiting.
"""

from __future__ import annotations

import structlog

import ivr
from agi import decision as then
from agi.book import Book
from agi.decision import Decision, Question
from agi.kept import KeptPlaces
from agi.prompts import Voice
from crm import LedgerUnavailable, Outcome
from transfer.citizens import Citizens

TOPIC = "callback"
KEY_S = 4
DIGIT_S = 6
LONGEST = 12  # digits: 0, area code and number
_OWN, _OTHER, _RIGHT, _WRONG = "1", "2", "1", "2"
_CHOICE, _NUMBER, _CONFIRM, _ON = (f"{TOPIC}:{where}" for where in ("choice", "number", "confirm", "on"))


class CallbackDialogue:
    """Every verb returns what is to be done next, or None: the caller goes on waiting.

    `enabled`: False where no number at all may be dialled, so that nothing is promised.
    """

    def __init__(
        self, *, voice: Voice, book: Book, citizens: Citizens, kept: KeptPlaces, enabled: bool
    ) -> None:
        self._voice = voice
        self._book = book
        self._citizens = citizens
        self._kept = kept
        self.enabled = enabled
        self._log = structlog.get_logger("agi.callback")

    def begin(self, call: Question, *lead: str) -> Decision | None:
        """Offers it, after the prompts `lead`.  Who hides the number is asked for one at once."""
        if not self.enabled:
            return None
        if self._citizens.number(call.caller) is None:
            return self._enter(call, *lead)
        return then.ask(self._voice.of(call, *lead, "callback_choice"), KEY_S, _CHOICE)

    async def answer(self, call: Question) -> Decision | None:
        """The caller's key or digits."""
        match call.state:
            case s if s == _CHOICE and call.detail == _OWN:
                return await self._keep(call, call.caller)
            case s if s == _CHOICE and call.detail == _OTHER:
                return self._enter(call)
            case s if s == _NUMBER and call.number:
                return self._repeat(call)
            case s if s == _CONFIRM and call.detail == _RIGHT:
                return await self._keep(call, call.number)
            case s if s == _CONFIRM and call.detail == _WRONG:
                return self._enter(call)
        return None

    def _enter(self, call: Question, *lead: str) -> Decision:
        return then.read(self._voice.of(call, *lead, "callback_enter"), LONGEST, DIGIT_S, _NUMBER)

    def _repeat(self, call: Question) -> Decision:
        if self._citizens.number(call.number) is None:
            return self._go_on(call, "callback_undialable")
        words = ("callback_repeat", *ivr.digits(call.number), "callback_confirm")
        return then.ask(self._voice.of(call, *words), KEY_S, _CONFIRM)

    async def _keep(self, call: Question, number: str) -> Decision | None:
        dialled = self._citizens.number(number)
        if dialled is None:
            return self._go_on(call, "callback_undialable")
        try:
            kept = await self._kept.keep(call, dialled)
        except LedgerUnavailable as away:
            # Neither database nor journal has the number: nothing may be promised.
            self._log.warning("callback.not_kept", call=call.call_id, reason=str(away))
            return self._go_on(call, "callback_failed")
        if not kept:
            return None  # a seat was found in this very moment
        await self._book.mark(call, "callback_kept", data={"own_number": number == call.caller})
        await self._book.close(call, Outcome.CALLBACK_KEPT)
        return then.last_word(self._voice.of(call, "callback_kept", "goodbye"))

    def _go_on(self, call: Question, word: str) -> Decision:
        return then.say(self._voice.of(call, word), _ON)
