"""The whole journey of an incoming call, top to bottom.

The dialplan asks at each step (``asterisk_conf/templates/extensions.conf.j2``) and executes the answer;
callers wait, ring and talk inside Asterisk.  A session here lasts milliseconds, so any bridge can give the
next answer: what a later step needs is in the channel's variables, in Redis or in the ledger.

    arrived ─► ledger + draft ticket ─► greeting, menu ─► surge notice ─► a seat ─► pop ─► dial ─► talk
       │ restricted: a notice, the end         │ closed, empty, full      │ none is free ▲       │
       │                                       ▼                          ▼              │       ▼
       └ called back ─► its seat waits    overflow, voicemail        waiting, music ─► woken   survey, goodbye
                                          or callback                     │ key 1
                                                                          ▼ a callback keeps the place

Each topic has a file of its own: waiting, callback, voicemail, surge, survey.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

import ivr
from agi import decision as then
from agi.book import Book
from agi.callback import CallbackDialogue
from agi.cards import Cards
from agi.decision import Decision, Question
from agi.legs import call_of
from agi.pop import PopBarrier
from agi.profiles import Profiles
from agi.prompts import Voice
from agi.routing import Routing
from agi.rulebook import RuleBook
from agi.surge import SurgeNotices
from agi.survey import Survey
from agi.voicemail import Voicemails
from agi.waiting import CALLBACK_KEY, Announcements, Told
from crm import Outcome, now_ms
from seats import Acd, AcdUnavailable, Full, Offer, Reservation, Waiting
from transfer.groups import Way
from transfer.routes import CALLBACK, EMERGENCY, MANDARIN, Route

#: What Dial said, in the ACD's words.
NOT_ANSWERED = {
    "NOANSWER": "no_answer",
    "BUSY": "busy",
    "CHANUNAVAIL": "unregistered",
    "CONGESTION": "rejected",
    "DONTCALL": "rejected",
    "TORTURE": "rejected",
}
#: Origins whose callers have been greeted already, or must not lose a second (DOMAIN §4.6).
STRAIGHT_ON = frozenset({"emergency", "subcenter", "department"})
NEVER_TURNED_AWAY = frozenset({"emergency", CALLBACK})
"""Neither a closed line nor an empty group sends these anywhere but to a seat."""
KNOWN_S = 1  # seconds for the key that takes a caller out of the language of the last call


@dataclass(frozen=True, slots=True)
class JourneyTimes:
    """How long a seat's phone rings, how long a caller waits between two questions, and how soon one asks
    again whom a full queue did not take; seconds.  `message_s`, `silence_s`: of a voicemail."""

    ring_s: int = 20
    wait_round_s: int = 20
    full_s: int = 10
    message_s: int = 120
    silence_s: int = 5


@dataclass(frozen=True, slots=True)
class Topics:
    """The parts of the journey that have a file of their own."""

    announcements: Announcements
    callback: CallbackDialogue
    surge: SurgeNotices
    survey: Survey | None
    voicemails: Voicemails


class Journey:
    """Decides each next step of an incoming call."""

    def __init__(
        self,
        *,
        zone: ZoneInfo,
        menu: str,
        times: JourneyTimes,
        rules: RuleBook,
        routing: Routing,
        acd: Acd,
        cards: Cards,
        profiles: Profiles,
        pops: PopBarrier,
        menus: ivr.Menus,
        voice: Voice,
        book: Book,
        topics: Topics,
    ) -> None:
        self._zone = zone
        self._menu_name = menu
        self._times = times
        self._rules = rules
        self._routing = routing
        self._acd = acd
        self._cards = cards
        self._profiles = profiles
        self._pops = pops
        self._menus = menus
        self._voice = voice
        self._book = book
        self._topics = topics
        self._log = structlog.get_logger("agi.journey")

    async def decide(self, call: Question) -> Decision:
        """The answer to one question of the dialplan; a dead Redis or database is answered too."""
        try:
            return await self._decide(call)
        except AcdUnavailable:
            self._log.warning("journey.acd_away", call=call.call_id)
            await self._book.mark(call, "plain_queue")
            return then.plain()

    async def _decide(self, call: Question) -> Decision:
        match call.event:
            case "arrived":
                return await self._arrived(call)
            case "callback":
                return await self._called_back(call)
            case "key" | "digits" | "said" if call.topic:
                return await self._in_topic(call)
            case "key":
                pressed = ivr.Key(call.detail) if call.detail else ivr.Nothing()
                return await self._menu(call, ivr.resume(self._menus, call.state, pressed))
            case "said" if call.state == then.END:
                return then.hangup()
            case "said":
                return await self._menu(call, ivr.resume(self._menus, call.state, ivr.Said()))
            case "dialled":
                return await self._seat_has_ended(call)
            case "recorded":
                return await self._message_left(call)
            case "waitkey" if call.detail == CALLBACK_KEY:
                offered = self._topics.announcements.callback_offered(call)
                step = self._topics.callback.begin(call) if offered else None
                return step or await self._find_seat(call)
            case "wake" | "waited" | "waitkey" | "digits":
                return await self._find_seat(call)
        self._log.error("journey.unknown_event", call=call.call_id, event_name=call.event)
        return then.plain()

    # 1. The call arrives: it is on record before the caller hears a word.
    async def _arrived(self, call: Question) -> Decision:
        await self._cards.of(call)
        caller = await self._profiles.of(call)
        if caller.blocked and call.origin != EMERGENCY:
            await self._book.close(call, Outcome.REFUSED)
            return then.last_word(self._voice.of(call, "caller_blocked"))
        if call.origin in STRAIGHT_ON or caller.person.flagged:
            return await self._offered(call, (), caller.language or MANDARIN)
        if caller.language not in (None, MANDARIN):
            # The language sticks to the caller.  Mandarin does not: it may only be a key not pressed.
            speaks = replace(call, language=caller.language)
            return then.ask(self._voice.of(speaks, "greeting_known"), KNOWN_S, f"known:{caller.language}")
        return await self._menu(
            call, ivr.start(self._menus, self._menu_name, ivr.Context(datetime.now(self._zone)))
        )

    #    … or it is a citizen whom we have called back, for whom a seat is kept.
    async def _called_back(self, call: Question) -> Decision:
        await self._cards.of(call)
        await self._book.mark(call, "callback_of", data={"call": call_of(call.call_id)})
        await self._book.mark(call, "offered", data={"groups": list(call.groups)})
        return then.say(self._voice.of(call, "callback_greeting"), "reached:")

    # 2. Greeting, language, menu.
    async def _menu(self, call: Question, step: ivr.Step) -> Decision:
        match step:
            case ivr.Ask(prompts=prompts, timeout_s=timeout_s, state=state):
                return then.ask(self._voice.of(call, *prompts), timeout_s, state)
            case ivr.Say(prompts=prompts, state=state):
                return then.say(self._voice.of(call, *prompts), state)
            case ivr.Enqueue(groups=groups, language=language):
                return await self._offered(call, tuple(groups), language)
            case ivr.Hangup(prompts=prompts, reason=reason):
                await self._book.mark(call, "notice", data={"reason": reason})
                await self._book.close(call, Outcome.NOTICE)
                return then.last_word(self._voice.of(call, *prompts))

    #    A key, digits or the end of a prompt within one of the topics.
    async def _in_topic(self, call: Question) -> Decision:
        match call.topic:
            case "known":
                return await self._offered(call, (), MANDARIN if call.detail == "1" else call.where)
            case "surge":
                return await self._topics.surge.answer(call) or await self._find_seat(call)
            case "callback":
                return await self._topics.callback.answer(call) or await self._stays(call)
            case "survey" if self._topics.survey is not None:
                return await self._topics.survey.answer(call)
        return await self._find_seat(call)

    # 3. Offered to the seats: from here the answer time counts.
    async def _offered(self, call: Question, chosen: tuple[str, ...], language: str) -> Decision:
        call = replace(call, language=language)
        route = await self._routing.first(call, chosen)
        if not (now := self._open(route.groups)) and call.origin not in NEVER_TURNED_AWAY:
            now = self._open(self._rules.groups.way_out(route.groups)[0])
            if not now:
                return (await self._closed(call, route)).also(HL_LANG=language)
        route = replace(route, groups=now or route.groups)
        await self._book.mark(call, "language", data={"language": language})
        await self._book.mark(call, "offered", data={"groups": list(route.groups)})
        call = replace(call, groups=route.groups)
        # Who listens to a surge's notice loses nothing: the wait counts from the arrival.
        caller = await self._profiles.of(call)
        notice = None if call.origin in STRAIGHT_ON else self._topics.surge.of(call, caller.region)
        step = notice or await self._find_seat(call)
        return Decision(step.step, {"HL_GROUPS": "+".join(route.groups), "HL_LANG": language, **step.values})

    # 4. A seat, at once or after a wait.  The pop comes first, then the phone rings.
    async def _find_seat(self, call: Question, *, told: Told | None = None) -> Decision:
        told = told or Told.read(call.state)
        route = await self._routing.again(call)
        found = await self._offer(call, route)
        match found:
            case Reservation():
                return await self._ring(call, found)
            case Waiting(staffed=staffed) if staffed or told.asked:
                return self._topics.announcements.round(call, route, found, told)
            case Full() if told.asked:
                return then.wait(self._times.full_s, (), told.state)
        return await self._nobody_can(call, route, full=isinstance(found, Full))

    async def _offer(self, call: Question, route: Route) -> Reservation | Waiting | Full:
        caller = await self._profiles.of(call)
        card = await self._cards.of(call)
        return await self._acd.offer(
            Offer(
                call_id=call.call_id,
                node=call.node,
                channel=call.channel,
                groups=route.groups,
                language=call.language or MANDARIN,
                priority=route.priority,
                waiting_since_ms=call.arrived_ms,
                widen=route.widen,
                last_seat=caller.last_seat,
                card=card | {"language": call.language or MANDARIN, "flags": list(caller.flags)},
            ),
            woken=call.event == "wake",
        )

    async def _ring(self, call: Question, seat: Reservation) -> Decision:
        await self._pops.show(seat)
        if not await self._acd.ringing(call.call_id, seat.fence):
            # The lease ran out, or the seat left, while we waited for its screen: the call is queued again.
            return then.wait(1, (), Told.read(call.state).state)
        await self._book.mark(call, "ringing", seat=seat.seat, key=str(seat.fence))
        peer = seat.seat_node if seat.seat_node != call.node else ""
        return then.dial(seat.seat, seat.fence, self._times.ring_s, peer=peer)

    #    Nobody is signed in for the call, or its queue is full: other groups, then the group's rule.
    async def _nobody_can(self, call: Question, route: Route, *, full: bool) -> Decision:
        if not full:
            await self._alarm(call, route)
        more, way = self._rules.groups.way_out(route.groups, full=full)
        route = route.wider(more, call.language or MANDARIN)
        found = await self._offer(call, route)
        here = {"HL_GROUPS": "+".join(route.groups)}
        told = Told.read(call.state)
        if isinstance(found, Reservation):
            return (await self._ring(call, found)).also(**here)
        if isinstance(found, Waiting) and found.staffed:
            return self._topics.announcements.round(call, route, found, told).also(**here)
        lead = "queue_full" if full else "nobody_there"
        if call.origin not in NEVER_TURNED_AWAY:
            step = await self._instead(call, way, lead)
            if step is not None:
                return step.also(**here)
        told = replace(told, asked=True)
        if isinstance(found, Full):
            return then.wait(self._times.full_s, self._voice.of(call, lead), told.state).also(**here)
        return self._topics.announcements.round(call, route, found, told, lead).also(**here)

    #    The line is closed at this hour.
    async def _closed(self, call: Question, route: Route) -> Decision:
        _, way = self._rules.groups.way_out(route.groups)
        return await self._instead(call, way, "group_closed") or await self._notice(call, "group_closed")

    #    Instead of a seat: a message, or a callback that keeps the place.  None: nothing but to wait.
    async def _instead(self, call: Question, way: Way, lead: str) -> Decision | None:
        match way:
            case Way.VOICEMAIL:
                await self._acd.ended(call.call_id)
                words = self._voice.of(call, lead, "voicemail")
                return then.voicemail(words, longest_s=self._times.message_s, silence_s=self._times.silence_s)
            case Way.CALLBACK:
                return self._topics.callback.begin(call, lead)
        return None

    #    The caller has not taken up a callback.  Whose line is closed has nobody to wait for.
    async def _stays(self, call: Question) -> Decision:
        if not call.groups and not self._open((await self._routing.again(call)).groups):
            return await self._notice(call, "group_closed")
        # Music at once, and what was offered is not offered again.
        return await self._find_seat(call, told=Told(now_ms() // 1000, asked=True))

    # 5. Dial has returned and the caller is still here: the talk is over, or the seat did not answer.
    async def _seat_has_ended(self, call: Question) -> Decision:
        reason = NOT_ANSWERED.get(call.detail)
        if reason is None:
            return await self._talk_over(call)
        await self._acd.missed(call.call_id, call.fence, reason)
        await self._book.mark(call, "no_answer", seat=call.seat, key=str(call.fence), data={"reason": reason})
        return await self._find_seat(call)

    # 6. The seat is free for its wrap-up from this moment on, whatever the caller still hears.
    async def _talk_over(self, call: Question) -> Decision:
        try:
            await self._acd.ended(call.call_id)
        except AcdUnavailable:
            self._log.warning("journey.acd_away", call=call.call_id)
            return then.hangup()
        if self._topics.survey is not None:
            return self._topics.survey.begin(call)
        return then.last_word(self._voice.of(call, "goodbye"))

    #    A message was recorded to its end.  Who hangs up in it is explained by the node's owner.
    async def _message_left(self, call: Question) -> Decision:
        message = await self._topics.voicemails.of(call.call_id)
        if message is None:
            await self._book.close(call, Outcome.ABANDONED_QUEUE)
            return then.last_word(self._voice.of(call, "voicemail_short", "goodbye"))
        await self._book.mark(call, "voicemail", data=message.data)
        await self._book.close(call, Outcome.VOICEMAIL)
        return then.last_word(self._voice.of(call, "voicemail_kept", "goodbye"))

    async def _notice(self, call: Question, prompt: str) -> Decision:
        await self._book.mark(call, "notice", data={"reason": prompt})
        await self._book.close(call, Outcome.NOTICE)
        return then.last_word(self._voice.of(call, prompt))

    async def _alarm(self, call: Question, route: Route) -> None:
        """Nobody is signed in for a caller: that is never normal (DOMAIN §1 row 7: 7×24 human service)."""
        self._log.error("journey.nobody_signed_in", call=call.call_id, groups=route.groups)
        await self._book.mark(call, "empty_group", data={"groups": list(route.groups)})
        told = {"kind": "empty_group", "groups": list(route.groups)}
        await self._acd.announce("alarm", call_id=call.call_id, data=told)

    def _open(self, groups: tuple[str, ...]) -> tuple[str, ...]:
        now = datetime.now(self._zone)
        return tuple(group for group in groups if self._rules.groups.open(group, now))
