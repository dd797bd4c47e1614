"""A call's state as its marks tell it: the columns of the ledger that can be worked out anew from the marks.

Pure.  The same marks in any order, and told twice, end in the same state.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

from crm.entries import MarkEntry


@dataclass(slots=True)
class Known:
    """What the ledger holds of one call; changed in place, because every mark of every call passes here."""

    ticket_no: str | None = None
    language: str | None = None
    offered_at: int | None = None
    answered_at: int | None = None
    seat: str | None = None
    recording: str | None = None
    ended_at: int | None = None
    outcome: str | None = None
    cause: int | None = None
    skill_group: str | None = None
    group_rank: int | None = None
    hold_ms: int | None = None
    held_since: int | None = None
    grade: int | None = None
    caller_key: str | None = None
    origin: str = ""
    line: str = ""


PROJECTED = (
    "language",
    "offered_at",
    "answered_at",
    "seat",
    "recording",
    "ended_at",
    "outcome",
    "cause",
    "skill_group",
    "group_rank",
    "hold_ms",
    "held_since",
    "grade",
)
GIVEN = ("caller_key", "origin", "line")
"""What the opening says, and nothing changes."""
COUNTED = frozenset({"hold", "resume", "answered"})
"""Marks that are counted all together, by `recount`."""


_PROJECTED = attrgetter(*PROJECTED)
_ALL = attrgetter(*(field.name for field in fields(Known)))


def projected(state: Known) -> dict[str, Any]:
    """The columns that the marks tell."""
    return dict(zip(PROJECTED, _PROJECTED(state), strict=True))


def differ(one: Known, other: Known) -> bool:
    return bool(_PROJECTED(one) != _PROJECTED(other))


def copied(state: Known) -> Known:
    return Known(*_ALL(state))


def project(state: Known, mark: MarkEntry) -> None:
    """Takes one more mark into the state; holds, and a second answer, go by `recount`."""
    match mark.kind:
        case "offered":
            state.offered_at = _first(state.offered_at, mark.at)
            _group(state, mark, -mark.at)
        case "moved":
            _group(state, mark, mark.at)
        case "answered":
            if mark.seat and (state.seat is None or state.answered_at is None or mark.at > state.answered_at):
                state.seat = mark.seat
            state.answered_at = _first(state.answered_at, mark.at)
        case "language":
            if language := json.loads(mark.data).get("language"):
                state.language = str(language)
        case "recording":
            state.recording = mark.data
        case "survey":
            grade = json.loads(mark.data).get("grade")
            state.grade = grade if grade in (1, 2, 3, 4, 5) else state.grade
        case "outcome" if state.outcome is None:
            told = json.loads(mark.data)
            state.outcome = told["outcome"]
            state.ended_at = mark.at
            state.cause = told["cause"]
            state.seat = state.seat or mark.seat
            state.recording = told["recording"] or state.recording


def _first(one: int | None, other: int) -> int:
    return other if one is None else min(one, other)


def _group(state: Known, mark: MarkEntry, rank: int) -> None:
    """The group a call counts for: where it was moved to last, else where it was offered first.

    As one number, the greater wins: a move by its moment, an offer by its moment with a minus; of one moment,
    the greater name, so that the order of telling never decides."""
    if state.group_rank is not None and rank < state.group_rank:
        return
    groups: Any = json.loads(mark.data).get("groups")
    if isinstance(groups, list) and groups:
        named = (rank, str(groups[0]))
        if state.group_rank is None or named > (state.group_rank, state.skill_group or ""):
            state.group_rank, state.skill_group = named


def recount(state: Known, marks: Iterable[MarkEntry]) -> None:
    """Takes in what only all its marks together tell: the holds, and which seat answered last.

    `marks`: all of the kinds `COUNTED`; of those told twice, the first counts."""
    told: dict[tuple[str, str], MarkEntry] = {}
    for mark in marks:
        told.setdefault((mark.kind, mark.key), mark)
    total, since, held = 0, None, False
    for mark in sorted(told.values(), key=lambda one: (one.at, one.kind, one.key)):
        if mark.kind == "answered":
            state.seat = mark.seat or state.seat
        elif mark.kind == "hold":
            since, held = mark.at if since is None else since, True
        elif mark.kind == "resume" and since is not None:
            total, since = total + mark.at - since, None
    if held:
        state.hold_ms, state.held_since = total, since
