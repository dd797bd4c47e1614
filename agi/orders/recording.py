"""record-pause, record-resume {call_id}: a secret is spoken; both tracks keep silence for that time."""

from __future__ import annotations

from typing import Any

from agi.orders.floor import CALL, Floor, said
from ami_bridge import ActionRefused
from ami_bridge import actions as act
from crm import Mark, now_ms
from seats.orders import Order, OrderFailed


async def record_pause(order: Order, floor: Floor) -> dict[str, Any]:
    """From now on nothing is recorded; the tracks go on in silence, so that times in them stay true."""
    return await _muted(order, floor, True)


async def record_resume(order: Order, floor: Floor) -> dict[str, Any]:
    """Recorded again."""
    return await _muted(order, floor, False)


async def _muted(order: Order, floor: Floor, muted: bool) -> dict[str, Any]:
    call_id = said(order, "call_id", CALL)
    caller = await floor.caller(call_id)
    try:
        await floor.act(act.MixMonitorMute(channel=caller.channel, muted=muted, direction="both"))
    except ActionRefused as refusal:
        raise OrderFailed(
            "not-recorded", "这通电话现在没有录音", "接通之后才开始录音，请接通后再操作"
        ) from refusal
    kind = "recording_paused" if muted else "recording_resumed"
    await floor.ledger.mark(Mark(call_id, kind, now_ms(), key=order.id, data={"by": order.by}))
    return {"call_id": call_id, "paused": muted}
