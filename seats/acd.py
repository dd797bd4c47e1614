"""The ACD's verbs.  Each is one atomic script in Redis and one round trip; no state is kept here."""

import json
import re
import time
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from redis.asyncio import Redis

from seats import feeds
from seats.keys import CALLS, CARDS, EVENTS, POPPED, REPAIRS, SEATS
from seats.model import (
    DEFAULT_GROUP,
    AcdRules,
    CallView,
    Event,
    GroupView,
    LiveCall,
    Offer,
    Repair,
    Reservation,
    SeatView,
    Waiting,
    Wake,
)
from seats.states import SeatState
from seats.store import ScriptStore
from seats.views import group_views
from seats.wiring import long_poll_like

SWEEP_BATCH = 500
MISSED_REASONS = frozenset({"no_answer", "busy", "rejected", "unregistered"})

_SEAT = re.compile(r"\d{1,12}")
_CALL = re.compile(r"[\w.:/@-]{1,150}")
_GROUP = re.compile(r"[a-z0-9_-]{1,32}")


class Acd:
    """Seats, queue and live calls, in Redis.

    Every method raises AcdUnavailable when Redis does not answer (within about 0.7 s), ValueError for a name
    that cannot be one; the seats' verbs raise RefusedTransition when the seat's state does not allow them.
    """

    def __init__(self, redis: Redis, *, rules: AcdRules, poll: Redis | None = None) -> None:
        self._store = ScriptStore(redis, rules)
        self._poll = poll or long_poll_like(redis)
        self._rules = rules

    # seats: what a person does

    async def sign_in(
        self,
        seat: str,
        *,
        user: str,
        name: str,
        groups: Mapping[str, int],
        languages: Sequence[str],
        request_id: str | None = None,
    ) -> SeatView:
        """groups: skill group → level, 1 best … 9.  A new person is not ready ("signed_in"); the same person
        again only renews name and groups."""
        if not user:
            raise ValueError("a seat is taken by a user")
        for group, level in groups.items():
            _named(_GROUP, group, "group")
            if not 1 <= level <= 9:
                raise ValueError(f"level of {group} is {level}, not 1 to 9")
        known = json.dumps(dict(groups)), json.dumps(list(languages))
        return await self._seat_verb("sign_in", seat, user, name, *known, request_id=request_id)

    async def sign_out(self, seat: str, *, by: str, request_id: str | None = None) -> SeatView:
        """A call on its way to the seat goes back to its place.  Refused while talking."""
        return await self._seat_verb("sign_out", seat, by, request_id=request_id)

    async def ready(self, seat: str, *, request_id: str | None = None) -> SeatView:
        """May come back reserved: the next caller can be matched in the same step."""
        return await self._seat_verb("ready", seat, "ready", request_id=request_id)

    async def not_ready(self, seat: str, reason: str, *, request_id: str | None = None) -> SeatView:
        """While talking it is a wish (SeatView.after), carried out after the wrap-up."""
        if not reason:
            raise ValueError("a break has a reason")
        return await self._seat_verb("not_ready", seat, reason, request_id=request_id)

    async def wrap_up_done(self, seat: str, *, request_id: str | None = None) -> SeatView:
        return await self._seat_verb("ready", seat, "wrap_up_done", request_id=request_id)

    # seats: what is observed

    async def heartbeat(self, seat: str) -> SeatView:
        """The seat's console is alive.  A signed-out answer tells the console to sign in again (Redis came
        back empty)."""
        return _seat_view(await self._store.run("heartbeat", _named(_SEAT, seat, "seat")))

    async def contact(self, seat: str, registered: bool) -> SeatView:
        return _seat_view(
            await self._store.run("contact", _named(_SEAT, seat, "seat"), "yes" if registered else "no")
        )

    async def device(self, seat: str, state: str) -> SeatView:
        """state: as Asterisk names it (NOT_INUSE, INUSE, RINGING, UNAVAILABLE, …)."""
        return _seat_view(await self._store.run("device", _named(_SEAT, seat, "seat"), state))

    # calls

    async def offer(self, offer: Offer, *, woken: bool = False) -> Reservation | Waiting:
        """A seat for this call, claimed by the asker, or its place in the queue.  Safe to repeat.

        woken: the asker is the caller whom a waker has fetched.  Anybody else is told to wait while a waker
        is on its way, for its redirect would cut off the phone that rings by then.
        A call that ended less than gone_s ago is answered as waiting, but not queued until it asks again.
        """
        if not offer.groups or not 0 <= offer.priority <= 9:
            raise ValueError("a call needs a group and a priority from 0 to 9")
        for group in offer.groups:
            _named(_GROUP, group, "group")
        answer = await self._store.run(
            "offer",
            _named(_CALL, offer.call_id, "call id"),
            offer.node,
            offer.channel,
            json.dumps(list(dict.fromkeys(offer.groups))),
            offer.priority,
            offer.waiting_since_ms,
            json.dumps(offer.card, ensure_ascii=False),
            int(woken),
        )
        if answer[0] == "waiting":
            ahead = int(answer[1])
            return Waiting(offer.call_id, place=ahead + 1, ahead=ahead, since_ms=int(answer[2]))
        return Reservation(
            offer.call_id,
            seat=answer[1],
            fence=int(answer[2]),
            has_screen=bool(answer[3]),
            card=offer.card,
            channel=offer.channel,
            node=offer.node,
        )

    async def claim(self, call_id: str, *, request_id: str | None = None) -> Reservation | None:
        """Takes a pending match for execution, exactly once over all wakers; None: nothing to do."""
        answer = await self._store.run(
            "claim", _named(_CALL, call_id, "call id"), request_id or _new_request()
        )
        return _reservation(call_id, answer)

    async def reservation(self, call_id: str) -> Reservation | None:
        """The call's present reservation, claimed or not, ringing or not; changes nothing."""
        return _reservation(call_id, await self._store.run("reservation", _named(_CALL, call_id, "call id")))

    async def ringing(self, call_id: str, fence: int) -> bool:
        """False: the reservation is no longer this one, do not dial."""
        return bool(await self._store.run("ringing", _named(_CALL, call_id, "call id"), fence))

    async def answered(self, call_id: str, *, seat: str, fence: int | None = None) -> bool:
        """Caller and seat talk; without a fence the word of Asterisk, believed whatever was recorded.
        False: too late, the call has ended or gone elsewhere."""
        node = call_id.rpartition("-")[0]  # unique ids begin with Asterisk's system name
        answer = await self._store.run(
            "answered",
            _named(_CALL, call_id, "call id"),
            _named(_SEAT, seat, "seat"),
            "" if fence is None else fence,
            node,
            DEFAULT_GROUP,
        )
        return bool(answer)

    async def missed(self, call_id: str, fence: int, reason: str) -> bool:
        """reason: no_answer, busy, rejected or unregistered.  The seat is not ready for that reason, the call
        is back at its original place.  False: the reservation is no longer this one."""
        if reason not in MISSED_REASONS:
            raise ValueError(f"{reason} is none of {sorted(MISSED_REASONS)}")
        return bool(await self._store.run("missed", _named(_CALL, call_id, "call id"), fence, reason))

    async def ended(self, call_id: str) -> CallView | None:
        """The caller is gone or the talk is over.  Returns how the call stood; None: nobody knew it."""
        found = await self._store.run("ended", _named(_CALL, call_id, "call id"))
        return CallView.from_document(json.loads(found)) if found else None

    # upkeep, by the node's owner

    async def sweep(self) -> int:
        """Run every second: settles what time has decided; how many things it changed."""
        return int(await self._store.run("sweep", SWEEP_BATCH))

    async def restore(self, node: str, live: Sequence[LiveCall], *, as_of_ms: int = 0) -> list[Repair]:
        """Makes Redis agree with Asterisk about one node.

        as_of_ms: clock_ms() before the snapshot was taken; whatever changed later is left alone.  0: trust
        ``live`` against everything.
        """
        facts = [
            {
                "call_id": _named(_CALL, call.call_id, "call id"),
                "channel": call.channel,
                "phase": call.phase,
                "seat": call.seat or "",
                "since_ms": call.since_ms,
                "groups": list(call.groups or (DEFAULT_GROUP,)),
                "priority": call.priority,
            }
            for call in live
        ]
        answer = await self._store.run("restore", node, json.dumps(facts), as_of_ms)
        repairs = [json.loads(entry) for entry in answer]
        return [
            Repair(found["kind"], found["call_id"] or None, found["seat"] or None, found["was"], found["now"])
            for found in repairs
        ]

    async def clock_ms(self) -> int:
        """Redis's clock, the only one that the ACD goes by."""
        seconds, micros = await self._store.ask("TIME")
        return int(seconds) * 1000 + int(micros) // 1000

    # views

    async def seats(self) -> list[SeatView]:
        return sorted(
            (_seat_view(found) for found in await self._store.ask("HVALS", SEATS)), key=lambda s: s.seat
        )

    async def seat(self, seat: str) -> SeatView:
        """A seat that nobody has heard of is a signed-out one."""
        found = await self._store.ask("HGET", SEATS, _named(_SEAT, seat, "seat"))
        return _seat_view(found) if found else SeatView(seat, SeatState.SIGNED_OUT)

    async def calls(self) -> list[CallView]:
        """Oldest first."""
        found = [
            CallView.from_document(json.loads(stored)) for stored in await self._store.ask("HVALS", CALLS)
        ]
        return sorted(found, key=lambda call: call.since_ms)

    async def call(self, call_id: str) -> CallView | None:
        found = await self._store.ask("HGET", CALLS, call_id)
        return CallView.from_document(json.loads(found)) if found else None

    async def card(self, call_id: str) -> dict[str, Any] | None:
        found = await self._store.ask("HGET", CARDS, call_id)
        return json.loads(found) if found else None

    async def groups(self) -> list[GroupView]:
        return group_views(await self.seats(), await self.calls())

    async def repairs(self) -> dict[str, int]:
        """How often each kind of repair was needed since Redis began."""
        answer = feeds.as_fields(await self._store.ask("HGETALL", REPAIRS))
        return {kind: int(count) for kind, count in answer.items()}

    # pops, wakes and events

    async def pop(self, reservation: Reservation) -> None:
        """Tells the seat's screens who is about to ring."""
        card = reservation.card | {
            "call_id": reservation.call_id,
            "fence": reservation.fence,
            "seat": reservation.seat,
        }
        fields: dict[str, str | int] = {
            "type": "pop",
            "at": int(time.time() * 1000),
            "seat": reservation.seat,
            "call": reservation.call_id,
            "data": json.dumps(card, ensure_ascii=False),
        }
        flat: list[str | int] = [part for pair in fields.items() for part in pair]
        await self._store.ask("XADD", EVENTS, "MAXLEN", "~", self._rules.events_kept, "*", *flat)

    async def acknowledge_pop(self, call_id: str, fence: int) -> None:
        await self._store.ask("PUBLISH", POPPED, f"{_named(_CALL, call_id, 'call id')} {int(fence)}")

    def popped(self) -> AsyncIterator[tuple[str, int]]:
        """(call id, fence) of every pop that a console has shown, for ever."""
        return feeds.read_popped(self._poll)

    def wakes(self, node: str, last_id: str | None = None) -> AsyncIterator[Wake]:
        """Matches for a node's owner to claim and carry out, for ever.  Without ``last_id`` it begins two
        leases ago: older ones are undone already, and claim() sorts out the rest."""
        if last_id is None:
            last_id = f"{int((time.time() - 2 * self._rules.reserve_lease_s) * 1000)}-0"
        return feeds.read_wakes(self._poll, node, last_id)

    def events(self, last_id: str) -> AsyncIterator[Event]:
        """Everything after ``last_id`` ("0" = all that is kept; see last_event_id), for ever."""
        return feeds.read_events(self._poll, last_id)

    async def last_event_id(self) -> str:
        """Where the stream stands now; concrete, so that nothing is lost between two reads."""
        newest = await self._store.ask("XREVRANGE", EVENTS, "+", "-", "COUNT", 1)
        return str(newest[0][0]) if newest else "0-0"

    async def events_since(self, last_id: str, limit: int = 20_000) -> list[Event]:
        if not re.fullmatch(r"\d+(-\d+)?", last_id):
            raise ValueError("an event id is two numbers with a dash")
        found = await self._store.ask("XRANGE", EVENTS, f"({last_id}", "+", "COUNT", limit)
        return [feeds.as_event(entry_id, feeds.as_fields(fields)) for entry_id, fields in found]

    async def close(self) -> None:
        await self._poll.aclose()
        await self._store.close()

    # Redis

    async def _seat_verb(self, script: str, seat: str, *arguments: str, request_id: str | None) -> SeatView:
        request = request_id or _new_request()
        return _seat_view(await self._store.run(script, _named(_SEAT, seat, "seat"), *arguments, request))


def _named(pattern: re.Pattern[str], text: str, what: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is no {what}")
    return text


def _new_request() -> str:
    return uuid.uuid4().hex


def _seat_view(stored: str) -> SeatView:
    return SeatView.from_document(json.loads(stored))


def _reservation(call_id: str, answer: list[Any]) -> Reservation | None:
    if not answer:
        return None
    seat, fence, has_screen, card, channel, node = answer
    return Reservation(call_id, seat, int(fence), bool(has_screen), json.loads(card), channel, node)
