"""The menus of one file, after reading: what each says, and where each leads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ivr.hours import Hours

AGAIN = "again"
"""The target of a key that plays its own menu once more; it uses up a try, so it cannot go on for ever."""


@dataclass(frozen=True, slots=True)
class AskMenu:
    """Plays its prompts and takes one key, which cuts them short.

    Nothing pressed in `timeout_s` seconds after the prompts → `nothing`.  A key that is not in `keys` → the
    `invalid` prompts (the menu's own when there are none), asked again; after `tries` askings → `next`.
    """

    name: str
    prompts: tuple[str, ...]
    keys: Mapping[str, str]
    timeout_s: float
    nothing: str
    invalid: tuple[str, ...]
    tries: int
    next: str

    def targets(self) -> tuple[tuple[str, str], ...]:
        named = [(f"keys.{key}", target) for key, target in self.keys.items() if target != AGAIN]
        return (*named, ("nothing", self.nothing), ("next", self.next))


@dataclass(frozen=True, slots=True)
class SayMenu:
    """Plays its prompts and goes on."""

    name: str
    prompts: tuple[str, ...]
    next: str

    def targets(self) -> tuple[tuple[str, str], ...]:
        return (("next", self.next),)


@dataclass(frozen=True, slots=True)
class HoursMenu:
    """Says nothing: goes on by whether the named office was open when the caller came."""

    name: str
    hours: str
    next: str
    closed: str

    def targets(self) -> tuple[tuple[str, str], ...]:
        return (("next", self.next), ("closed", self.closed))


@dataclass(frozen=True, slots=True)
class PersonMenu:
    """The end that is wanted: the caller goes to a person of these groups, in this language."""

    name: str
    groups: tuple[str, ...]
    language: str

    def targets(self) -> tuple[tuple[str, str], ...]:
        return ()


@dataclass(frozen=True, slots=True)
class EndMenu:
    """A notice and a hang-up.  `reason` goes into the ledger."""

    name: str
    prompts: tuple[str, ...]
    reason: str

    def targets(self) -> tuple[tuple[str, str], ...]:
        return ()


Menu = AskMenu | SayMenu | HoursMenu | PersonMenu | EndMenu


@dataclass(frozen=True, slots=True)
class Menus:
    """All menus of one file.  `entries` are where a call may start; `fallback` names a person's menu, for the
    caller whose state cannot be read (the file changed while the call was in it)."""

    file: str
    entries: tuple[str, ...]
    fallback: str
    menus: Mapping[str, Menu]
    hours: Mapping[str, Hours] = field(default_factory=dict)

    def hours_in_order(self) -> tuple[str, ...]:
        """The order in which open hours are written into a state."""
        return tuple(sorted(self.hours))
