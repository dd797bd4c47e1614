"""Seats, groups and the state of the whole: what the ACD knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from crm import StoreUnavailable, calls, catalogue, now_ms
from hotline_app.desk.deps import Deps
from hotline_app.desk.endpoint import AnyEndpoint, Ask, Endpoint, Nothing
from hotline_app.desk.hall_shapes import (
    GroupList,
    GroupOut,
    NodeOut,
    NotReady,
    SeatList,
    SeatOut,
    StatusOut,
)
from hotline_app.desk.own import own, own_or_led
from hotline_app.desk.problems import not_found
from hotline_app.desk.roles import CENTRE, SEATED
from seats import CallView, GroupView, SeatState, SeatView

_TAG = "坐席"
# The end of a call is written within a second or two; a younger call may just be between two records.
_SETTLED_MS = 120_000
Plain = Ask[Nothing, Nothing]


async def list_seats(ask: Plain) -> SeatList:
    """Every seat of the directory, also those at which nobody has signed in; while the database is away the
    ACD's own alone."""
    return SeatList(items=[SeatOut.of(view) for view in await _all_seats(ask.deps)])


async def _all_seats(deps: Deps) -> list[SeatView]:
    views = {view.seat: view for view in await deps.acd.seats()}
    try:
        places = await catalogue.seats(deps.store)
    except StoreUnavailable:
        places = []
    for place in places:
        if place.ext not in views:
            views[place.ext] = SeatView(place.ext, SeatState.SIGNED_OUT, name=place.name, groups=place.groups)
    return [views[ext] for ext in sorted(views)]


async def get_seat(ask: Plain) -> SeatOut:
    return SeatOut.of(await ask.deps.acd.seat(ask.path("ext")))


async def sign_in(ask: Plain) -> SeatOut:
    """Groups and languages come from the directory, so a change there takes effect at the next sign-in."""
    ext, who = ask.path("ext"), ask.who
    own(who, ext)
    place = next((seat for seat in await catalogue.seats(ask.deps.store) if seat.ext == ext), None)
    if place is None:
        raise not_found("坐席", ext)
    view = await ask.deps.acd.sign_in(
        ext, user=who.name, name=who.name, groups=place.groups, languages=place.languages
    )
    return SeatOut.of(view)


async def sign_out(ask: Plain) -> SeatOut:
    ext, who = ask.path("ext"), ask.who
    own_or_led(who, ext)
    return SeatOut.of(await ask.deps.acd.sign_out(ext, by=who.name))


async def ready(ask: Plain) -> SeatOut:
    ext = ask.path("ext")
    own(ask.who, ext)
    return SeatOut.of(await ask.deps.acd.ready(ext))


async def not_ready(ask: Ask[NotReady, Nothing]) -> SeatOut:
    ext = ask.path("ext")
    own_or_led(ask.who, ext)
    await ask.deps.reasons.check(ask.body.reason)
    return SeatOut.of(await ask.deps.acd.not_ready(ext, ask.body.reason))


async def wrap_up_done(ask: Plain) -> SeatOut:
    ext = ask.path("ext")
    own(ask.who, ext)
    return SeatOut.of(await ask.deps.acd.wrap_up_done(ext))


async def groups(ask: Plain) -> GroupList:
    now = now_ms()
    return GroupList(items=[_group(view, now) for view in await ask.deps.acd.groups()])


def _group(view: GroupView, now: int) -> GroupOut:
    since = view.longest_since_ms
    return GroupOut(
        name=view.group,
        waiting=view.waiting,
        longest_wait_s=0 if since is None else max(0, (now - since) // 1000),
        seats={state.value: count for state, count in view.seats.items()},
    )


async def unexplained(deps: Deps, live: Sequence[CallView]) -> int:
    """Calls without an outcome that the ACD does not know either, two minutes old or more.

    Raises StoreUnavailable."""
    ids = {call.call_id for call in live}
    return len(await calls.unexplained(deps.store, ids, before=now_ms() - _SETTLED_MS))


async def status(ask: Plain) -> StatusOut:
    deps, now = ask.deps, now_ms()
    live = await deps.acd.calls()
    seats = await deps.acd.seats()
    try:
        missing: int | None = await unexplained(deps, live)
    except StoreUnavailable:
        missing = None
    at_node = Counter(call.node for call in live)
    return StatusOut(
        degraded=deps.health.away,
        nodes=[
            NodeOut(name=name, live_calls=at_node[name]) for name in sorted({*deps.config.nodes, *at_node})
        ],
        seats={state.value: count for state, count in Counter(seat.state for seat in seats).items()},
        groups=[_group(view, now) for view in await deps.acd.groups()],
        live_calls=len(live),
        event_sockets=deps.hub.listeners,
        unexplained=missing,
    )


_MOVES = ("conflict", "redis-away")
ENDPOINTS: list[AnyEndpoint] = [
    Endpoint("GET", "/seats", "全部坐席", list_seats, SeatList, CENTRE, errors=("redis-away",), tag=_TAG),
    Endpoint("GET", "/seats/{ext}", "一个坐席", get_seat, SeatOut, CENTRE, errors=("redis-away",), tag=_TAG),
    Endpoint("POST", "/seats/{ext}/sign-in", "签入", sign_in, SeatOut, SEATED, errors=_MOVES, tag=_TAG),
    Endpoint("POST", "/seats/{ext}/sign-out", "签出", sign_out, SeatOut, SEATED, errors=_MOVES, tag=_TAG),
    Endpoint("POST", "/seats/{ext}/ready", "示闲", ready, SeatOut, SEATED, errors=_MOVES, tag=_TAG),
    Endpoint(
        "POST",
        "/seats/{ext}/not-ready",
        "示忙",
        not_ready,
        SeatOut,
        SEATED,
        body=NotReady,
        errors=_MOVES,
        tag=_TAG,
    ),
    Endpoint(
        "POST",
        "/seats/{ext}/wrap-up-done",
        "话后整理完成",
        wrap_up_done,
        SeatOut,
        SEATED,
        errors=_MOVES,
        tag=_TAG,
    ),
    Endpoint("GET", "/groups", "技能组", groups, GroupList, CENTRE, errors=("redis-away",), tag="状态"),
    Endpoint("GET", "/status", "系统状态", status, StatusOut, CENTRE, errors=("redis-away",), tag="状态"),
]
