"""The measures counted one by one from marks and seat changes, without the projected columns.

Pure, slow and plain: what the reports are checked against (`recount` reads what it needs).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from crm.measures.figures import (
    CALL_SUMS,
    IN_TIME_MS,
    LONGEST_CALL_MS,
    LONGEST_STATE_MS,
    SEAT_SUMS,
    CallFigures,
    SeatFigures,
)
from crm.models import Call, CallMark, NotReadyReason, SeatLog
from crm.paging import from_json
from crm.seat_log import SeatChange, event_id, ordinal
from crm.store import Store
from crm.types import Mark

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Told:
    """One call as it was told: how it came, and its marks."""

    call_id: str
    origin: str
    line: str
    arrived_at: int
    marks: tuple[Mark, ...]

    def of(self, *kinds: str) -> list[Mark]:
        """The marks of these kinds, in order."""
        found = [mark for mark in self.marks if mark.kind in kinds]
        return sorted(found, key=lambda mark: (mark.at, mark.kind, mark.key))


@dataclass(frozen=True, slots=True)
class Events:
    """What `load` read: calls with their marks, the seats' changes, and which reasons are productive."""

    calls: tuple[Told, ...]
    changes: tuple[SeatChange, ...]
    productive: frozenset[str]


async def load(store: Store, since: int, until: int) -> Events:
    """Everything that may matter for [since, until), epoch ms.  For tests and checks: it reads whole rows."""
    span = (Call.arrived_at >= since - LONGEST_CALL_MS, Call.arrived_at < until)
    marks: dict[str, list[Mark]] = {}
    async with store.read() as connection:
        told = await connection.execute(
            select(CallMark.call_id, CallMark.kind, CallMark.at, CallMark.seat, CallMark.key, CallMark.data)
            .join_from(Call, CallMark, CallMark.call_id == Call.call_id)
            .where(*span)
        )
        for row in told:
            marks.setdefault(row[0], []).append(Mark(*row[:5], from_json(row[5])))
        heads = await connection.execute(
            select(Call.call_id, Call.origin, Call.line, Call.arrived_at).where(*span)
        )
        calls = tuple(Told(*row, tuple(marks.get(row[0], ()))) for row in heads)
        log = await connection.execute(
            select(SeatLog.__table__)
            .where(SeatLog.at >= since - LONGEST_STATE_MS, SeatLog.at < until + LONGEST_CALL_MS)
            .order_by(SeatLog.ordinal)
        )
        changes = tuple(SeatChange(event_id(row[0]), *row[1:]) for row in log)
        productive = frozenset(
            await connection.scalars(select(NotReadyReason.code).where(NotReadyReason.productive))
        )
    return Events(calls, changes, productive)


# ---- calls


def calls(
    events: Events,
    since: int,
    until: int,
    *,
    by: str | None = None,
    bucket_ms: int | None = None,
    in_time_ms: int = IN_TIME_MS,
) -> list[CallFigures]:
    """As `from_ledger.calls`."""
    wrapped = _wrap_ups(events.changes, since, until)
    sums: dict[Place, dict[str, int]] = {}
    for call in events.calls:
        if since <= call.arrived_at < until:
            key = {"group": _group(call), "line": call.line}.get(by or "", "")
            start = since if bucket_ms is None else call.arrived_at // bucket_ms * bucket_ms
            figures = sums.setdefault((key, start), dict.fromkeys(CALL_SUMS, 0))
            for name, amount in _facts(call, in_time_ms).items():
                if name in figures:
                    figures[name] += amount
            figures["wrap_up_ms"] += wrapped.get(call.call_id, 0)
    return [CallFigures(place[0], place[1], **sums[place]) for place in sorted(sums)]


def _group(call: Told) -> str:
    """Where the call was moved to last, else where it was offered first; of one moment, the greater name."""
    moved = [(mark.at, str(mark.data["groups"][0])) for mark in call.of("moved") if mark.data.get("groups")]
    if moved:
        return max(moved)[1]
    offered = [
        (-mark.at, str(mark.data["groups"][0])) for mark in call.of("offered") if mark.data.get("groups")
    ]
    return max(offered)[1] if offered else ""


def _facts(call: Told, in_time_ms: int) -> Mapping[str, int]:
    offered, answers, ends = call.of("offered"), call.of("answered"), call.of("outcome")
    outcome = str(ends[0].data["outcome"]) if ends else ""
    # A seat that picks up in the very moment in which the caller hangs up has answered: counted once.
    facts = {"arrived": 1, outcome: int(not (answers and outcome.startswith("abandoned")))}
    if call.origin in ("subcenter", "department", "emergency"):
        facts["transferred_in"] = 1
    if offered or answers or outcome == "abandoned_plain":
        facts["offered"] = 1
    if answers:
        waited = max(0, answers[0].at - (offered[0].at if offered else answers[0].at))
        facts |= {"answered": 1, "answer_ms": waited, "in_time": int(waited <= in_time_ms)}
        if ends:
            held = sum(till - at for _, at, till in _holds(call, ends[0].at))
            facts |= {"talked": 1, "hold_ms": held}
            partings = [mark.at for mark in call.of("parted")]
            till = min(ends[0].at, max(partings, default=ends[0].at))
            facts["talk_ms"] = max(0, till - answers[0].at - held)
    for survey in call.of("survey"):
        facts[f"grade_{survey.data.get('grade')}"] = 1
    facts["answered"] = int(bool(answers))  # the outcome of that name is another thing
    return facts


def _holds(call: Told, end: int) -> list[tuple[str | None, int, int]]:
    """(seat, from, till) of each hold: until the next mark of a hold, or until `end`."""
    marks = call.of("hold", "resume")
    tills = [mark.at for mark in marks[1:]] + [end]
    return [
        (mark.seat, mark.at, max(mark.at, till))
        for mark, till in zip(marks, tills, strict=False)
        if mark.kind == "hold"
    ]


def _wrap_ups(changes: Iterable[SeatChange], since: int, until: int) -> dict[str, int]:
    """Finished wrap-ups in ms by call; the change before names the call where the wrap-up itself does not."""
    found: dict[str, int] = {}
    for run in _runs(changes).values():
        inside = [change for change in run if since <= change.at < until + LONGEST_CALL_MS]
        for i, change in enumerate(inside[:-1]):
            named = change.call_id or (inside[i - 1].call_id if i else None)
            if change.state == "wrap_up" and named:
                found[named] = found.get(named, 0) + max(0, inside[i + 1].at - change.at)
    return found


def _runs(changes: Iterable[SeatChange]) -> dict[str, list[SeatChange]]:
    found: dict[str, list[SeatChange]] = {}
    for change in sorted(changes, key=lambda one: ordinal(one.event_id)):
        found.setdefault(change.seat, []).append(change)
    return found


# ---- seats


def seats(
    events: Events, since: int, until: int, *, now: int, bucket_ms: int | None = None
) -> list[SeatFigures]:
    """As `from_ledger.seats`."""
    end = min(until, now)
    sums: dict[Place, dict[str, int]] = {}

    def add(seat: str, start: int, name: str, amount: int) -> None:
        if amount:
            sums.setdefault((seat, start), dict.fromkeys(SEAT_SUMS, 0))[name] += amount

    for seat, name, at, till in [*_states(events, since, end), *_held(events, end)]:
        for start, length in _slices(max(at, since), min(till, end), since, bucket_ms):
            add(seat, start, name, length)
    for (seat, start, name), rung in _rings(events.calls, since, until, bucket_ms).items():
        add(seat, start, name, len(rung))
    return [SeatFigures(place[0], place[1], **sums[place]) for place in sorted(sums)]


def _states(events: Events, since: int, end: int) -> Iterable[tuple[str, str, int, int]]:
    names = {"ready": "ready_ms", "reserved": "ringing_ms", "ringing": "ringing_ms",
             "talking": "talking_ms", "wrap_up": "wrap_up_ms"}  # fmt: skip
    for seat, run in _runs(events.changes).items():
        inside = [change for change in run if since - LONGEST_STATE_MS <= change.at < end]
        for i, change in enumerate(inside):
            if change.state != "signed_out":
                till = inside[i + 1].at if i + 1 < len(inside) else end
                not_ready = "productive_ms" if change.reason in events.productive else "unproductive_ms"
                yield seat, names.get(change.state, not_ready), change.at, till


def _held(events: Events, end: int) -> Iterable[tuple[str, str, int, int]]:
    for call in events.calls:
        if call.arrived_at < end:
            ends = call.of("outcome")
            for seat, at, till in _holds(call, ends[0].at if ends else end):
                if seat is not None:
                    yield seat, "held_ms", at, till


def _slices(at: int, till: int, since: int, bucket_ms: int | None) -> Iterable[tuple[int, int]]:
    """(bucket, ms) of a span."""
    if bucket_ms is None:
        if till > at:
            yield since, till - at
        return
    while at < till:
        start = at // bucket_ms * bucket_ms
        upto = min(till, start + bucket_ms)
        yield start, upto - at
        at = upto


def _rings(
    calls: Sequence[Told], since: int, until: int, bucket_ms: int | None
) -> dict[tuple[str, int, str], set[str]]:
    names = {"ringing": "rung", "answered": "answered", "no_answer": "not_answered"}
    found: dict[tuple[str, int, str], set[str]] = {}
    for call in calls:
        for mark in call.of(*names):
            if mark.seat is not None and since <= mark.at < until:
                start = since if bucket_ms is None else mark.at // bucket_ms * bucket_ms
                found.setdefault((mark.seat, start, names[mark.kind]), set()).add(call.call_id)
    return found
