"""What persons do at their seats, what leaders order, and what is observed of phones and consoles."""

import json
from collections.abc import Mapping, Sequence
from typing import Literal

from seats.verbs.base import CALL, GROUP, LANGUAGE, SEAT, Verbs, named, new_request, seat_view
from seats.views import SeatView


class SeatVerbs(Verbs):
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
        """groups: skill group → level, 1 best … 9; languages: none = Chinese alone.  A new person is not
        ready ("signed_in"); the same person again only renews name, groups and languages."""
        if not user:
            raise ValueError("a seat is taken by a user")
        for group, level in groups.items():
            named(GROUP, group, "group")
            if not 1 <= level <= 9:
                raise ValueError(f"level of {group} is {level}, not 1 to 9")
        for language in languages:
            named(LANGUAGE, language, "language")
        known = json.dumps(dict(groups)), json.dumps(list(dict.fromkeys(languages)))
        return await self._seat_verb("sign_in", seat, user, name, *known, request_id=request_id)

    async def sign_out(self, seat: str, *, by: str, request_id: str | None = None) -> SeatView:
        """A call on its way to the seat goes back to its place.  Refused while talking."""
        return await self._seat_verb("sign_out", seat, by, "0", request_id=request_id)

    async def ready(self, seat: str, *, request_id: str | None = None) -> SeatView:
        """May come back reserved: the next caller can be matched in the same step."""
        return await self._seat_verb("ready", seat, "ready", "", request_id=request_id)

    async def not_ready(self, seat: str, reason: str, *, request_id: str | None = None) -> SeatView:
        """reason: a code, whichever the house has.  While talking it is a wish (SeatView.after), carried out
        after the wrap-up."""
        return await self._break(seat, reason, "", request_id)

    async def wrap_up_done(self, seat: str, *, request_id: str | None = None) -> SeatView:
        return await self._seat_verb("ready", seat, "wrap_up_done", "", request_id=request_id)

    async def wrap_up_extend(self, seat: str, *, request_id: str | None = None) -> SeatView:
        """Once a wrap-up, by as much as the group's rules allow (SeatView.may_extend)."""
        return await self._seat_verb("wrap_up_extend", seat, request_id=request_id)

    async def dialling_out(
        self, seat: str, call_id: str, *, node: str = "", channel: str = "", request_id: str | None = None
    ) -> SeatView:
        """The seat calls somebody: ringing (kind outgoing) until answered(), then talking, until ended();
        unanswered, the seat is where it was before."""
        known = named(CALL, call_id, "call id"), node, channel
        return await self._seat_verb("dialling_out", seat, *known, request_id=request_id)

    # by a leader: the same moves, with who ordered them

    async def force_ready(self, seat: str, *, by: str, request_id: str | None = None) -> SeatView:
        """Ends a break or a wrap-up."""
        return await self._seat_verb("ready", seat, "ready", _leader(by), request_id=request_id)

    async def force_not_ready(
        self, seat: str, reason: str, *, by: str, request_id: str | None = None
    ) -> SeatView:
        return await self._break(seat, reason, _leader(by), request_id)

    async def force_sign_out(self, seat: str, *, by: str, request_id: str | None = None) -> SeatView:
        """While talking it takes effect when the talk is over, without a wrap-up (SeatView.leaving_by)."""
        return await self._seat_verb("sign_out", seat, _leader(by), "1", request_id=request_id)

    async def supervised(
        self,
        seat: str,
        *,
        by: str,
        mode: Literal["listen", "whisper", "barge"] | None,
        request_id: str | None = None,
    ) -> SeatView:
        """Notes that somebody listens to the seat's talk; mode None: nobody any more.  Gone with the talk."""
        known = (_leader(by), mode) if mode else ("", "")
        return await self._seat_verb("supervise", seat, *known, request_id=request_id)

    # what is observed

    async def heartbeat(self, seat: str) -> SeatView:
        """The seat's console is alive.  A signed-out answer tells the console to sign in again (Redis came
        back empty)."""
        return seat_view(await self._store.run("heartbeat", named(SEAT, seat, "seat")))

    async def contact(self, seat: str, registered: bool, *, node: str = "") -> SeatView:
        """Whether the seat's phone is registered at that node; "" where there is only one.  A phone that goes
        away while reserved or ringing frees the caller in the same step."""
        there = "yes" if registered else "no"
        return seat_view(await self._store.run("contact", named(SEAT, seat, "seat"), there, node))

    async def device(self, seat: str, state: str, *, node: str = "") -> SeatView:
        """state: as Asterisk names it (NOT_INUSE, INUSE, RINGING, UNAVAILABLE, …).  Only the word of the node
        where the phone is registered counts."""
        return seat_view(await self._store.run("device", named(SEAT, seat, "seat"), state, node))

    async def _break(self, seat: str, reason: str, by: str, request_id: str | None) -> SeatView:
        if not reason:
            raise ValueError("a break has a reason")
        return await self._seat_verb("not_ready", seat, reason, by, request_id=request_id)

    async def _seat_verb(self, script: str, seat: str, *arguments: str, request_id: str | None) -> SeatView:
        request = request_id or new_request()
        return seat_view(await self._store.run(script, named(SEAT, seat, "seat"), *arguments, request))


def _leader(by: str) -> str:
    if not by:
        raise ValueError("an order has somebody who gave it")
    return by
