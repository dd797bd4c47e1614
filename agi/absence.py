"""A node that does not answer any more: its phones are lost at once, its callers a little later.

A lost link proves nothing: an Asterisk that is only slow, or whom we cannot reach, still holds its calls, and
nobody may cut them off.  One whose port is closed is dead; so is the old one when another has started.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from ami_bridge.tasks import end
from seats import AcdUnavailable
from seats.orders import OrderFailed, Orders, OrderTimeout

LOOK_S = 1.0  # so often it is asked whether the port is closed
DEAD_S = (
    1.0  # without a link for so long, and dead: nobody can be rung there, legs that lead there are let go
)
SILENT_S = 4.0  # without a link for so long, though alive: its phones are passed over, its calls left alone
CALLS_S = 10.0  # dead for so long: nobody waits there
_CONNECT_S = 0.8


async def is_dead(host: str, port: int) -> bool:
    """Whether nobody listens there; an address that does not answer at all proves nothing."""
    try:
        async with asyncio.timeout(_CONNECT_S):
            _, writer = await asyncio.open_connection(host, port)
    except ConnectionRefusedError:
        return True
    except (OSError, TimeoutError):
        return False
    writer.close()
    return False


class Absence:
    """`begins` when the link is lost, `over` when it stands again.

    ``peers``: the other nodes, which are told to let go of their legs to this one.
    """

    def __init__(
        self,
        *,
        node: str,
        peers: tuple[str, ...],
        dead: Callable[[], Awaitable[bool]],
        orders: Orders,
        phones_gone: Callable[[], Awaitable[int]],
        calls_gone: Callable[[], Awaitable[int]],
    ) -> None:
        self._node = node
        self._peers = peers
        self._dead = dead
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
        began = asyncio.get_running_loop().time()
        dead_since: float | None = None
        phones = legs = calls = False  # what has been let go of
        while not calls:
            await asyncio.sleep(LOOK_S)
            now = asyncio.get_running_loop().time()
            if not await self._dead():
                dead_since = None
            elif dead_since is None:
                dead_since = now
            if not phones and now - began >= (SILENT_S if dead_since is None else DEAD_S):
                phones = await self._done("phones_gone", self._phones_gone)
            if not legs and dead_since is not None:
                legs = True
                await self._tell_peers()
            if dead_since is not None and now - dead_since >= CALLS_S:
                calls = await self._done("calls_gone", self._calls_gone)

    async def _done(self, name: str, step: Callable[[], Awaitable[int]]) -> bool:
        """False: Redis is away, to be done at the next look."""
        try:
            self._log.error("absence." + name, count=await step())
        except AcdUnavailable as away:
            self._log.warning("absence.acd_away", step=name, reason=str(away))
            return False
        return True
