"""What a waiting caller hears before the music: the place, the expected wait, the key for a callback.

Said once when the waiting begins and then every ``announce_every_s`` of the group; between two announcements
the caller hears music only.  The state that the dialplan carries says when it was said last.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from agi import decision as then
from agi.decision import Decision, Question
from agi.prompts import Voice
from crm import now_ms
from ivr import LARGEST, cardinal
from seats import Waiting
from transfer.groups import Groups
from transfer.routes import CALLBACK, EMERGENCY, Route

TOPIC = "wait"
CALLBACK_KEY = "1"
_NO_CALLBACK = frozenset({EMERGENCY, CALLBACK})  # one must not wait, the other has been called back already
_LONGEST_MIN = 60  # an expectation beyond an hour is no use to anybody: the place is said alone


@dataclass(frozen=True, slots=True)
class Told:
    """What this caller has heard.  ``at_s``: when the place was said last, epoch seconds, 0 for never;
    ``asked``: the rule of an empty or full group was offered, and is not offered again."""

    at_s: int = 0
    asked: bool = False

    @classmethod
    def read(cls, state: str) -> Told:
        """From a state of this topic; anything else has heard nothing."""
        topic, _, where = state.partition(":")
        at, _, asked = where.partition(".")
        if topic != TOPIC or not (at.isascii() and at.isdecimal()):
            return cls()
        return cls(int(at), asked == "1")

    @property
    def state(self) -> str:
        """As the dialplan carries it."""
        return f"{TOPIC}:{self.at_s}.{int(self.asked)}"

    def due_in(self, now_s: int, every_s: int) -> int:
        """Seconds until the next announcement; 0: now."""
        return max(0, self.at_s + every_s - now_s) if self.at_s else 0

    def said(self, now_s: int) -> Told:
        """The same caller, after an announcement."""
        return replace(self, at_s=now_s)


class Announcements:
    """`groups`: the rules now.  `place`, `expected`: whether they are said.  `round_s`: the longest wait
    between two questions of a waiting caller.  `callback`: whether one may be promised at all."""

    def __init__(
        self,
        *,
        voice: Voice,
        groups: Callable[[], Groups],
        place: bool,
        expected: bool,
        round_s: int,
        callback: bool,
    ) -> None:
        self._voice = voice
        self._groups = groups
        self._place = place
        self._expected = expected
        self._round_s = round_s
        self._callback = callback

    def round(self, call: Question, route: Route, found: Waiting, told: Told, *lead: str) -> Decision:
        """One round of waiting: with an announcement when one is due, after the prompts `lead`."""
        now_s = now_ms() // 1000
        every_s = self._groups().of(route.groups[0]).announce_every_s
        rest_s = told.due_in(now_s, every_s)
        if rest_s and not lead:
            return then.wait(min(self._round_s, rest_s), (), told.state)
        words = [*lead] if told.at_s else [*lead, "all_busy"]
        if self._place:
            words += place_words(found.ahead)
        if self._expected:
            words += expected_words(found.expected_s)
        if self.callback_offered(call):
            words.append("press_for_callback")
        spoken = self._voice.of(call, *(words or ["all_busy"]))
        return then.wait(min(self._round_s, every_s), spoken, told.said(now_s).state)

    def callback_offered(self, call: Question) -> bool:
        """Whether key 1 leaves a callback for this caller now."""
        after_s = self._groups().of(call.groups[0]).callback_after_s if call.groups else None
        if after_s is None or call.origin in _NO_CALLBACK or not self._callback:
            return False
        return now_ms() - call.arrived_ms >= after_s * 1000


def place_words(ahead: int) -> tuple[str, ...]:
    """您前面还有三位来电人。 — or 您是下一位。"""
    if ahead <= 0:
        return ("you_are_next",)
    if ahead > LARGEST:
        return ("ahead_many",)
    return ("ahead_before", *cardinal(ahead, counts=True), "ahead_after")


def expected_words(expected_s: float | None) -> tuple[str, ...]:
    """预计等候两分钟。 — rounded up to whole minutes; nothing where nothing is known."""
    if expected_s is None:
        return ()
    minutes = math.ceil(expected_s / 60)
    if minutes > _LONGEST_MIN:
        return ()
    if minutes <= 1:
        return ("expected_short",)
    return ("expected_before", *cardinal(minutes, counts=True), "expected_after")
