"""What is known of the caller, read once a call, within a time limit; nobody waits for a slow database."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from agi.decision import Question
from crm import NumberKind, Store, normalise, profile
from transfer.routes import Person

_KEPT = 4096  # calls; beyond the live calls of a node by far
_STRAIGHT_TO_A_PERSON = frozenset({"elder", "disabled"})  # DOMAIN §4.2


@dataclass(frozen=True, slots=True)
class Caller:
    """An unknown caller is an empty one, and so is every caller while the database is away."""

    person: Person = field(default_factory=Person)
    blocked: bool = False
    language: str | None = None  # spoken in the last call
    last_seat: str | None = None
    region: str = ""  # county code
    flags: tuple[str, ...] = ()


class Profiles:
    """Reads a caller's profile as the call arrives, and remembers it for the call's later questions."""

    def __init__(self, store: Store, *, area_code: str, limit_s: float = 0.15) -> None:
        self._store = store
        self._area_code = area_code
        self._limit_s = limit_s
        self._callers: OrderedDict[str, Caller] = OrderedDict()
        self.late = 0

    async def of(self, call: Question) -> Caller:
        """The caller of this call; never raises."""
        known = self._callers.get(call.call_id)
        if known is not None:
            return known
        number = normalise(call.caller, self._area_code)
        key = None if number.kind is NumberKind.UNKNOWN else self._store.vault.lookup(number.lookup)
        found = await profile.read(self._store, key, timeout_s=self._limit_s)
        self.late += not found.timely
        caller = self._callers[call.call_id] = Caller(
            person=Person(
                flagged=not _STRAIGHT_TO_A_PERSON.isdisjoint(found.flags),
                throttled=found.restriction == "throttle",
                unanswered=found.missed_24h,
            ),
            blocked=found.restriction == "block",
            language=found.language,
            last_seat=found.last_seat,
            flags=found.flags,
        )
        if len(self._callers) > _KEPT:
            self._callers.popitem(last=False)
        return caller
