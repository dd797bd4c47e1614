"""Reads the hall for the live board and the wallboard: one reading, however many look at once.

The ACD's half comes fresh from Redis; the database's half (names, figures of the day) is read at most three
times a second and may be missing while the database is away.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from redis.asyncio import Redis

from crm import Store, StoreUnavailable, calls, catalogue, measures, now_ms
from crm import groups as skill_groups
from crm.catalogue import SeatInfo
from crm.groups import GroupInfo
from hotline_app.desk.board_shapes import (
    AlarmOut,
    BoardOut,
    CallBrief,
    DayOut,
    GhostOut,
    GroupBoard,
    SeatBoard,
    WallGroup,
    WallOut,
)
from hotline_app.desk.hall_shapes import SeatOut
from hotline_app.desk.health import DATABASE, Health
from hotline_app.desk.remembered import Remembered
from seats import Acd, AcdRules, CallKind, CallState, CallView, GroupView, SeatState, SeatView, rates
from seats.alarms import Alarms
from seats.figures import ghosts_among, group_views
from seats.keys import CARDS

_SHOWN_WAITING = 200
# A page reads again 0.8 s after an event and then no more: what it gets must be younger than the event.
_FRESH_S = 0.3
_GHOST_MS = 5_000
# The end of a call is written within a second or two; a younger call may just be between two records.
_SETTLED_MS = 120_000
_DEFAULT_SERVICE_S = 15


@dataclass(frozen=True, slots=True)
class _Hall:
    """What the ACD has now."""

    seats: Sequence[SeatView]
    calls: Sequence[CallView]
    groups: Sequence[GroupView]
    rates: Mapping[str, str]
    alarms: list[AlarmOut]
    now: int
    waiting: Sequence[CallView]  # the longest wait first
    ahead: Mapping[str, int]  # lane → how many wait in it
    spoken: Mapping[str, set[str]]  # group → languages of its seats


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the database says."""

    groups: Mapping[str, GroupInfo]
    day: DayOut | None
    by_group: Mapping[str, DayOut]


class BoardReader:
    """Every reading raises AcdUnavailable when Redis is away; without the database it is only poorer."""

    def __init__(self, store: Store, acd: Acd, redis: Redis, health: Health) -> None:
        self._store = store
        self._acd = acd
        self._redis = redis
        self._health = health
        self._alarms = Alarms(redis, rules=AcdRules())  # only read here, which no rule changes
        self._hall = Remembered(self._read_hall, fresh_s=0.2)
        self._kept = Remembered(self._read_kept, fresh_s=_FRESH_S)
        self._places = Remembered(self._read_places, fresh_s=10.0)
        self._missing = Remembered(self._read_missing, fresh_s=_FRESH_S)

    # the live board

    async def board(self) -> BoardOut:
        hall, kept = await self._hall.get(), await self._find_kept()
        waiting = hall.waiting
        seats = await self._with_places(hall.seats)
        held = [call for call in hall.calls if call.seat and call.state is not CallState.WAITING]
        briefs = await self._briefs([*waiting[:_SHOWN_WAITING], *held])
        return BoardOut(
            at_ms=hall.now,
            groups=[_group(view, hall, kept) for view in _all_groups(hall.groups, kept)],
            waiting=[briefs[call.call_id] for call in waiting[:_SHOWN_WAITING]],
            waiting_total=len(waiting),
            seats=[
                SeatBoard(**SeatOut.of(seat).model_dump(), call=briefs.get(seat.call_id or ""))
                for seat in seats
            ],
            alarms=hall.alarms,
            ghosts=[
                GhostOut.model_validate(ghost)
                for ghost in ghosts_among(hall.seats, hall.calls, now_ms=hall.now, after_ms=_GHOST_MS)
            ],
            day=kept.day,
            degraded=self._health.away,
        )

    # the wallboard

    async def wall(self) -> WallOut:
        hall, kept = await self._hall.get(), await self._find_kept()
        waiting = hall.waiting
        callers = [call for call in waiting if call.kind is CallKind.CALL]
        states = Counter(seat.state.value for seat in hall.seats)
        return WallOut(
            at_ms=hall.now,
            waiting=len(callers),
            callbacks=len(waiting) - len(callers),
            longest_since_ms=min((call.since_ms for call in callers), default=None),
            seats=dict(states),
            staffed=_staffed(states),
            groups=[_wall_group(view, hall, kept) for view in _all_groups(hall.groups, kept)],
            day=kept.day,
            unexplained=await self._unexplained(),
            alarms=hall.alarms,
            degraded=self._health.away,
        )

    async def _unexplained(self) -> int | None:
        if not self._health.up[DATABASE]:
            return None
        try:
            return await self._missing.get()
        except StoreUnavailable:
            return None

    # the readings

    async def _read_hall(self) -> _Hall:
        seats, live = await self._acd.seats(), await self._acd.calls()
        waiting = [call for call in live if call.state is CallState.WAITING]
        spoken: dict[str, set[str]] = {}
        for seat in seats:
            for group in seat.groups:
                spoken.setdefault(group, set()).update(seat.languages)
        return _Hall(
            seats=seats,
            calls=live,
            waiting=waiting,
            ahead=Counter(lane for call in waiting for lane in call.lanes),
            spoken=spoken,
            groups=group_views(seats, live),
            rates=await rates.read(self._redis),
            alarms=[AlarmOut.model_validate(alarm.as_json()) for alarm in await self._alarms.list()],
            now=await self._acd.clock_ms(),
        )

    async def _read_kept(self) -> _Kept:
        infos = {info.code: info for info in await skill_groups.groups(self._store, active_only=True)}
        found = await measures.today(self._store)
        return _Kept(infos, _day(found.total), {code: _day(told) for code, told in found.groups.items()})

    async def _read_places(self) -> list[SeatInfo]:
        return await catalogue.seats(self._store)

    async def _read_missing(self) -> int:
        live = {call.call_id for call in (await self._hall.get()).calls}
        return len(await calls.unexplained(self._store, live, before=now_ms() - _SETTLED_MS))

    async def _find_kept(self) -> _Kept:
        """While the database is away: the groups' names as last read, and no figures rather than old ones."""
        if self._health.up[DATABASE]:
            with suppress(StoreUnavailable):
                return await self._kept.get()
        last = self._kept.last
        return _Kept(last.groups if last else {}, None, {})

    async def _with_places(self, seats: Sequence[SeatView]) -> list[SeatView]:
        """Also the seats of the directory at which nobody has signed in."""
        views = {view.seat: view for view in seats}
        places = self._places.last or []
        if self._health.up[DATABASE]:
            with suppress(StoreUnavailable):
                places = await self._places.get()
        for place in places:
            known = views.get(place.ext)
            if known is None:
                views[place.ext] = SeatView(
                    place.ext, SeatState.SIGNED_OUT, name=place.name, groups=place.groups
                )
        return [views[ext] for ext in sorted(views)]

    async def _briefs(self, found: Sequence[CallView]) -> dict[str, CallBrief]:
        """Calls with what their cards say; one question for all of them."""
        if not found:
            return {}
        stored = await self._redis.hmget(CARDS, [call.call_id for call in found])
        return {call.call_id: _brief(call, text) for call, text in zip(found, stored, strict=True)}


def _day(told: measures.CallFigures) -> DayOut:
    return DayOut(
        offered=told.offered,
        answered=told.answered,
        abandoned=told.abandoned_queue + told.abandoned_short + told.abandoned_plain,
        answer_rate=told.answer_rate,
        in_time_rate=told.in_time_rate,
    )


def _brief(call: CallView, card_text: str | bytes | None) -> CallBrief:
    card = json.loads(card_text) if card_text else {}
    return CallBrief(
        call_id=call.call_id,
        kind=call.kind.value,
        state=call.state.value,
        caller_masked=card.get("caller_masked") or "",
        place=card.get("place") or "",
        line=card.get("line") or "",
        line_name=card.get("line_name") or "",
        origin=card.get("origin") or "",
        language=call.language or card.get("language") or "",
        groups=list(call.groups),
        priority=call.priority,
        since_ms=call.since_ms,
        changed_ms=call.changed_ms,
        seat=call.seat,
    )


def _all_groups(found: Iterable[GroupView], kept: _Kept) -> list[GroupView]:
    """Also those that have neither a seat nor a caller: an empty group is what a leader must see."""
    views = {view.group: view for view in found}
    for code in kept.groups:
        views.setdefault(code, GroupView(code, 0, 0, None, {}))
    return sorted(views.values(), key=lambda view: (view.group != "general", view.group))


def _staffed(states: Mapping[str, int]) -> int:
    return sum(states.values()) - states.get(SeatState.SIGNED_OUT.value, 0)


def _group(view: GroupView, hall: _Hall, kept: _Kept) -> GroupBoard:
    states = {state.value: count for state, count in view.seats.items()}
    info = kept.groups.get(view.group)
    lane = rates.lane_of(view.group, hall.spoken.get(view.group, ()))
    expected = rates.expected_s(hall.rates.get(lane, ""), hall.ahead.get(lane, 0), now_ms=hall.now)
    return GroupBoard(
        code=view.group,
        name=info.name if info else view.group,
        waiting=view.waiting,
        callbacks=view.callbacks,
        longest_since_ms=view.longest_since_ms,
        expected_s=None if expected is None else round(expected),
        staffed=_staffed(states),
        seats=states,
        service_s=info.service_s if info else _DEFAULT_SERVICE_S,
        day=kept.by_group.get(view.group),
    )


def _wall_group(view: GroupView, hall: _Hall, kept: _Kept) -> WallGroup:
    whole = _group(view, hall, kept)
    return WallGroup(
        code=whole.code,
        name=whole.name,
        waiting=whole.waiting,
        longest_since_ms=whole.longest_since_ms,
        staffed=whole.staffed,
        ready=whole.seats.get(SeatState.READY.value, 0),
        answer_rate=whole.day.answer_rate if whole.day else None,
    )
