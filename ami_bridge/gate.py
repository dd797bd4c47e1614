"""Holds events back while a node's state is read, then lets them out in order."""

import asyncio
from collections import deque
from collections.abc import Callable

from .events import Event

# Events kept while the node's state is read; more than that and the state is read anew.
_MOST_HELD = 50_000
# Events handed out in one go, before others get the event loop.
_AT_ONCE = 500


class EventGate:
    """Starts closed. `deliver` must not raise."""

    def __init__(self, deliver: Callable[[Event], None]) -> None:
        self._deliver = deliver
        self._held: deque[Event] | None = deque()
        self.overflowed = False

    def put(self, event: Event) -> None:
        if self._held is None:
            self._deliver(event)
        elif len(self._held) < _MOST_HELD:
            self._held.append(event)
        else:
            self.overflowed = True

    def hold(self) -> None:
        """Closes the gate; what was held is thrown away, because a newer snapshot will cover it."""
        self._held = deque()
        self.overflowed = False

    async def open(self) -> None:
        """Hands out what was held, then whatever comes, with nothing overtaking."""
        held = self._held
        while held:
            for _ in range(min(_AT_ONCE, len(held))):
                self._deliver(held.popleft())
            await asyncio.sleep(0)
        if held is self._held:
            self._held = None
