"""What a shift leader does about a seat: listen, whisper, barge, take over, and work its buttons.

The desk has no line to Asterisk: it asks the owner of the call's node (seats/orders.py).  Each act is audited
before it is done; what cannot be audited is not done.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from crm import audit
from hotline_app.desk.endpoint import AnyEndpoint, Ask, Endpoint, Form, Nothing
from hotline_app.desk.hall_shapes import SeatOut
from hotline_app.desk.own import own_or_led, seat_of
from hotline_app.desk.problems import Problem
from hotline_app.desk.roles import LEADERS, SEATED
from seats import CallView, SeatState

_TAG = "班长"
FORCED = "forced"
Plain = Ask[Nothing, Nothing]
Mode = Literal["listen", "whisper", "barge"]
_MODES: dict[Mode, str] = {"listen": "监听", "whisper": "耳语", "barge": "插话"}


class Supervision(BaseModel):
    seat: str
    call_id: str
    mode: Mode | None = Field(description="空：已结束")
    phone: str = Field(description="在哪个分机上听")


class ForceNotReady(Form):
    reason: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")] = Field(
        default=FORCED, description="GET /reasons 中可选的一项；不填即“班长置忙”"
    )


class Given(BaseModel):
    """A call that is on its way to a seat; the rest comes as events."""

    call_id: str
    seat: str


async def listen(ask: Plain) -> Supervision:
    return await _supervise(ask, "listen")


async def whisper(ask: Plain) -> Supervision:
    return await _supervise(ask, "whisper")


async def barge(ask: Plain) -> Supervision:
    return await _supervise(ask, "barge")


async def _supervise(ask: Plain, mode: Mode) -> Supervision:
    """Rings the leader's phone, or changes the mode of what it hears already."""
    ext, who, deps = ask.path("ext"), ask.who, ask.deps
    phone = seat_of(who, _MODES[mode])
    call = await _talk_of(ask, ext, phone, _MODES[mode])
    await audit.note(deps.store, who.name, f"seat.{mode}", ext, {"call": call.call_id, "phone": phone})
    mine = await deps.acd.seat(phone)
    data = {"call_id": call.call_id, "seat": ext, "leader": phone, "leader_node": mine.node}
    await deps.ordering.ask(call.node, mode, data, by=who.name)
    return Supervision(seat=ext, call_id=call.call_id, mode=mode, phone=phone)


async def stop_listening(ask: Plain) -> Supervision:
    """Safe to repeat; a call that is over by now needs nothing."""
    ext, who, deps = ask.path("ext"), ask.who, ask.deps
    phone = seat_of(who, "结束监听")
    view = await deps.acd.seat(ext)
    call = await deps.acd.call(view.call_id) if view.call_id else None
    if call is not None:
        await audit.note(deps.store, who.name, "seat.stop-listening", ext, {"call": call.call_id})
        await deps.ordering.ask(call.node, "stop-listening", {"leader": phone}, by=who.name)
    return Supervision(seat=ext, call_id=view.call_id or "", mode=None, phone=phone)


async def take_over(ask: Plain) -> Given:
    """The caller comes to the leader's phone; the seat goes to its wrap-up."""
    ext, who, deps = ask.path("ext"), ask.who, ask.deps
    phone = seat_of(who, "接管通话")
    call = await _talk_of(ask, ext, phone, "接管")
    await audit.note(deps.store, who.name, "seat.take-over", ext, {"call": call.call_id, "phone": phone})
    if await deps.acd.assign(call.call_id, phone, by=who.name) is None:
        raise _over(ext)
    return Given(call_id=call.call_id, seat=phone)


async def _talk_of(ask: Plain, ext: str, phone: str, purpose: str) -> CallView:
    if ext == phone:
        raise Problem("conflict", f"不能{purpose}自己的通话", field="ext", value=ext, remedy="请选择其他坐席")
    view = await ask.deps.acd.seat(ext)
    call = await ask.deps.acd.call(view.call_id) if view.call_id else None
    if view.state is not SeatState.TALKING or call is None:
        raise _over(ext)
    return call


def _over(ext: str) -> Problem:
    return Problem(
        "conflict", f"坐席 {ext} 现在不在通话中", field="ext", value=ext, remedy="请以页面显示的状态为准"
    )


async def force_sign_out(ask: Plain) -> SeatOut:
    """While the seat talks it takes effect when the talk is over: no caller is cut off by it."""
    ext, who = ask.path("ext"), ask.who
    await audit.note(ask.deps.store, who.name, "seat.force-sign-out", ext)
    return SeatOut.of(await ask.deps.acd.force_sign_out(ext, by=who.name))


async def force_ready(ask: Plain) -> SeatOut:
    ext, who = ask.path("ext"), ask.who
    await audit.note(ask.deps.store, who.name, "seat.force-ready", ext)
    return SeatOut.of(await ask.deps.acd.force_ready(ext, by=who.name))


async def force_not_ready(ask: Ask[ForceNotReady, Nothing]) -> SeatOut:
    """While the seat talks it takes effect when the wrap-up is over."""
    ext, who, reason = ask.path("ext"), ask.who, ask.body.reason
    if reason != FORCED:
        await ask.deps.reasons.check(reason)
    await audit.note(ask.deps.store, who.name, "seat.force-not-ready", ext, {"reason": reason})
    return SeatOut.of(await ask.deps.acd.force_not_ready(ext, reason, by=who.name))


async def wrap_up_extend(ask: Plain) -> SeatOut:
    """Once a wrap-up, by as much as the group's rules give; the seat itself or a leader."""
    ext, who = ask.path("ext"), ask.who
    own_or_led(who, ext)
    return SeatOut.of(await ask.deps.acd.wrap_up_extend(ext))


_ORDERED = ("conflict", "redis-away", "node-away")
_MOVES = ("conflict", "redis-away")
ENDPOINTS: list[AnyEndpoint] = [
    Endpoint("POST", "/seats/{ext}/listen", "监听", listen, Supervision, LEADERS, errors=_ORDERED, tag=_TAG),
    Endpoint(
        "POST",
        "/seats/{ext}/whisper",
        "耳语（只有坐席听得见）",
        whisper,
        Supervision,
        LEADERS,
        errors=_ORDERED,
        tag=_TAG,
    ),
    Endpoint(
        "POST", "/seats/{ext}/barge", "插话（三方）", barge, Supervision, LEADERS, errors=_ORDERED, tag=_TAG
    ),
    Endpoint(
        "POST",
        "/seats/{ext}/stop-listening",
        "结束监听",
        stop_listening,
        Supervision,
        LEADERS,
        errors=_ORDERED,
        tag=_TAG,
    ),
    Endpoint(
        "POST", "/seats/{ext}/take-over", "接管通话", take_over, Given, LEADERS, errors=_MOVES, tag=_TAG
    ),
    Endpoint(
        "POST",
        "/seats/{ext}/force-sign-out",
        "强制签出",
        force_sign_out,
        SeatOut,
        LEADERS,
        errors=_MOVES,
        tag=_TAG,
    ),
    Endpoint(
        "POST", "/seats/{ext}/force-ready", "强制就绪", force_ready, SeatOut, LEADERS, errors=_MOVES, tag=_TAG
    ),
    Endpoint(
        "POST",
        "/seats/{ext}/force-not-ready",
        "强制示忙",
        force_not_ready,
        SeatOut,
        LEADERS,
        body=ForceNotReady,
        errors=_MOVES,
        tag=_TAG,
    ),
    Endpoint(
        "POST",
        "/seats/{ext}/wrap-up-extend",
        "延长话后整理",
        wrap_up_extend,
        SeatOut,
        SEATED,
        errors=_MOVES,
        tag=_TAG,
    ),
]
