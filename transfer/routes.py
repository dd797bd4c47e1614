"""Which way an incoming call takes, by where it comes from and which line was dialled."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Route:
    """The way of one call: its menu (None: straight to a person), its skill groups, its priority band.

    ``priority`` is 0 (first) to 9 (last).
    """

    menu: str | None
    groups: tuple[str, ...]
    priority: int


class Routes:
    """The rules of the house for incoming calls."""

    def __init__(self, *, menu: str, general_group: str, ordinary_priority: int = 5) -> None:
        self._ordinary = Route(menu, (general_group,), ordinary_priority)
        # DOMAIN §4.6: what 110/119/120/122 hand over hears no greeting and stands first in the queue.
        self._emergency = Route(None, (general_group,), 0)
        # A sub-centre or a department hands over a caller who has been greeted already.
        self._handed_over = Route(None, (general_group,), max(0, ordinary_priority - 2))

    def of(self, origin: str, line: str) -> Route:
        """The route of a call from a trunk of kind ``origin`` to the dialled ``line``.

        Every line of the annex leads to the general group until the ACD knows groups of their own for them.
        """
        if origin == "emergency":
            return self._emergency
        if origin in ("subcenter", "department"):
            return self._handed_over
        return self._ordinary
