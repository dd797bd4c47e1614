"""The seats' log: each change of a seat's state, copied once from the ACD's event stream into the database.

The place in the stream is the last row of the log, so that a row and the place move in one transaction:
whenever it is killed, nothing is lost and nothing doubled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from crm import Store, StoreUnavailable, seat_log
from crm.seat_log import SeatChange
from seats import AcdUnavailable, Event
from seats.history import BEGINNING, History

GAP = "gap"
"""The `state` of a row that stands for what was not seen: from its `at` on no seat's state is known."""

_GATHER_S = 1.0  # one transaction for what happens in the meantime
_AGAIN_S = 1.0
_READ = 500
_MOST = 100_000  # rows kept in memory while the database is away; more is left in the stream

_State = tuple[str, str, str, str | None]


class Chronicler:
    """`on_ended` is called when a call has ended: whoever looks after recordings need not ask."""

    def __init__(
        self,
        store: Store,
        history: History,
        *,
        on_ended: Callable[[], None] = lambda: None,
        gather_s: float = _GATHER_S,
    ) -> None:
        self._store = store
        self._history = history
        self._on_ended = on_ended
        self._gather_s = gather_s
        self._place = BEGINNING
        self._known: dict[str, _State] = {}
        self._unwritten: list[SeatChange] = []
        self._away: str = ""

    async def run(self) -> None:
        """For ever; begins where the log ends."""
        work = self._begin
        while True:
            if await self._tried(work):
                work = self._once
            else:
                await asyncio.sleep(_AGAIN_S)

    async def _once(self) -> None:
        if not self._unwritten and not await self._history.more(self._place):
            # Silence, or a stream that has gone back: it will not say anything after our place.
            await self._read()
            return
        if len(self._unwritten) < _MOST:
            await self._read()
        await self._write()
        await asyncio.sleep(self._gather_s)

    async def _begin(self) -> None:
        last = await seat_log.last(self._store)
        self._place = last or BEGINNING
        self._known = {
            row.seat: (row.state, row.reason, row.user, row.call_id)
            for row in await seat_log.standing(self._store)
        }

    async def _read(self) -> None:
        found = await self._history.after(self._place, limit=_READ)
        if found.missing:
            self._gap(found.missing, found.events)
        for event in found.events:
            self._place = event.id
            if event.type == "seat.changed":
                self._seat_changed(event)
            elif event.type == "call.ended":
                self._on_ended()

    def _gap(self, why: str, events: list[Event]) -> None:
        """What was missed is not guessed: a row says that there is something missing, and since when."""
        structlog.get_logger("upkeep").error("seat_log.gap", why=why, after=self._place)
        last = seat_log.ordinal(self._place)
        # Just before the first event that is there, or just after the last one that was.
        number = seat_log.ordinal(events[0].id) - 1 if events else last + 1
        since = int(self._place.partition("-")[0])
        self._unwritten.append(SeatChange(seat_log.event_id(number), since, "", "", GAP, why, None))
        self._known.clear()
        if not events:
            self._place = BEGINNING  # what is there may have been written before: then it is left out

    def _seat_changed(self, event: Event) -> None:
        data = event.data
        state: _State = (data["state"], data["reason"], data["user"], data["call_id"])
        seat = str(data["seat"])
        if self._known.get(seat) == state:
            return  # its phone or screen changed, not the seat
        self._known[seat] = state
        self._unwritten.append(
            SeatChange(event.id, event.at, seat, data["user"], state[0], state[1], state[3])
        )

    async def _write(self) -> None:
        if self._unwritten:
            await seat_log.append(self._store, self._unwritten)
            self._unwritten = []

    async def _tried(self, work: Callable[[], Awaitable[None]]) -> bool:
        try:
            await work()
        except (StoreUnavailable, AcdUnavailable) as away:
            if self._away != type(away).__name__:
                structlog.get_logger("upkeep").warning("seat_log.waits", reason=str(away))
            self._away = type(away).__name__
            return False
        self._away = ""
        return True
