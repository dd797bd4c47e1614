"""Figures for the wallboard, from seats and calls; pure."""

from collections import Counter
from collections.abc import Iterable, Sequence

from seats.states import CallKind, CallState, SeatState
from seats.views import CallView, Ghost, GroupView, SeatView

_HELD = frozenset({SeatState.RESERVED, SeatState.RINGING, SeatState.TALKING})


def group_views(seats: Sequence[SeatView], calls: Iterable[CallView]) -> list[GroupView]:
    """One row a skill group that has seats or callers.  A call that waits in two groups counts in both."""
    waiting: dict[str, list[int]] = {}
    callbacks: Counter[str] = Counter()
    for call in calls:
        if call.state is not CallState.WAITING:
            continue
        for group in call.groups:
            if call.kind is CallKind.CALLBACK and not call.channel:
                callbacks[group] += 1
            else:
                waiting.setdefault(group, []).append(call.since_ms)
    names = sorted({group for seat in seats for group in seat.groups} | waiting.keys() | callbacks.keys())
    return [
        GroupView(
            group=name,
            waiting=len(waiting.get(name, ())),
            callbacks=callbacks[name],
            longest_since_ms=min(waiting[name]) if name in waiting else None,
            seats=dict(Counter(seat.state for seat in seats if name in seat.groups)),
        )
        for name in names
    ]


def ghosts_among(
    seats: Sequence[SeatView], calls: Iterable[CallView], *, now_ms: int, after_ms: int
) -> list[Ghost]:
    """Contradictions of records and phones that have stood for ``after_ms`` or more."""
    known = {call.call_id: call for call in calls}
    found: list[Ghost] = []
    held: set[str] = set()
    for seat in seats:
        call = known.get(seat.call_id or "")
        if call is not None and call.seat == seat.seat:
            held.add(call.call_id)
        kind = _contradiction(seat, call)
        if kind:
            found.append(Ghost(kind, seat.seat, seat.call_id, max(seat.since_ms, seat.device_ms)))
    found += [
        Ghost("call_without_seat", call.seat, call.call_id, call.changed_ms)
        for call in known.values()
        if call.state is not CallState.WAITING and call.call_id not in held
    ]
    return [ghost for ghost in found if now_ms - ghost.since_ms >= after_ms]


def _contradiction(seat: SeatView, call: CallView | None) -> str | None:
    if seat.state in _HELD and (call is None or call.seat != seat.seat):
        return "seat_without_call"
    # An older word of the phone tells nothing of this state.
    if (
        seat.device_told
        and seat.device == "NOT_INUSE"
        and seat.state in (SeatState.TALKING, SeatState.RINGING)
    ):
        return f"{seat.state.value}_without_phone"
    if seat.state in _HELD and seat.registered is False:
        return "held_unregistered"
    return "ready_engaged" if seat.engaged else None
