"""A call's state as its marks tell it: the columns of the ledger that can be worked out anew from the marks.

Pure.  The same marks in any order, and told twice, end in the same state.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from crm.entries import MarkEntry


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger already holds of one call."""

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


def project(state: Known, mark: MarkEntry) -> Known:
    """A call's state after one more mark; holds, and a second answer, go by `recount`."""
    match mark.kind:
        case "offered":
            first = _first(state.offered_at, mark.at)
            return _grouped(replace(state, offered_at=first), mark, -mark.at)
        case "moved":
            return _grouped(state, mark, mark.at)
        case "answered":
            later = state.seat is None or state.answered_at is None or mark.at > state.answered_at
            return replace(
                state,
                answered_at=_first(state.answered_at, mark.at),
                seat=mark.seat if mark.seat and later else state.seat,
            )
        case "language":
            language = json.loads(mark.data).get("language")
            return replace(state, language=str(language)) if language else state
        case "recording":
            return replace(state, recording=mark.data)
        case "survey":
            grade = json.loads(mark.data).get("grade")
            return replace(state, grade=grade) if grade in (1, 2, 3, 4, 5) else state
        case "outcome" if state.outcome is None:
            told = json.loads(mark.data)
            return replace(
                state,
                outcome=told["outcome"],
                ended_at=mark.at,
                cause=told["cause"],
                seat=state.seat or mark.seat,
                recording=told["recording"] or state.recording,
            )
    return state


def _first(one: int | None, other: int) -> int:
    return other if one is None else min(one, other)


def _grouped(state: Known, mark: MarkEntry, rank: int) -> Known:
    """The group a call counts for: where it was moved to last, else where it was offered first.

    As one number, the greater wins: a move by its moment, an offer by its moment with a minus."""
    if state.group_rank is not None and rank <= state.group_rank:
        return state
    groups: Any = json.loads(mark.data).get("groups")
    if not isinstance(groups, list) or not groups:
        return state
    return replace(state, skill_group=str(groups[0]), group_rank=rank)


def recount(state: Known, marks: Iterable[MarkEntry]) -> Known:
    """The state with what only all its marks together tell: the holds, and which seat answered last.

    `marks`: all of the kinds `COUNTED`; of those told twice, the first counts."""
    told: dict[tuple[str, str], MarkEntry] = {}
    for mark in marks:
        told.setdefault((mark.kind, mark.key), mark)
    in_order = sorted(told.values(), key=lambda one: (one.at, one.kind, one.key))
    for mark in in_order:
        if mark.kind == "answered" and mark.seat:
            state = replace(state, seat=mark.seat)
    if not any(mark.kind == "hold" for mark in in_order):
        return state
    total, since = 0, None
    for mark in in_order:
        if mark.kind == "hold":
            since = mark.at if since is None else since
        elif mark.kind == "resume" and since is not None:
            total, since = total + mark.at - since, None
    return replace(state, hold_ms=total, held_since=since)
