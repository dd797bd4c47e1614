"""Works out one batch of entries: from what is known of its calls to the rows that are to be written.

Pure: no I/O.  Order-free and idempotent: entries may come twice, late, or before their call's opening,
because a journal may be replayed long after other processes went on writing.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from crm import drafts, returning
from crm.entries import (
    CallerEntry,
    CelEntry,
    CloseEntry,
    Entry,
    KeepEntry,
    LegEntry,
    MarkEntry,
    OpenEntry,
    as_json,
    as_row,
)
from crm.projection import COUNTED, Known, copied, differ, project, projected, recount
from crm.returning import KnownCaller, Told
from crm.types import MISSED, SHORT_ABANDON_MS, Origin, Outcome

_HOUR_MS = 3_600_000
CHINA = timezone(timedelta(hours=8))
Row = dict[str, Any]


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
    changed_callers: list[Row] = field(default_factory=list)
    callbacks: list[Row] = field(default_factory=list)
    changed_callbacks: list[Row] = field(default_factory=list)
    closed_callbacks: list[Row] = field(default_factory=list)
    surge_joins: list[Row] = field(default_factory=list)


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


@dataclass(frozen=True, slots=True)
class Before:
    """What the tables hold before the batch.

    `marks`: those that stand of the calls that `marks_needed` names.  `sequence`: the last ticket number
    given on each day of `days_needed`.
    """

    calls: Mapping[str, Known] = field(default_factory=dict)
    marks: Mapping[str, Sequence[MarkEntry]] = field(default_factory=dict)
    sequence: Mapping[str, int] = field(default_factory=dict)


def marks_needed(entries: Iterable[Entry], known: Mapping[str, Known]) -> set[str]:
    """Calls whose earlier marks matter: those opened only now, and those with marks that are counted."""
    return {call_id for call_id in openings(entries) if call_id not in known} | {
        entry.call_id
        for entry in entries
        if isinstance(entry, MarkEntry)
        and entry.kind in COUNTED
        and entry.call_id in known
        and (entry.kind != "answered" or known[entry.call_id].answered_at is not None)
    }


def work_out(entries: Sequence[Entry], before: Before) -> tuple[Rows, dict[str, str], dict[str, Told]]:
    """The rows to write, each opened call's ticket number, and what is told of callers, for `returned`."""
    batch = _Batch(before, openings(entries))
    batch.open_calls()
    for entry in entries:
        batch.take(entry)
    batch.settle()
    return batch.rows, batch.numbers, batch.callers_told


def returned(
    rows: Rows,
    told: Mapping[str, Told],
    known: Mapping[str, KnownCaller],
    missed_before: Mapping[str, Sequence[returning.Missed]],
) -> None:
    """Adds the rows about callers and their callbacks."""
    changes = returning.settle(told, known, missed_before)
    rows.changed_callers = changes.changed_callers
    rows.callbacks = changes.callbacks
    rows.changed_callbacks = changes.changed_callbacks
    rows.closed_callbacks = changes.closed_callbacks


class _Batch:
    """One batch being worked out."""

    def __init__(self, before: Before, opened: Mapping[str, OpenEntry]) -> None:
        self.rows = Rows()
        self.numbers: dict[str, str] = {}
        self.callers_told: dict[str, Told] = {}
        self._before = before
        self._opened = opened
        self._states: dict[str, Known] = {}
        self._counted: dict[str, list[MarkEntry]] = {}
        self._last = dict(before.sequence)
        self._callers: dict[str, tuple[CallerEntry, int]] = {}

    def open_calls(self) -> None:
        for call_id, opening in self._opened.items():
            before = self._before.calls.get(call_id)
            if before is None:
                if opening.caller is not None:
                    self._callers[opening.caller.key] = (opening.caller, opening.arrived_at)
                arrived = MarkEntry(call_id, "arrived", "", opening.arrived_at, None, "{}")
                self.rows.marks.append(as_row(arrived))
                key = opening.caller.key if opening.caller else None
                state = Known(caller_key=key, origin=opening.origin, line=opening.line)
            else:
                state = copied(before)
            if state.ticket_no is None:
                day = day_of(opening.arrived_at)
                self._last[day] = self._last.get(day, 0) + 1
                state.ticket_no = ticket_number(day, self._last[day])
                self.rows.ticket_events.append(drafts.created(state.ticket_no, opening))
            self.numbers[call_id] = state.ticket_no
            self._states[call_id] = state
            if before is None:
                for mark in self._before.marks.get(call_id, ()):
                    self._learn(state, mark)

    def take(self, entry: Entry) -> None:
        if isinstance(entry, KeepEntry):
            self._keep(entry)
            return
        if isinstance(entry, LegEntry):
            self.rows.legs.append(as_row(entry))
            return
        state = self._state(entry.call_id)
        for mark in _marks_of(entry, state):
            self.rows.marks.append(as_row(mark))
            if state is not None:
                self._learn(state, mark)

    def _state(self, call_id: str) -> Known | None:
        """The call's state as it becomes; None for a call that nobody has opened yet."""
        state = self._states.get(call_id)
        if state is None and (before := self._before.calls.get(call_id)) is not None:
            state = self._states[call_id] = copied(before)
        return state

    def _learn(self, state: Known, mark: MarkEntry) -> None:
        """One more mark of a call that is known."""
        project(state, mark)
        if mark.kind in COUNTED:
            self._counted.setdefault(mark.call_id, []).append(mark)
        elif mark.kind == "surge_joined":
            self._join(mark, state.caller_key)
        if state.caller_key is None:
            return
        if mark.kind == "answered":
            self._told(state.caller_key).answers.append((mark.at, mark.seat or ""))
        elif mark.kind == "language" and (language := json.loads(mark.data).get("language")):
            self._told(state.caller_key).languages.append((mark.at, str(language)))

    def _told(self, caller_key: str) -> Told:
        return self.callers_told.setdefault(caller_key, Told())

    def _join(self, mark: MarkEntry, caller_key: str | None) -> None:
        surge = json.loads(mark.data).get("surge")
        if isinstance(surge, int):
            self.rows.surge_joins.append(
                {"surge_id": surge, "call_id": mark.call_id, "caller_key": caller_key, "at": mark.at}
            )

    def _keep(self, entry: KeepEntry) -> None:
        self._callers.setdefault(entry.caller.key, (entry.caller, entry.at))
        self._told(entry.caller.key).needs.append(
            returning.Kept(entry.callback_id, entry.call_id, entry.at, entry.line, entry.queue)
        )

    def settle(self) -> None:
        for call_id, marks in self._counted.items():
            earlier = self._before.marks.get(call_id, ())
            if len(marks) > 1 or earlier or marks[0].kind != "answered":
                recount(self._states[call_id], [*earlier, *marks])
        _settle(self.rows, self._opened, self._states, self._before.calls)
        for call_id, state in self._states.items():
            self._missed(call_id, state)
        self.rows.callers = [
            {**as_row(caller), "first_seen_at": at, "last_seen_at": at}
            for caller, at in self._callers.values()
        ]
        given = self._before.sequence
        self.rows.sequence = [
            {"day": day, "last": count} for day, count in self._last.items() if count != given.get(day)
        ]

    def _missed(self, call_id: str, state: Known) -> None:
        """A call that has just got its outcome, once in its life."""
        before = self._before.calls.get(call_id)
        told_before = before is not None and before.outcome is not None
        if told_before or state.outcome not in MISSED or state.ended_at is None:
            return
        if state.caller_key is not None and state.origin != Origin.SEAT:
            self._told(state.caller_key).needs.append(
                returning.Missed(
                    call_id, state.ended_at, state.line, voicemail=state.outcome == Outcome.VOICEMAIL
                )
            )


def _settle(
    rows: Rows, opened: Mapping[str, OpenEntry], states: Mapping[str, Known], known: Mapping[str, Known]
) -> None:
    for call_id, state in states.items():
        before = known.get(call_id)
        if before is None:
            rows.calls.append(drafts.call(opened[call_id]) | projected(state))
        elif differ(before, state):
            rows.changed_calls.append({"b_call_id": call_id} | projected(state))
        if before is None or before.ticket_no is None:
            if call_id in opened:
                rows.tickets.append(drafts.ticket(opened[call_id], state))
        elif before.language != state.language:
            rows.ticket_languages.append({"b_call_id": call_id, "language": state.language})


def _marks_of(entry: OpenEntry | MarkEntry | CloseEntry | CelEntry, state: Known | None) -> list[MarkEntry]:
    match entry:
        case MarkEntry():
            return [entry]
        case CloseEntry():
            return [_outcome(entry)] if state is None or state.outcome is None else []
        case CelEntry():
            return _cel_marks(entry, state or Known())
        case OpenEntry():
            return []


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
