"""The matching rules as small pure functions: what seats/scripts/lib/strategies.lua has to agree with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from seats import CallKind, CallView, SeatState, SeatView, Strategy
from seats.model import HEAD_START_S
from seats.views import ENGAGED, UNREACHABLE

DEFAULT_LANGUAGES = ("zh",)


def seat_order(strategy: Strategy, seat: SeatView, level: int) -> tuple[int, int]:
    """The lesser takes the call.  Figures of an earlier day come before any of today."""
    match strategy:
        case Strategy.LONGEST_IDLE:
            return seat.idle_since_ms, level
        case Strategy.HIGHEST_SKILL:
            return level, seat.idle_since_ms
        case Strategy.LEAST_CALLS:
            return seat.stats_day * 100_000 + seat.calls_today, seat.idle_since_ms
        case Strategy.LEAST_TALK:
            return seat.stats_day * 100_000_000 + seat.talk_ms_today, seat.idle_since_ms


def call_rank(priority: int, since_ms: int, head_start_s: Mapping[int, float] = HEAD_START_S) -> int:
    """The lesser is served first: waiting time with a head start."""
    return max(0, since_ms - int(head_start_s.get(priority, 0) * 1000))


def lanes_of(seat: SeatView) -> set[str]:
    return {f"{group}.{language}" for group in seat.groups for language in seat.languages or ("zh",)}


def is_free(seat: SeatView) -> bool:
    return (
        seat.state is SeatState.READY
        and seat.registered is not False
        and seat.device not in ENGAGED | UNREACHABLE
    )


def idle_entries(seats: Iterable[SeatView], strategies: Mapping[str, Strategy]) -> set[str]:
    """What the list of free seats has to hold, all of it."""
    found = set()
    for seat in filter(is_free, seats):
        for group, level in seat.groups.items():
            strategy = strategies.get(group, Strategy.HIGHEST_SKILL)
            first, second = seat_order(strategy, seat, level)
            for language in seat.languages or DEFAULT_LANGUAGES:
                found.add(f"{group}.{language}|{first:013d}|{second:013d}|{seat.seat}")
    return found


def waiting_entries(calls: Iterable[CallView], head_start_s: Mapping[int, float] = HEAD_START_S) -> set[str]:
    """What the queue has to hold, all of it."""

    def place(call: CallView) -> str:
        rank = call_rank(call.priority, call.since_ms, head_start_s)
        return f"{rank:013d}|{call.since_ms:013d}|{call.call_id}"

    return {f"{lane}|{place(call)}" for call in calls if call.state.value == "waiting" for lane in call.lanes}


def age_entries(calls: Iterable[CallView]) -> set[str]:
    """What the list of the groups' callers has to hold, all of it."""
    found = set()
    for call in calls:
        if call.state.value == "waiting":
            kind = "callback" if call.kind is CallKind.CALLBACK and not call.channel else "call"
            found |= {f"{group}|{kind}|{call.since_ms:013d}|{call.call_id}" for group in call.groups}
    return found
