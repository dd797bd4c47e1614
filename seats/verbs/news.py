"""Pops, wakes and events: who is told what."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

from seats import feeds
from seats.keys import EVENTS, POPPED
from seats.model import Event, Reservation, Wake
from seats.verbs.base import CALL, Verbs, named


class News(Verbs):
    async def pop(self, reservation: Reservation) -> None:
        """Tells the seat's screens who is about to ring."""
        card = reservation.card | {
            "call_id": reservation.call_id,
            "fence": reservation.fence,
            "seat": reservation.seat,
        }
        fields: dict[str, str | int] = {
            "type": "pop",
            "seat": reservation.seat,
            "call": reservation.call_id,
            "data": json.dumps(card, ensure_ascii=False),
        }
        flat: list[str | int] = [part for pair in fields.items() for part in pair]
        await self._store.ask("XADD", EVENTS, "MAXLEN", "~", self._rules.events_kept, "*", *flat)

    async def announce(
        self, kind: str, *, call_id: str = "", seat: str = "", data: Mapping[str, Any] | None = None
    ) -> None:
        """One event of another kind than the scripts make (an alarm), for whoever follows the events."""
        told = json.dumps(dict(data or {}), ensure_ascii=False)
        fields: list[str | int] = ["type", kind, "seat", seat, "call", call_id, "data", told]
        await self._store.ask("XADD", EVENTS, "MAXLEN", "~", self._rules.events_kept, "*", *fields)

    async def acknowledge_pop(self, call_id: str, fence: int) -> None:
        await self._store.ask("PUBLISH", POPPED, f"{named(CALL, call_id, 'call id')} {int(fence)}")

    def popped(self) -> AsyncIterator[tuple[str, int]]:
        """(call id, fence) of every pop that a console has shown, for ever."""
        return feeds.read_popped(self._poll)

    async def wakes(self, node: str, last_id: str | None = None) -> AsyncIterator[Wake]:
        """Matches for a node's owner to claim and carry out, for ever.  Without ``last_id`` it begins two
        leases ago, by Redis's clock: older ones are undone already, and claim() sorts out the rest."""
        if last_id is None:
            last_id = f"{await self.clock_ms() - round(2000 * self._rules.reserve_lease_s)}-0"
        async for wake in feeds.read_wakes(self._poll, node, last_id):
            yield wake

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
