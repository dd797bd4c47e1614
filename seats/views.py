"""Figures for the wallboard, from seats and calls; pure."""

from collections import Counter
from collections.abc import Iterable, Sequence

from seats.model import CallView, GroupView, SeatView
from seats.states import CallState


def group_views(seats: Sequence[SeatView], calls: Iterable[CallView]) -> list[GroupView]:
    """One row a skill group that has seats or callers.  A call that waits in two groups counts in both."""
    waiting: dict[str, list[int]] = {}
    for call in calls:
        if call.state is CallState.WAITING:
            for group in call.groups:
                waiting.setdefault(group, []).append(call.since_ms)
    names = sorted({group for seat in seats for group in seat.groups} | waiting.keys())
    return [
        GroupView(
            group=name,
            waiting=len(waiting.get(name, ())),
            longest_since_ms=min(waiting[name]) if name in waiting else None,
            seats=dict(Counter(seat.state for seat in seats if name in seat.groups)),
        )
        for name in names
    ]
