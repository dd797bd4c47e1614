"""Calls back the citizens whose place in the queue is due: a seat is reserved, now their telephone rings.

Whoever picks up goes to ``hl-call,callback`` and is from then on a caller like any other.  Whoever does not
leaves the queue: the seat is free at once, and the task waits for a seat to ring it later (crm/callbacks).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from agi.orders.originations import Originations
from ami_bridge import ActionRefused, AmiError, Reply
from ami_bridge import actions as act
from ami_bridge import events as ev
from ami_bridge.actions import Action
from ami_bridge.tasks import end
from crm import CrmError, Store, audit, callbacks
from seats import Acd, AcdUnavailable, CallView, Reservation
from transfer.citizens import Citizens
from transfer.outside import Way
from transfer.routes import CALLBACK

BY = "queue"
SLACK_S = 5.0  # after the ringing time, before we believe that Asterisk's word was lost
_CAUSE_S = 1.0  # the hang-up's event and Asterisk's word on the call come in either order
_RESULTS = {17: "busy", 18: "no_answer", 19: "no_answer", 21: "no_answer"}
"""Q.850 cause of a call that was not picked up → what is put on record."""
WRITE_S = 2.0


@dataclass(frozen=True, slots=True)
class Calling:
    """Who may be called, what number they see, and how long their telephone rings (seconds)."""

    store: Store
    citizens: Citizens
    shown: str
    ring_s: int


class CallOuts:
    """One node's.  `act` acts on the node as its owner; `answers` has Asterisk's word on each call made."""

    def __init__(
        self,
        *,
        act: Callable[[Action], Awaitable[Reply]],
        acd: Acd,
        answers: Originations,
        calling: Calling,
    ) -> None:
        self._act = act
        self._acd = acd
        self._answers = answers
        self._store = calling.store
        self._citizens = calling.citizens
        self._shown = calling.shown
        self._ring_s = calling.ring_s
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended: dict[str, asyncio.Future[int]] = {}
        self.reached = 0
        self.unreached = 0
        self._log = structlog.get_logger("agi.callout")

    def begin(self, seat: Reservation) -> None:
        """Rings the citizen of this claimed callback; returns at once."""
        task = asyncio.create_task(self._carry_out(seat), name=f"callback {seat.call_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def tell(self, event: ev.Hangup) -> None:
        """A channel has gone: perhaps that of a citizen who does not pick up."""
        ended = self._ended.get(event.uniqueid)
        if ended is not None and not ended.done():
            ended.set_result(event.cause)

    async def leave(self) -> None:
        """Leaves to the next owner what rings now: who picks up is asked for by the dialplan all the same,
        and who does not is rung again when the reservation has run out."""
        await end(*self._tasks)

    async def _carry_out(self, seat: Reservation) -> None:
        try:
            await self._call(seat.call_id)
        except (AcdUnavailable, AmiError) as away:
            # The reservation's lease runs out, and the callback is matched again.
            self._log.warning("callout.undone", call=seat.call_id, reason=str(away))
        except Exception:  # noqa: BLE001 - one citizen's fault; the lease settles it, the traceback is in the log
            self._log.exception("callout.failed", call=seat.call_id)

    async def _call(self, callback_id: str) -> None:
        due = await self._acd.call(callback_id)
        if due is None:
            return
        way, number = await self._whom(callback_id)
        if way is None:
            await self._give_up(callback_id, "failed")
            return
        ended = self._ended[callback_id] = asyncio.get_running_loop().create_future()
        try:
            result = await self._ring(due, way, number, ended)
        finally:
            del self._ended[callback_id]
        if result == "reached":
            self.reached += 1
        else:
            await self._give_up(callback_id, result)

    async def _whom(self, callback_id: str) -> tuple[Way | None, str]:
        """How the citizen is dialled, and the number.  None: nobody knows whom to call."""
        try:
            async with asyncio.timeout(WRITE_S):
                number = await callbacks.number(self._store, callback_id)
                await audit.note(self._store, BY, "callback.ring", callback_id, {})
        except (CrmError, TimeoutError) as unknown:
            self._log.warning("callout.no_number", call=callback_id, reason=str(unknown))
            return None, ""
        return self._citizens.way(number), self._citizens.number(number) or ""

    async def _ring(self, due: CallView, way: Way, number: str, ended: asyncio.Future[int]) -> str:
        """Returns reached, busy, no_answer or failed."""
        card = await self._acd.card(due.call_id) or {}
        try:
            reply = await self._act(
                act.Originate(
                    channel=f"PJSIP/{way.digits}@{way.trunk}",
                    channel_id=due.call_id,
                    context="hl-call",
                    exten="callback",
                    timeout_s=self._ring_s,
                    caller_id=f"<{self._shown}>",
                    variables={
                        "HL_ORIGIN": CALLBACK,
                        "HL_LINE": str(card.get("line") or self._shown),
                        "HL_CALLER": number,
                        "HL_GROUPS": "+".join(due.groups),
                        "HL_LANG": due.language,
                    },
                )
            )
        except ActionRefused as refusal:
            self._log.warning("callout.refused", call=due.call_id, reason=refusal.message)
            return "failed"
        told = await self._answers.of(reply.action_id, within_s=self._ring_s + SLACK_S)
        if told is not None and told.ok:
            return "reached"
        await asyncio.wait((ended,), timeout=_CAUSE_S)
        cause = ended.result() if ended.done() else None
        # A telephone that rings until we give up has the cause of our own hanging up.
        result = _RESULTS.get(cause or 0, "no_answer" if cause in (None, 0, 16) else "failed")
        self._log.info("callout.not_reached", call=due.call_id, cause=cause, result=result)
        return result

    async def _give_up(self, callback_id: str, result: str) -> None:
        """The seat first: it is free and keeps its place among the idle.  Then the task."""
        self.unreached += 1
        await self._acd.drop_callback(callback_id)
        try:
            async with asyncio.timeout(WRITE_S):
                await callbacks.report(self._store, callback_id, result, by=BY)
        except (CrmError, TimeoutError) as away:
            # The task is still open with its place: it is queued again, and the citizen rung again.
            self._log.warning("callout.not_on_record", call=callback_id, reason=str(away))
