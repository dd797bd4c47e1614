"""Works out one batch of entries: from what is known of its calls to the rows that are to be written.

Pure: no I/O.  Order-free and idempotent: entries may come twice, late, or before their call's opening,
because a journal may be replayed long after other processes went on writing.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from crm.entries import (
    CallerEntry,
    CelEntry,
    CloseEntry,
    Entry,
    LegEntry,
    MarkEntry,
    OpenEntry,
    as_json,
    as_row,
)
from crm.types import SHORT_ABANDON_MS, Outcome

_HOUR_MS = 3_600_000
CHINA = timezone(timedelta(hours=8))
Row = dict[str, Any]


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


@dataclass(slots=True)
class Rows:
    """Rows by table; `changed_calls` updates the projected columns of calls that were already there."""

    calls: list[Row] = field(default_factory=list)
    changed_calls: list[Row] = field(default_factory=list)
    callers: list[Row] = field(default_factory=list)
    tickets: list[Row] = field(default_factory=list)
    ticket_events: list[Row] = field(default_factory=list)
    ticket_languages: list[Row] = field(default_factory=list)
    marks: list[Row] = field(default_factory=list)
    legs: list[Row] = field(default_factory=list)
    sequence: list[Row] = field(default_factory=list)


def day_of(at: int) -> str:
    """The ticket number's first eight digits: the day in China."""
    return _day(at // _HOUR_MS)


@lru_cache(maxsize=64)
def _day(hour: int) -> str:
    at = hour * _HOUR_MS
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(CHINA).strftime("%Y%m%d")


def ticket_number(day: str, count: int) -> str:
    return f"{day}{count:06d}"


def openings(entries: Iterable[Entry]) -> dict[str, OpenEntry]:
    """The first opening of each call in the batch."""
    found: dict[str, OpenEntry] = {}
    for entry in entries:
        if isinstance(entry, OpenEntry):
            found.setdefault(entry.call_id, entry)
        elif isinstance(entry, CelEntry):
            found.setdefault(entry.call_id, entry.opening)
    return found


def days_needed(entries: Sequence[Entry], known: Mapping[str, Known]) -> Counter[str]:
    """How many ticket numbers of which day the batch takes."""
    return Counter(
        day_of(opening.arrived_at)
        for call_id, opening in openings(entries).items()
        if call_id not in known or known[call_id].ticket_no is None
    )


def work_out(
    entries: Sequence[Entry],
    known: Mapping[str, Known],
    earlier_marks: Mapping[str, Sequence[MarkEntry]],
    sequence: Mapping[str, int],
) -> tuple[Rows, dict[str, str]]:
    """The rows to write, and each opened call's ticket number.

    `earlier_marks`: marks that stand in the database of calls that are opened only now.
    `sequence`: the last number given on each day of `days_needed`.
    """
    rows = Rows()
    opened = openings(entries)
    states: dict[str, Known] = {}
    last = dict(sequence)
    numbers: dict[str, str] = {}
    callers: dict[str, tuple[CallerEntry, int]] = {}
    for call_id, opening in opened.items():
        state = known.get(call_id, Known())
        if call_id not in known:
            if opening.caller is not None:
                callers[opening.caller.key] = (opening.caller, opening.arrived_at)
            rows.marks.append(as_row(MarkEntry(call_id, "arrived", "", opening.arrived_at, None, "{}")))
            for mark in earlier_marks.get(call_id, ()):
                state = project(state, mark)
        if state.ticket_no is None:
            day = day_of(opening.arrived_at)
            last[day] = last.get(day, 0) + 1
            state = replace(state, ticket_no=ticket_number(day, last[day]))
            rows.ticket_events.append(_created(state.ticket_no or "", opening))
        numbers[call_id] = state.ticket_no or ""
        states[call_id] = state

    for entry in entries:
        state = states.get(entry.call_id) or known.get(entry.call_id)  # type: ignore[assignment]
        told, leg = _marks_of(entry, state)
        rows.marks.extend(map(as_row, told))
        if leg is not None:
            rows.legs.append(as_row(leg))
        if state is not None and told:
            for mark in told:
                state = project(state, mark)
            states[entry.call_id] = state

    _settle(rows, opened, states, known)
    rows.callers = [
        {**as_row(caller), "first_seen_at": at, "last_seen_at": at} for caller, at in callers.values()
    ]
    rows.sequence = [{"day": day, "last": count} for day, count in last.items() if count != sequence.get(day)]
    return rows, numbers


def _settle(
    rows: Rows, opened: Mapping[str, OpenEntry], states: Mapping[str, Known], known: Mapping[str, Known]
) -> None:
    for call_id, state in states.items():
        before = known.get(call_id)
        projected = {name: getattr(state, name) for name in PROJECTED}
        if before is None:
            rows.calls.append(_call(opened[call_id]) | projected)
        elif any(getattr(before, name) != projected[name] for name in PROJECTED):
            rows.changed_calls.append({"b_call_id": call_id} | projected)
        if before is None or before.ticket_no is None:
            if call_id in opened:
                rows.tickets.append(_ticket(opened[call_id], state))
        elif before.language != state.language:
            rows.ticket_languages.append({"b_call_id": call_id, "language": state.language})


def project(state: Known, mark: MarkEntry) -> Known:
    """A call's state after one more mark.  The same marks in any order end in the same state."""
    match mark.kind:
        case "offered":
            return replace(state, offered_at=_first(state.offered_at, mark.at))
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


def _marks_of(entry: Entry, state: Known | None) -> tuple[list[MarkEntry], LegEntry | None]:
    match entry:
        case MarkEntry():
            return [entry], None
        case LegEntry():
            return [], entry
        case CloseEntry():
            return [_outcome(entry)] if state is None or state.outcome is None else [], None
        case CelEntry():
            return _cel_marks(entry, state or Known()), None
        case OpenEntry():
            return [], None


def _outcome(close: CloseEntry) -> MarkEntry:
    data = as_json({"outcome": close.outcome, "cause": close.cause, "recording": close.recording})
    return MarkEntry(close.call_id, "outcome", "", close.ended_at, close.seat, data)


def _cel_marks(cel: CelEntry, state: Known) -> list[MarkEntry]:
    marks: list[MarkEntry] = []
    if cel.answered_at is not None and state.answered_at is None:
        marks.append(MarkEntry(cel.call_id, "answered", "cel", cel.answered_at, cel.seat, "{}"))
    if cel.ended_at is not None and state.outcome is None:
        close = CloseEntry(
            cel.call_id, explain(cel, state).value, cel.ended_at, cel.cause, cel.seat, state.recording
        )
        marks.append(_outcome(close))
    return marks


def explain(cel: CelEntry, state: Known) -> Outcome:
    """The outcome of a call that nobody closed, from Asterisk's records and its own marks."""
    answered = cel.answered_at is not None or state.answered_at is not None
    if cel.via_plain:
        return Outcome.ANSWERED_PLAIN if answered else Outcome.ABANDONED_PLAIN
    if answered:
        return Outcome.ANSWERED
    if state.offered_at is None:
        return Outcome.ABANDONED_GREETING
    waited = (cel.ended_at or 0) - state.offered_at
    return Outcome.ABANDONED_SHORT if waited < SHORT_ABANDON_MS else Outcome.ABANDONED_QUEUE


def _call(opening: OpenEntry) -> Row:
    row = {name: getattr(opening, name) for name in OpenEntry.__slots__ if name != "caller"}
    return row | {"caller_key": opening.caller.key if opening.caller else None}


def _ticket(opening: OpenEntry, state: Known) -> Row:
    return {
        "no": state.ticket_no,
        "call_id": opening.call_id,
        "state": "draft",
        "source": "phone",
        "caller_key": opening.caller.key if opening.caller else None,
        "caller_masked": opening.caller_masked,
        "caller_name": None,
        "place": opening.place,
        "region_code": None,
        "address": "",
        "field": None,
        "kind": None,
        "title": "",
        "content": "",
        "urgent": False,
        "confidential": False,
        "language": state.language,
        "line": opening.line,
        "line_name": opening.line_name,
        "department": opening.department,
        "created_at": opening.arrived_at,
        "created_by": "system",
        "registered_at": None,
        "version": 1,
    }


def _created(ticket_no: str, opening: OpenEntry) -> Row:
    data = as_json({"call_id": opening.call_id, "source": opening.source})
    return {
        "ticket_no": ticket_no,
        "at": opening.arrived_at,
        "actor": "system",
        "kind": "created",
        "data": data,
    }
