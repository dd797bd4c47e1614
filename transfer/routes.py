"""Which way an incoming call takes: a pure function of the routing rules, of the caller and of the line.

The rules are data (the first that fits, by position, decides); a change needs no restart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from crm.routing import RuleInfo, choose
from seats import Widen
from transfer.groups import Groups

EMERGENCY = "emergency"
CALLBACK = "callback"
MANDARIN = "zh"
#: Priority bands, 0 first … 9 last.  What each is worth in seconds of waiting is the ACD's (AcdRules).
HANDED_BY_EMERGENCY, FLAGGED, HANDED_OVER, REPEAT, ORDINARY, THROTTLED = 0, 1, 2, 3, 5, 9
_HANDED_OVER = frozenset({"subcenter", "department"})


@dataclass(frozen=True, slots=True)
class Person:
    """What the route needs to know of a caller."""

    flagged: bool = False  # 65+ or disabled
    throttled: bool = False
    unanswered: int = 0  # calls within the last day that nobody answered


@dataclass(frozen=True, slots=True)
class Route:
    """The groups in which a call waits at once, where it waits later on too, and its priority band."""

    groups: tuple[str, ...]
    widen: tuple[Widen, ...]
    priority: int

    def wider(self, more: Sequence[str], language: str) -> Route:
        """In `more` groups as well, at once, and by Mandarin seats too whatever the caller speaks."""
        groups = tuple(dict.fromkeys((*self.groups, *more)))
        mandarin = () if language == MANDARIN else tuple(Widen(0, group, MANDARIN) for group in groups)
        return replace(self, groups=groups, widen=(*mandarin, *self.widen))


@dataclass(frozen=True, slots=True)
class Routes:
    """The rules of the house for incoming calls.

    `interpreter_after_s`: DOMAIN §4.4: a caller who speaks another language than Mandarin is answered by a
    Mandarin seat after so long, who brings an interpreter in.
    """

    general_group: str
    rules: Sequence[RuleInfo] = ()
    groups: Groups = field(default_factory=Groups)
    interpreter_after_s: float = 20.0

    def of(
        self,
        line: str,
        origin: str,
        *,
        region: str = "",
        language: str = MANDARIN,
        chosen: Sequence[str] = (),
        waits_in: Sequence[str] = (),
        person: Person | None = None,
    ) -> Route:
        """The route of a call.  `chosen`: the groups that the menu led to; they count where no rule speaks of
        this call in particular.  `waits_in`: the groups of a call that waits already; it stays there."""
        rule = choose(self.rules, line=line, origin=origin, region=region or None, language=language)
        own = tuple(group for group in chosen if group != self.general_group)
        steps = [] if rule is None else [(step.group, step.after_s) for step in rule.groups]
        if rule is None or (own and _general(rule)):
            steps = [(group, 0) for group in own]
        steps = [step for step in steps if self.groups.known(step[0])]
        now = tuple(waits_in) or tuple(group for group, after_s in steps if after_s <= 0)
        now = tuple(dict.fromkeys(now)) or (self.general_group,)
        later = [Widen(after_s, group) for group, after_s in steps if after_s > 0]
        later += self._overflow(now)
        if language != MANDARIN:
            later += [Widen(self.interpreter_after_s, group, MANDARIN) for group in now]
        return Route(now, tuple(later), band(origin, rule.priority if rule else ORDINARY, person or Person()))

    def _overflow(self, groups: Sequence[str]) -> list[Widen]:
        found = []
        for group in groups:
            rule = self.groups.of(group)
            if (
                rule.overflow_group
                and rule.overflow_after_s is not None
                and rule.overflow_group not in groups
            ):
                found.append(Widen(rule.overflow_after_s, rule.overflow_group))
        return found


def _general(rule: RuleInfo) -> bool:
    """It fits every call, so what the caller has chosen by key says more."""
    return rule.line is None and rule.origin is None and rule.region is None and rule.language is None


def band(origin: str, ordinary: int, person: Person) -> int:
    """The priority band of a call: the best that anything about it gives.

    DOMAIN §4.6: what 110/119/120/122 hand over stands first, and nothing holds it back; §3: a harassing
    number is throttled for a time, whatever else is true of it.
    """
    if origin == EMERGENCY:
        return HANDED_BY_EMERGENCY
    if person.throttled:
        return THROTTLED
    bands = [ordinary]
    if person.flagged:
        bands.append(FLAGGED)
    if origin in _HANDED_OVER:
        bands.append(HANDED_OVER)
    if person.unanswered:
        bands.append(REPEAT)
    return min(bands)
