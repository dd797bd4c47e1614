"""A call on its way to a seat and away from it, and what a leader does with it."""

import json
from collections.abc import Sequence

from seats.model import DEFAULT_GROUP, DEFAULT_LANGUAGE, Full, Offer, Reservation, Waiting
from seats.states import CallKind
from seats.verbs.base import (
    CALL,
    LANGUAGE,
    SEAT,
    Verbs,
    as_reservation,
    call_view,
    checked_priority,
    group_words,
    named,
    new_request,
    widen_words,
)
from seats.views import CallView

MISSED_REASONS = frozenset({"no_answer", "busy", "rejected", "unregistered"})


class CallVerbs(Verbs):
    async def offer(self, offer: Offer, *, woken: bool = False) -> Reservation | Waiting | Full:
        """A seat for this call, claimed by the asker, or its place in the queue.  Safe to repeat.

        Full: it was not queued, as all its groups have as many waiting as they may; a call that the ACD knows
        already is never turned away.
        woken: the asker is the caller whom a waker has fetched.  Anybody else is told to wait while a waker
        is on its way, for its redirect would cut off the phone that rings by then.
        A call that ended less than gone_s ago is answered as waiting, but not queued until it asks again.
        """
        language = named(LANGUAGE, offer.language, "language")
        answer = await self._store.run(
            "offer",
            named(CALL, offer.call_id, "call id"),
            offer.node,
            offer.channel,
            group_words(offer.groups),
            language,
            checked_priority(offer.priority),
            offer.waiting_since_ms,
            widen_words(offer.widen, language),
            named(SEAT, offer.last_seat, "seat") if offer.last_seat else "",
            json.dumps(offer.card, ensure_ascii=False),
            int(woken),
        )
        if answer[0] == "waiting":
            ahead, expected_ms = int(answer[1]), int(answer[3])
            return Waiting(
                offer.call_id,
                place=ahead + 1,
                ahead=ahead,
                since_ms=int(answer[2]),
                expected_s=None if expected_ms < 0 else expected_ms / 1000,
                staffed=int(answer[4]),
            )
        if answer[0] == "full":
            return Full(offer.call_id, tuple(answer[1].split()), staffed=int(answer[2]))
        return Reservation(
            offer.call_id,
            seat=answer[1],
            fence=int(answer[2]),
            has_screen=bool(answer[3]),
            card=offer.card,
            channel=offer.channel,
            node=offer.node,
            seat_node=answer[4],
            kind=CallKind(answer[5]),
        )

    async def claim(self, call_id: str, *, request_id: str | None = None) -> Reservation | None:
        """Takes a pending match for execution, exactly once over all wakers; None: nothing to do."""
        answer = await self._store.run("claim", named(CALL, call_id, "call id"), request_id or new_request())
        return as_reservation(call_id, answer)

    async def reservation(self, call_id: str) -> Reservation | None:
        """The call's present reservation, claimed or not, ringing or not; changes nothing."""
        return as_reservation(call_id, await self._store.run("reservation", named(CALL, call_id, "call id")))

    async def ringing(self, call_id: str, fence: int) -> bool:
        """False: the reservation is no longer this one, do not dial."""
        return bool(await self._store.run("ringing", named(CALL, call_id, "call id"), fence))

    async def answered(self, call_id: str, *, seat: str, fence: int | None = None) -> bool:
        """Caller and seat talk; without a fence the word of Asterisk, believed whatever was recorded.
        False: too late, the call has ended or gone elsewhere."""
        node = call_id.rpartition("-")[0]  # unique ids begin with Asterisk's system name
        answer = await self._store.run(
            "answered",
            named(CALL, call_id, "call id"),
            named(SEAT, seat, "seat"),
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
        return bool(await self._store.run("missed", named(CALL, call_id, "call id"), fence, reason))

    async def ended(self, call_id: str) -> CallView | None:
        """The caller is gone or the talk is over.  Returns how the call stood; None: nobody knew it."""
        return call_view(await self._store.run("ended", named(CALL, call_id, "call id")))

    # by a leader

    async def assign(
        self, call_id: str, seat: str, *, by: str, request_id: str | None = None
    ) -> CallView | None:
        """Reserves that seat for the call, wherever it waits, rings or talks; the owner is woken (Wake.by).

        The seat that had the call is let go, into its wrap-up if it talked.  None: nobody knows the call.
        Raises RefusedTransition with event assign, assign_unregistered or assign_engaged unless the seat is
        ready or on a break, with a registered phone that is not in use.
        """
        if not by:
            raise ValueError("an order has somebody who gave it")
        known = named(CALL, call_id, "call id"), named(SEAT, seat, "seat")
        return call_view(await self._store.run("assign", *known, by, request_id or new_request()))

    async def move(
        self,
        call_id: str,
        groups: Sequence[str],
        language: str = DEFAULT_LANGUAGE,
        *,
        by: str,
        request_id: str | None = None,
    ) -> CallView | None:
        """Into other queues, from its original time on; what the caller's own rounds ask for no longer
        counts.  None: nobody knows the call, or a seat made it."""
        if not by:
            raise ValueError("an order has somebody who gave it")
        where = group_words(groups), named(LANGUAGE, language, "language")
        known = named(CALL, call_id, "call id")
        return call_view(await self._store.run("move", known, *where, by, request_id or new_request()))
