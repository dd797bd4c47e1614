"""The whole journey of an incoming call, top to bottom.

The dialplan asks at each step (``asterisk_conf/templates/extensions.conf.j2``) and executes the answer;
callers wait, ring and talk inside Asterisk.  A session here lasts milliseconds, so any bridge can give the
next answer: what a later step needs is in the channel's variables, in Redis or in the ledger.

    arrived ─► ledger + draft ticket ─► greeting, menu ─► a seat is free ─► pop ─► dial ─► talk ─► goodbye
                                                            none is free ─► wait with music ─► woken ┘
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog

import ivr
from agi import decision as then
from agi.cards import Cards
from agi.decision import Decision, Question
from agi.pop import PopBarrier
from crm import Ledger, Mark, Outcome, now_ms
from seats import Acd, AcdUnavailable, Offer, Reservation
from transfer.routes import Routes

#: What Dial said, in the ACD's words.
NOT_ANSWERED = {
    "NOANSWER": "no_answer",
    "BUSY": "busy",
    "CHANUNAVAIL": "unregistered",
    "CONGESTION": "rejected",
    "DONTCALL": "rejected",
    "TORTURE": "rejected",
}

_END = "end"  # the menu state after which nothing is left but to hang up


@dataclass(frozen=True, slots=True)
class JourneyTimes:
    """How long a seat's phone rings, and how long a caller waits between two questions; seconds."""

    ring_s: int = 20
    wait_round_s: int = 20


class Journey:
    """Decides each next step of an incoming call."""

    def __init__(
        self,
        *,
        zone: ZoneInfo,
        times: JourneyTimes,
        routes: Routes,
        ledger: Ledger,
        acd: Acd,
        cards: Cards,
        pops: PopBarrier,
        menus: ivr.Menus,
        prompt_path: Callable[[str, str], str | None],
    ) -> None:
        self._zone = zone
        self._times = times
        self._routes = routes
        self._ledger = ledger
        self._acd = acd
        self._cards = cards
        self._pops = pops
        self._menus = menus
        self._prompt_path = prompt_path
        self._log = structlog.get_logger("agi.journey")

    async def decide(self, call: Question) -> Decision:
        """The answer to one question of the dialplan; a dead Redis or database is answered too."""
        match call.event:
            case "arrived":
                return await self._arrived(call)
            case "key":
                pressed = ivr.Key(call.detail) if call.detail else ivr.Nothing()
                return await self._menu(call, ivr.resume(self._menus, call.state, pressed))
            case "said" if call.state == _END:
                return then.hangup()
            case "said":
                return await self._menu(call, ivr.resume(self._menus, call.state, ivr.Said()))
            case "dialled":
                return await self._seat_has_ended(call)
            case "wake" | "waited" | "waitkey":
                return await self._find_seat(call)
        self._log.error("journey.unknown_event", call=call.call_id, event_name=call.event)
        return then.plain()

    # 1. The call arrives: it is on record before the caller hears a word.
    async def _arrived(self, call: Question) -> Decision:
        await self._cards.of(call)
        route = self._routes.of(call.origin, call.line)
        if route.menu is None:
            return await self._offered(call, route.groups, "zh")
        return await self._menu(
            call, ivr.start(self._menus, route.menu, ivr.Context(datetime.now(self._zone)))
        )

    # 2. Greeting, language, menu.
    async def _menu(self, call: Question, step: ivr.Step) -> Decision:
        match step:
            case ivr.Ask(prompts=prompts, timeout_s=timeout_s, state=state):
                return then.ask(self._spoken(prompts, call.language), timeout_s, state)
            case ivr.Say(prompts=prompts, state=state):
                return then.say(self._spoken(prompts, call.language), state)
            case ivr.Enqueue(groups=groups, language=language):
                return await self._offered(call, tuple(groups), language)
            case ivr.Hangup(prompts=prompts, reason=reason):
                await self._mark(call, "notice", data={"reason": reason})
                await self._ledger.close(call.call_id, Outcome.NOTICE, now_ms(), None)
                return then.say(self._spoken(prompts, call.language), _END) if prompts else then.hangup()

    # 3. Offered to the seats: from here the answer time counts.
    async def _offered(self, call: Question, groups: tuple[str, ...], language: str) -> Decision:
        await self._mark(call, "language", data={"language": language})
        await self._mark(call, "offered", data={"groups": list(groups)})
        found = await self._find_seat(call, groups=groups, language=language)
        return found.also(HL_GROUPS="+".join(groups), HL_LANG=language)

    # 4. A seat, at once or after a wait.  The pop comes first, then the phone rings.
    async def _find_seat(
        self, call: Question, *, groups: tuple[str, ...] = (), language: str | None = None
    ) -> Decision:
        card = await self._cards.of(call)
        route = self._routes.of(call.origin, call.line)
        try:
            found = await self._acd.offer(
                Offer(
                    call_id=call.call_id,
                    node=call.node,
                    channel=call.channel,
                    groups=groups or call.groups or route.groups,
                    priority=route.priority,
                    waiting_since_ms=call.arrived_ms,
                    card=card | {"language": language or call.language or "zh"},
                ),
                woken=call.event == "wake",
            )
            if not isinstance(found, Reservation):
                return then.wait(self._times.wait_round_s)
            return await self._ring(call, found)
        except AcdUnavailable:
            self._log.warning("journey.acd_away", call=call.call_id)
            await self._mark(call, "plain_queue")
            return then.plain()

    async def _ring(self, call: Question, seat: Reservation) -> Decision:
        await self._pops.show(seat)
        if not await self._acd.ringing(call.call_id, seat.fence):
            # The lease ran out, or the seat left, while we waited for its screen: the call is queued again.
            return then.wait(1)
        await self._mark(call, "ringing", seat=seat.seat, key=str(seat.fence))
        peer = seat.seat_node if seat.seat_node != call.node else ""
        return then.dial(seat.seat, seat.fence, self._times.ring_s, peer=peer)

    # 5. Dial has returned and the caller is still here: the talk is over, or the seat did not answer.
    async def _seat_has_ended(self, call: Question) -> Decision:
        reason = NOT_ANSWERED.get(call.detail)
        try:
            if reason is None:
                await self._acd.ended(call.call_id)
                return then.say(self._spoken(("goodbye",), call.language), _END)
            await self._acd.missed(call.call_id, call.fence, reason)
        except AcdUnavailable:
            self._log.warning("journey.acd_away", call=call.call_id)
            if reason is None:
                return then.hangup()
            await self._mark(call, "plain_queue")
            return then.plain()
        await self._mark(call, "no_answer", seat=call.seat, key=str(call.fence), data={"reason": reason})
        return await self._find_seat(call)

    async def _mark(
        self,
        call: Question,
        kind: str,
        *,
        seat: str | None = None,
        key: str = "",
        data: dict[str, Any] | None = None,
    ) -> None:
        await self._ledger.mark(Mark(call.call_id, kind, now_ms(), seat=seat, key=key, data=data or {}))

    def _spoken(self, prompts: tuple[str, ...], language: str) -> tuple[str, ...]:
        """File names of those prompts that exist; a Mongolian slot without its recording is left out."""
        paths = (self._prompt_path(name, language or "zh") for name in prompts)
        return tuple(path for path in paths if path is not None)
