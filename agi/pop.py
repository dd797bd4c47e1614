"""The pop comes first: the phone rings only after the seat's screen has the caller, or after a short wait."""

from __future__ import annotations

import asyncio
import contextlib

from seats import Acd, Reservation


class PopBarrier:
    """Publishes the pop and waits for the screen's word.

    ``patience_s`` bounds what a dead screen can cost a caller; a seat without a console is not waited for.
    """

    def __init__(self, acd: Acd, *, patience_s: float = 1.0) -> None:
        self._acd = acd
        self._patience_s = patience_s
        self._awaited: dict[tuple[str, int], asyncio.Event] = {}
        self.late = 0

    async def show(self, seat: Reservation) -> None:
        """Returns when the screen has answered, or when patience ends."""
        key = (seat.call_id, seat.fence)
        shown = self._awaited.setdefault(key, asyncio.Event())
        try:
            await self._acd.pop(seat)
            if not seat.has_screen:
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._patience_s):
                    await shown.wait()
            if not shown.is_set():
                self.late += 1
        finally:
            del self._awaited[key]

    async def listen(self) -> None:
        """Follows the screens' answers until cancelled."""
        async for call_id, fence in self._acd.popped():
            awaited = self._awaited.get((call_id, fence))
            if awaited is not None:
                awaited.set()
