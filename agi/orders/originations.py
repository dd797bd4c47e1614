"""Calls that we make: whether the phone could be rung at all, told by Asterisk's OriginateResponse."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from ami_bridge import events as ev

_KEPT = 200


class Originations:
    """Matches each OriginateResponse with whoever waits for it; it may come before anybody waits."""

    def __init__(self) -> None:
        self._told: OrderedDict[str, ev.OriginateResponse] = OrderedDict()
        self._waiting: dict[str, asyncio.Future[ev.OriginateResponse]] = {}

    def tell(self, event: ev.OriginateResponse) -> None:
        """One response has come."""
        waiting = self._waiting.pop(event.action_id, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(event)
            return
        self._told[event.action_id] = event
        if len(self._told) > _KEPT:
            self._told.popitem(last=False)

    async def of(self, action_id: str, *, within_s: float) -> ev.OriginateResponse | None:
        """The response to one Originate; None: the phone still rings."""
        told = self._told.pop(action_id, None)
        if told is not None:
            return told
        waiting = self._waiting[action_id] = asyncio.get_running_loop().create_future()
        try:
            done, _ = await asyncio.wait((waiting,), timeout=within_s)
            return waiting.result() if done else None
        finally:
            self._waiting.pop(action_id, None)
