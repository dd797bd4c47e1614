"""Days of a hotline, drawn by hypothesis: entries for the ledger, changes for the seats' log."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from crm.entries import CloseEntry, Entry, MarkEntry, OpenEntry, as_json
from crm.seat_log import SeatChange
from crm.types import Outcome

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
SEATS = ("1001", "1002", "1003")
GROUPS = ("general", "line-12333", "line-12345")
LINES = ("12345", "12333", "8820813")
STATES = ("ready", "not_ready", "reserved", "ringing", "talking", "wrap_up", "signed_out")
REASONS = ("", "break", "training", "meeting", "no_answer", "of nobody's list")
_MISSED = (
    Outcome.ABANDONED_GREETING,
    Outcome.ABANDONED_QUEUE,
    Outcome.ABANDONED_SHORT,
    Outcome.ABANDONED_PLAIN,
    Outcome.VOICEMAIL,
    Outcome.CALLBACK_KEPT,
    Outcome.SURGE,
    Outcome.NOTICE,
    Outcome.FAILED,
)


@dataclass(frozen=True)
class Day:
    """`entries` in the order they are written, cut into `batches`."""

    batches: tuple[tuple[Entry, ...], ...]
    changes: tuple[SeatChange, ...]


def opening(call_id: str, at: int, *, line: str = "12345", origin: str = "carrier") -> OpenEntry:
    return OpenEntry(call_id, "node1", origin, line, "", "", None, "未知号码", None, None, "", at, "journey")


@st.composite
def days(draw: st.DrawFn, start: int) -> Day:
    """A day from `start` (epoch ms), with calls and changes before and after it."""
    entries: list[Entry] = []
    for number in range(draw(st.integers(0, 8))):
        entries += draw(_call(f"{start}.{number}", start))
    changes = draw(_changes(start))
    order = draw(st.permutations(entries))
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), max_size=3)))
    edges = [0, *cuts, len(order)]
    batches = tuple(tuple(order[a:b]) for a, b in itertools.pairwise(edges) if b > a)
    again = tuple(draw(st.lists(st.sampled_from(order), max_size=5))) if order else ()
    return Day((*batches, again) if again else batches, changes)


@st.composite
def _call(draw: st.DrawFn, call_id: str, start: int) -> list[Entry]:
    at = start + draw(st.integers(-11 * HOUR, 26 * HOUR))
    told: list[Entry] = [
        opening(
            call_id, at, line=draw(st.sampled_from(LINES)),
            origin=draw(st.sampled_from(("carrier", "emergency", "subcenter", "department", "seat"))),
        )
    ]  # fmt: skip
    step = st.integers(0, 40 * MINUTE) | st.integers(0, 20_000)

    def later() -> int:
        nonlocal at
        at += draw(step)
        return at

    def mark(kind: str, key: int, seat: str | None = None, **data: Any) -> None:
        told.append(MarkEntry(call_id, kind, str(key), later(), seat, as_json(data)))

    if draw(st.booleans()):
        mark("offered", 0, groups=draw(st.lists(st.sampled_from(GROUPS), max_size=2)))
    for turn in range(draw(st.integers(0, 2))):
        mark("moved", turn, groups=draw(st.lists(st.sampled_from(GROUPS), max_size=2)))
    if draw(st.booleans()):  # a clock that was put back between two nodes
        at -= draw(st.integers(0, 10_000))
    for turn in range(draw(st.integers(0, 3))):
        seat = draw(st.sampled_from(SEATS))
        mark("ringing", turn, seat)
        if draw(st.booleans()):
            mark("no_answer", turn, seat, reason="no_answer")
            continue
        mark("answered", turn, seat)
        for hold in range(draw(st.integers(0, 3))):
            mark(draw(st.sampled_from(("hold", "resume"))), 10 * turn + hold, seat)
    if draw(st.booleans()):
        mark("survey", 0, grade=draw(st.integers(0, 6)))
    if draw(st.booleans() | st.just(True)):
        answered = any(isinstance(one, MarkEntry) and one.kind == "answered" for one in told)
        outcome = Outcome.ANSWERED if answered else draw(st.sampled_from(_MISSED))
        told.append(CloseEntry(call_id, outcome.value, later(), 16, None, None))
    return told


@st.composite
def _changes(draw: st.DrawFn, start: int) -> tuple[SeatChange, ...]:
    calls: Sequence[str | None] = (None, *(f"{start}.{number}" for number in range(4)))
    found: list[SeatChange] = []
    for which, seat in enumerate(SEATS[: draw(st.integers(0, 3))]):
        at = start + draw(st.integers(-50 * HOUR, 20 * HOUR))
        for _ in range(draw(st.integers(0, 12))):
            at += draw(st.integers(0, 3 * HOUR) | st.integers(0, 1_000))
            found.append(
                SeatChange(
                    f"{at}-{10 * len(found) + which}", at, seat, "u", draw(st.sampled_from(STATES)),
                    draw(st.sampled_from(REASONS)), draw(st.sampled_from(calls)),
                )
            )  # fmt: skip
    return tuple(found)
