"""A node that does not answer any more: its phones are lost at once, its callers a little later.

A link may be lost for a moment while all calls go on; an Asterisk that was killed is back in a second or two.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from ami_bridge.tasks import end
from seats import AcdUnavailable
from seats.orders import OrderFailed, Orders, OrderTimeout

PHONES_S = 1.5  # without a link for so long: nobody can be rung there
CALLS_S = 10.0  # … and nobody waits there
_AGAIN_S = 1.0


class Absence:
    """`begins` when the link is lost, `over` when it stands again.

    ``peers``: the other nodes, which are told to let go of their legs to this one.
    """

    def __init__(
        self,
        *,
        node: str,
        peers: tuple[str, ...],
        orders: Orders,
        phones_gone: Callable[[], Awaitable[int]],
        calls_gone: Callable[[], Awaitable[int]],
    ) -> None:
        self._node = node
        self._peers = peers
        self._orders = orders
        self._phones_gone = phones_gone
        self._calls_gone = calls_gone
        self._waiting: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._log = structlog.get_logger("agi.absence").bind(node=node)

    def begins(self) -> None:
        """The link is lost, or does not come about.  Safe to repeat."""
        if self._waiting is None:
            self._waiting = asyncio.create_task(self._wait(), name=f"absence {self._node}")

    def over(self) -> None:
        """The node answers again."""
        if self._waiting is not None:
            ending = asyncio.create_task(end(self._waiting))
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)
            self._waiting = None

    async def stop(self) -> None:
        """Leaves nothing behind."""
        self.over()
        await asyncio.gather(*self._ending)

    def restarted(self) -> None:
        """The Asterisk is another one now: legs of other nodes that led to the old one are dead."""
        telling = asyncio.create_task(self._tell_peers())
        self._ending.add(telling)
        telling.add_done_callback(self._ending.discard)

    async def _tell_peers(self) -> None:
        await asyncio.gather(*(self._tell(peer) for peer in self._peers))

    async def _tell(self, peer: str) -> None:
        try:
            told = await self._orders.post(peer, "drop-peer", {"peer": self._node}, by="absence")
            self._log.info("absence.told", peer=peer, legs=told["legs"])
        except (OrderFailed, OrderTimeout, AcdUnavailable) as fault:
            # A peer without an owner, or gone as well: its own Asterisk finds out by its qualify.
            self._log.warning("absence.not_told", peer=peer, reason=str(fault))

    async def _wait(self) -> None:
        await asyncio.sleep(PHONES_S)
        phones = await self._surely(self._phones_gone)
        self._log.error("absence.phones_gone", seats=phones)
        await self._tell_peers()
        await asyncio.sleep(CALLS_S - PHONES_S)
        calls = await self._surely(self._calls_gone)
        self._log.error("absence.calls_gone", calls=calls)

    async def _surely(self, step: Callable[[], Awaitable[int]]) -> int:
        while True:
            try:
                return await step()
            except AcdUnavailable as away:
                self._log.warning("absence.acd_away", reason=str(away))
                await asyncio.sleep(_AGAIN_S)
