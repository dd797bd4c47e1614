"""How things stand; changes nothing."""

import json
from typing import Any

from seats import feeds
from seats.figures import ghosts_among, group_views
from seats.keys import CALLS, CARDS, REPAIRS, SEATS
from seats.states import SeatState
from seats.verbs.base import SEAT, Verbs, call_view, named, seat_view
from seats.views import CallView, Ghost, GroupView, SeatView


class Looks(Verbs):
    async def seats(self) -> list[SeatView]:
        return sorted(
            (seat_view(found) for found in await self._store.ask("HVALS", SEATS)), key=lambda s: s.seat
        )

    async def seat(self, seat: str) -> SeatView:
        """A seat that nobody has heard of is a signed-out one."""
        found = await self._store.ask("HGET", SEATS, named(SEAT, seat, "seat"))
        return seat_view(found) if found else SeatView(seat, SeatState.SIGNED_OUT)

    async def calls(self) -> list[CallView]:
        """Oldest first; callbacks and outgoing calls among them (CallView.kind)."""
        found = [
            CallView.from_document(json.loads(stored)) for stored in await self._store.ask("HVALS", CALLS)
        ]
        return sorted(found, key=lambda call: call.since_ms)

    async def call(self, call_id: str) -> CallView | None:
        return call_view(await self._store.ask("HGET", CALLS, call_id))

    async def card(self, call_id: str) -> dict[str, Any] | None:
        found = await self._store.ask("HGET", CARDS, call_id)
        return json.loads(found) if found else None

    async def groups(self) -> list[GroupView]:
        return group_views(await self.seats(), await self.calls())

    async def repairs(self) -> dict[str, int]:
        """How often each kind of repair was needed since Redis began."""
        answer = feeds.as_fields(await self._store.ask("HGETALL", REPAIRS))
        return {kind: int(count) for kind, count in answer.items()}

    async def ghosts(self, *, after_s: float = 5.0) -> list[Ghost]:
        """Contradictions that have stood for so long: what the sweep should have put right, and engaged
        phones of ready seats, which only the person can."""
        seats, calls = await self.seats(), await self.calls()
        return ghosts_among(seats, calls, now_ms=await self.clock_ms(), after_ms=round(after_s * 1000))
