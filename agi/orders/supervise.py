"""listen, whisper, barge, stop-listening: a shift leader's own phone rings and hears a seat's talk.

The leader's leg is no call: its id begins with ``side-``, so that neither the ledger nor the ACD ever takes
it for a caller (agi/legs.py, `is_call_of`).  The order goes to the node of the seat's *call*; the leader's
phone may be registered at another one.
"""

from __future__ import annotations

import contextlib
import secrets
from typing import Any, Literal

from agi.legs import seat_of
from agi.orders.floor import CALL, NODE, SEAT, Floor, said
from agi.orders.sessions import SIDE, Session
from ami_bridge import LiveChannel
from ami_bridge import actions as act
from crm import Mark, now_ms
from seats import RefusedTransition
from seats.orders import Order, OrderFailed

RING_S = 20.0
#: Long enough for Asterisk to say that a phone cannot be rung, short within the order's own time.
REFUSED_WITHIN_S = 1.2


async def listen(order: Order, floor: Floor) -> dict[str, Any]:
    """{call_id, seat, leader, leader_node?}: the leader hears both, nobody hears the leader."""
    return await _spy(order, floor, "listen")


async def whisper(order: Order, floor: Floor) -> dict[str, Any]:
    """As listen; the seat hears the leader, the caller does not."""
    return await _spy(order, floor, "whisper")


async def barge(order: Order, floor: Floor) -> dict[str, Any]:
    """As listen; all three hear each other."""
    return await _spy(order, floor, "barge")


async def stop_listening(order: Order, floor: Floor) -> dict[str, Any]:
    """{leader}: the leader's leg ends; the talk goes on.  Refused ("not-listening") when there is none."""
    leader = said(order, "leader", SEAT)
    session = await _session(floor, leader)
    if session is None:
        raise OrderFailed("not-listening", "您现在没有在监听", "请刷新页面")
    await floor.hang_up(session.channel)
    return {"leader": leader}


async def _spy(order: Order, floor: Floor, mode: Literal["listen", "whisper", "barge"]) -> dict[str, Any]:
    call_id, seat = said(order, "call_id", CALL), said(order, "seat", SEAT)
    leader = said(order, "leader", SEAT)
    peer = said(order, "leader_node", NODE, default="")
    if leader == seat:
        raise OrderFailed("own-seat", "不能监听自己的通话", "请选择其他座席")
    talk = await _talk(floor, call_id, seat)
    session = await _session(floor, leader)
    if session is None:
        state = await _ring(order, floor, leader, peer, talk, mode)
    else:  # the leader is there already: another mode, or another seat, without ringing again
        await floor.act(act.Setvar(channel=session.channel, variable="HL_SPY", value=talk.channel))
        heard = Session(call_id, seat)
        await floor.act(act.Setvar(channel=session.channel, variable="HL_SPIED", value=heard.word))
        await floor.redirect(session.channel, "hl-spy", mode)
        await _elsewhere(floor, floor.sessions.note(session.uniqueid, heard), heard)
        state = "listening"
    await floor.ledger.mark(
        Mark(call_id, "supervised", now_ms(), seat=seat, key=order.id, data={"mode": mode, "by": order.by})
    )
    await _shown(floor, seat, by=order.by, mode=mode)
    return {"call_id": call_id, "seat": seat, "mode": mode, "state": state}


async def left(floor: Floor, leg: str, at_ms: int) -> None:
    """A leader's leg is gone, whoever ended it.  To be told by the owner."""
    session = floor.sessions.ended(leg)
    if session is not None:
        await floor.ledger.mark(Mark(session.call_id, "supervision_ended", at_ms, seat=session.seat, key=leg))
        await _shown(floor, session.seat)


async def _elsewhere(floor: Floor, before: Session | None, now: Session) -> None:
    if before is not None and before.seat != now.seat:
        await _shown(floor, before.seat)


async def _shown(
    floor: Floor, seat: str, *, by: str = "", mode: Literal["listen", "whisper", "barge"] | None = None
) -> None:
    """The board shows who listens; the seat's talk may have ended in this moment, and its mark with it."""
    with contextlib.suppress(RefusedTransition):
        await floor.acd.supervised(seat, by=by, mode=mode)


async def _talk(floor: Floor, call_id: str, seat: str) -> LiveChannel:
    """The seat's leg of that talk.  Raises OrderFailed."""
    for leg in await floor.legs(call_id):
        if leg.bridge_id and seat_of(leg.channel, leg.variables.get("HL_LEG", "")) == seat:
            return leg
    raise OrderFailed("not-talking", f"坐席 {seat} 现在没有在通话", "通话接通之后才能监听，请稍候再试")


async def _session(floor: Floor, leader: str) -> LiveChannel | None:
    """The leg of a leader who listens already, or whose phone rings for it."""
    mine = [each for each in await floor.channels() if each.uniqueid.startswith(f"{SIDE}{leader}-")]
    return mine[0] if mine else None


async def _ring(order: Order, floor: Floor, leader: str, peer: str, talk: LiveChannel, mode: str) -> str:
    away = f"@{peer}" if peer and peer != floor.node else ""
    leg, heard = f"{SIDE}{leader}-{secrets.token_hex(6)}", Session(talk.call_id, said(order, "seat", SEAT))
    floor.sessions.note(leg, heard)
    reply = await floor.act(
        act.Originate(
            channel=f"PJSIP/{leader}{away}",
            channel_id=leg,
            context="hl-spy",
            exten=mode,
            timeout_s=RING_S,
            caller_id=f"<{heard.seat}>",  # the leader's phone shows whom it will hear
            variables={"HL_SPY": talk.channel, "HL_SPIED": heard.word},
        )
    )
    told = await floor.rings.of(reply.headers.get("ActionID", ""), within_s=REFUSED_WITHIN_S)
    if told is not None and not told.ok:
        floor.sessions.ended(leg)
        raise OrderFailed(
            "leader-unreachable", f"您的话机 {leader} 振不了铃", "请检查话机是否已注册、是否占线，再试一次"
        )
    return "ringing" if told is None else "listening"
