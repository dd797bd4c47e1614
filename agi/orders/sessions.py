"""Which shift leaders listen to whose talk, by the id of the leader's leg; rebuilt from a snapshot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ami_bridge import LiveChannel

#: A leader's leg is no call: agi/legs.py's `is_call_of` does not know ids that begin so.
SIDE = "side-spy-"


@dataclass(frozen=True, slots=True)
class Session:
    """What a leader's leg listens to."""

    call_id: str
    seat: str

    @property
    def word(self) -> str:
        """As the leg's variable HL_SPIED says it."""
        return f"{self.seat}@{self.call_id}"


class Sessions:
    """The owner's memory of its node's leaders."""

    def __init__(self) -> None:
        self._known: dict[str, Session] = {}

    def note(self, leg: str, session: Session) -> Session | None:
        """The leg listens to this now; what it listened to before."""
        before = self._known.get(leg)
        self._known[leg] = session
        return before

    def ended(self, leg: str) -> Session | None:
        """The leg is gone; what it listened to."""
        return self._known.pop(leg, None)

    def replace(self, channels: Iterable[LiveChannel]) -> None:
        """A snapshot's word."""
        self._known = {}
        for each in channels:
            seat, _, call_id = each.variables.get("HL_SPIED", "").partition("@")
            if each.uniqueid.startswith(SIDE) and call_id:
                self._known[each.uniqueid] = Session(call_id, seat)
