"""What the interpreter asks of the telephone, and what the telephone answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Context:
    """What the interpreter may know of the call.  `now` carries its zone: opening hours are read once, when
    the call starts, and travel in the state, so a caller who came in time is served as one."""

    now: datetime


@dataclass(frozen=True, slots=True)
class Ask:
    """Play `prompts` (catalogue names), take one key within `timeout_s` seconds of the last one."""

    prompts: tuple[str, ...]
    timeout_s: float
    state: str


@dataclass(frozen=True, slots=True)
class Say:
    """Play `prompts` to the end, then resume with Said()."""

    prompts: tuple[str, ...]
    state: str


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Give the caller to a person."""

    groups: tuple[str, ...]
    language: str


@dataclass(frozen=True, slots=True)
class Hangup:
    """Play `prompts`, then hang up; `reason` is for the ledger."""

    prompts: tuple[str, ...]
    reason: str


Step = Ask | Say | Enqueue | Hangup


@dataclass(frozen=True, slots=True)
class Key:
    """The caller pressed one of 0–9, * and #."""

    digit: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """The time for a key ran out."""


@dataclass(frozen=True, slots=True)
class Said:
    """The prompts were played."""


Result = Key | Nothing | Said
