"""One node as a bridge sees it: owned by lease, linked while owned, its events fed call by call."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from redis.asyncio import Redis

from . import events as ev
from .actions import Action
from .endpoint import LinkTiming, NodeEndpoint
from .errors import LinkDown
from .feed import CallFeed
from .lease import LeaseEnd, OwnerLease
from .link import Link, LinkState
from .reply import Reply
from .snapshot import Snapshot


class Node:
    """Every bridge has a Node object a node; exactly one of them holds the link.

    `on_event`: awaited per event, in order per call, idempotent (it may follow a snapshot that knew it).
    `on_snapshot`: awaited after each login, when all earlier events have been handled.
    An owner whose Redis is away keeps its link, for events still end calls in the ledger; but it may not act
    until Redis says again who owns the node.
    """

    def __init__(
        self,
        endpoint: NodeEndpoint,
        redis: Redis,
        *,
        owner: str,
        on_event: Callable[[ev.Event], Awaitable[None]],
        on_snapshot: Callable[[Snapshot], Awaitable[None]],
        on_state: Callable[[LinkState], None] | None = None,
        wanted: Iterable[type[ev.Event]] = tuple(ev.REGISTRY.values()),
        timing: LinkTiming | None = None,
        lease_s: float = 3.0,
    ) -> None:
        self.endpoint = endpoint
        self._reconcile = on_snapshot
        self.lease = OwnerLease(
            redis,
            endpoint.name,
            owner=owner,
            on_gained=self._gained,
            on_lost=self._lost,
            lease_s=lease_s,
        )
        self.feed = CallFeed(on_event, on_overflow=self._overflow)
        self.link = Link(
            endpoint,
            self.feed.put,
            self._snapshot,
            on_state=on_state,
            wanted=wanted,
            fence=self.lease.fence,
            timing=timing,
        )

    async def start(self) -> None:
        await self.feed.start()
        await self.lease.start()

    async def stop(self) -> None:
        """Leaves the node to another bridge at once."""
        await self.lease.stop()
        await self.link.stop()
        await self.feed.stop()

    @property
    def owned(self) -> bool:
        return self.lease.held

    async def act(self, action: Action, timeout_s: float = 2.0) -> Reply:
        """As Link.act. Raises LeaseLost where another bridge owns the node."""
        self.lease.fence()
        if self.link.state is LinkState.STOPPED:
            raise LinkDown(f"{self.endpoint.name}: link not started")
        return await self.link.act(action, timeout_s)

    async def _gained(self, _fence: int) -> None:
        if self.link.up:
            # Ours again after a while without Redis: what we wrote meanwhile may not have arrived.
            self.link.resync()
        else:
            await self.link.start()

    async def _lost(self, why: LeaseEnd) -> None:
        if why is LeaseEnd.TAKEN:
            await self.link.stop()

    async def _snapshot(self, snapshot: Snapshot) -> None:
        await self.feed.settled()
        self.feed.forgive()
        await self._reconcile(snapshot)

    def _overflow(self) -> None:
        # Not at once: this is called from within the link's own delivery.
        asyncio.get_running_loop().call_soon(self.link.resync)
