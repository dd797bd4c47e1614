"""Follows the calls of one node by its AMI events, and closes each with the one outcome that explains it.

Every handler may be told the same thing twice and in another order than it happened between two channels.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import structlog

from agi.cards import Cards
from agi.legs import callback_of, is_call_of, is_callback, seat_of, tracks_of
from agi.voicemail import Message, Voicemails
from ami_bridge import events as ev
from crm import Ledger, Leg, Mark, Outcome
from seats import Acd, AcdUnavailable, CallView

NOBODY_THERE = frozenset({"UNAVAILABLE", "INVALID"})
SHORT_MS = 5_000  # DOMAIN §2: abandons of less than 5 s in the queue are counted apart


@dataclass(slots=True)
class Memory:
    """What the owner has seen of one live call."""

    channel: str = ""
    answered_by: str | None = None  # the seat that talked with the caller last
    together: bool = False  # the caller is in a bridge with somebody now
    plain: bool = False  # Asterisk's own queue had the call, and answered it if it was answered
    in_queue: bool = False  # it waits there now
    voicemail: bool = False  # it was asked for a message, and hung up before or in it
    asked_back_at: float = 0.0  # monotonic seconds: when it was last sent back into the journey
    made_by: str | None = None  # the seat that made this call: its leg is the first channel


def explain(
    seen: Memory, in_acd: CallView | None, ended_ms: int, *, message: Message | None = None
) -> Outcome:
    """The outcome of a call whose caller's channel has just gone."""
    if seen.answered_by is not None:
        return Outcome.ANSWERED_PLAIN if seen.plain else Outcome.ANSWERED
    if seen.made_by is not None:
        return Outcome.FAILED
    if seen.voicemail:
        return Outcome.VOICEMAIL if message is not None else Outcome.ABANDONED_QUEUE
    if in_acd is None:
        return Outcome.ABANDONED_PLAIN if seen.plain else Outcome.ABANDONED_GREETING
    waited = ended_ms - in_acd.since_ms
    return Outcome.ABANDONED_SHORT if waited < SHORT_MS else Outcome.ABANDONED_QUEUE


class LiveCalls:
    """The owner's picture of its node."""

    def __init__(self, *, node: str, ledger: Ledger, acd: Acd, cards: Cards, voicemails: Voicemails) -> None:
        self._node = node
        self._ledger = ledger
        self._voicemails = voicemails
        self._acd = acd
        self._cards = cards
        self._calls: dict[str, Memory] = {}
        self._there: dict[str, bool] = {}
        self._log = structlog.get_logger("agi.live")

    def __len__(self) -> int:
        return len(self._calls)

    def talking(self, call_id: str) -> bool:
        """True while the caller is in a bridge: nobody may redirect that channel."""
        seen = self._calls.get(call_id)
        return seen is not None and seen.together

    def in_plain_queue(self, *, not_asked_for_s: float) -> list[tuple[str, str]]:
        """(call id, channel) of callers who wait in Asterisk's own queue and were not asked back lately.

        They are meant to be asked back now: the time is noted.
        """
        now = time.monotonic()
        found = [
            (call_id, seen)
            for call_id, seen in self._calls.items()
            if seen.in_queue
            and not seen.together
            and seen.channel
            and now - seen.asked_back_at > not_asked_for_s
        ]
        for _, seen in found:
            seen.asked_back_at = now
        return [(call_id, seen.channel) for call_id, seen in found]

    def replace(self, calls: dict[str, Memory]) -> None:
        """A snapshot's picture takes the place of ours; what we alone remember of its calls is kept."""
        for call_id, now in calls.items():
            before = self._calls.get(call_id)
            if before is not None:
                now.answered_by = now.answered_by or before.answered_by
                now.plain = now.plain or before.plain
        self._calls = calls
        self.forget_phones()  # the snapshot has its own word on them

    async def handle(self, event: ev.Event) -> None:
        """One event of this node, in the order of its call."""
        if isinstance(event, ev.ChannelEvent) and not is_call_of(event.call_id, self._node):
            return  # a leg of another node's call, or of a shift leader who listens: no caller of ours
        match event:
            case ev.DialEnd(status="ANSWER"):
                await self._answered(event)
            case ev.DialEnd():
                seat = seat_of(event.dest_channel, event.dest_leg)
                await self._leg(event.call_id, seat, event.dest_uniqueid, ended=_ms(event))
            case ev.BridgeEnter() if event.uniqueid == event.call_id:
                self._of(event).together = event.members > 1 or self._of(event).answered_by is not None
            case ev.BridgeLeave() if event.uniqueid == event.call_id:
                self._of(event).together = False
            case ev.QueueCallerJoin():
                seen = self._of(event)
                seen.plain = seen.in_queue = True
                seen.asked_back_at = time.monotonic()
                await self._ledger.mark(Mark(event.call_id, "plain_queue", _ms(event)))
            case ev.QueueCallerLeave():
                self._of(event).in_queue = False
            case ev.UserEvent(kind="Voicemail") if event.uniqueid == event.call_id:
                self._of(event).voicemail = True
            case ev.UserEvent(kind="CalledBack") if event.uniqueid == event.call_id:
                self._of(event)
            case ev.Hangup() if is_callback(event.uniqueid) and event.uniqueid not in self._calls:
                pass  # the citizen has not picked up: no call yet (agi/callout.py)
            case ev.Hangup() if event.uniqueid == event.call_id:
                await self._caller_left(event)
            case ev.Hangup():
                await self._other_left(event)
            case ev.DeviceStateChange() if (phone := _seat(event.device)) is not None:
                await self._phone(phone, event.state)

    async def _phone(self, seat: str, state: str) -> None:
        """A seat's phone has changed.  Whether it is there at all is read from its device state.

        ContactStatus would not do: of two contacts of one phone, the old one's end may be told after the new
        one's beginning.
        """
        await self._acd.device(seat, state, node=self._node)
        there = state not in NOBODY_THERE
        if self._there.get(seat) is not there:
            self._there[seat] = there
            await self._acd.contact(seat, there, node=self._node)

    def forget_phones(self) -> None:
        """What was told of phones may be told otherwise by now: whichever is heard of next is news."""
        self._there.clear()

    def _of(self, event: ev.ChannelEvent) -> Memory:
        seen = self._calls.setdefault(event.call_id, Memory())
        if event.uniqueid == event.call_id:
            seen.channel = event.channel
        return seen

    async def _answered(self, event: ev.DialEnd) -> None:
        made_by = seat_of("", event.leg)
        seat = made_by or seat_of(event.dest_channel, event.dest_leg)
        if seat is None or not event.channel:
            return
        seen = self._of(event)
        seen.made_by = made_by
        seen.answered_by = seat
        seen.together = True
        seen.plain, seen.in_queue = seen.in_queue, False
        at = _ms(event)
        await self._ledger.mark(Mark(event.call_id, "answered", at, seat=seat, key=event.dest_uniqueid))
        if made_by is None:
            await self._leg(event.call_id, seat, event.dest_uniqueid, answered=at)
        try:
            await self._acd.answered(event.call_id, seat=seat)
        except AcdUnavailable:
            self._log.warning("live.acd_away", call=event.call_id)

    async def _leg(
        self,
        call_id: str,
        seat: str | None,
        uniqueid: str,
        *,
        answered: int | None = None,
        ended: int | None = None,
        cause: int | None = None,
    ) -> None:
        if seat is None:
            return
        await self._ledger.leg(
            Leg(call_id, uniqueid, "seat", seat=seat, answered_at=answered, ended_at=ended, cause=cause)
        )

    async def _other_left(self, event: ev.Hangup) -> None:
        """A leg that is not the caller's has ended; a seat that talked leaves the caller to the survey."""
        seat = seat_of(event.channel, event.leg)
        await self._leg(event.call_id, seat, event.uniqueid, ended=_ms(event), cause=event.cause)
        seen = self._calls.get(event.call_id)
        if seat is not None and seen is not None and seen.answered_by is not None:
            await self._ledger.mark(Mark(event.call_id, "parted", _ms(event), seat=seat, key=event.uniqueid))

    async def _caller_left(self, event: ev.Hangup) -> None:
        seen = self._calls.pop(event.call_id, None) or Memory(event.channel)
        seen.made_by = seen.made_by or seat_of("", event.leg)
        self._cards.forget(event.call_id)
        in_acd = await self._leave_acd(event.call_id)
        kept = seen.answered_by is None and in_acd is None and await self._keeps_a_place(event.call_id)
        at = _ms(event)
        message = await self._voicemails.of(event.call_id) if seen.voicemail else None
        if message is not None:
            await self._ledger.mark(Mark(event.call_id, "voicemail", at, data=message.data))
        await self._ledger.close(
            event.call_id,
            Outcome.CALLBACK_KEPT if kept else explain(seen, in_acd, at, message=message),
            at,
            event.cause,
            seat=seen.answered_by or seen.made_by,
            recording=tracks_of(event.call_id) if seen.answered_by else None,
        )

    async def _leave_acd(self, call_id: str) -> CallView | None:
        """Gives the seat free.  Returns where the call stood, None when the ACD did not know it."""
        try:
            return await self._acd.ended(call_id)
        except AcdUnavailable:  # the call is closed all the same; the next resync puts Redis right
            self._log.warning("live.acd_away", call=call_id)
            return None

    async def _keeps_a_place(self, call_id: str) -> bool:
        """Whether a callback has taken the caller's place, who hung up before the journey could say so."""
        if is_callback(call_id):
            return False
        try:
            return await self._acd.call(callback_of(call_id)) is not None
        except AcdUnavailable:
            return False


def _ms(event: ev.Event) -> int:
    return round(event.at * 1000)


def _seat(device: str) -> str | None:
    technology, _, name = device.partition("/")
    return name if technology == "PJSIP" and name.isdecimal() else None
