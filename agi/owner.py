"""The owner of a node: exactly one bridge follows its calls, wakes its callers and settles its accounts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import structlog
from redis.asyncio import Redis

from agi.absence import Absence, is_dead
from agi.accounts import Accounts
from agi.callout import Calling, CallOuts
from agi.live import LiveCalls
from agi.orders import Floor
from agi.orders.clerk import Clerk
from agi.orders.originations import Originations
from agi.orders.sessions import SIDE, Sessions
from agi.orders.supervise import left
from agi.resync import Resync
from ami_bridge import ActionRefused, AmiError, LinkState, Node, NodeEndpoint, Snapshot
from ami_bridge import actions as act
from ami_bridge import events as ev
from ami_bridge.tasks import end
from crm import Ledger, LedgerUnavailable
from seats import Acd, AcdUnavailable, CallKind
from seats.orders import Orders
from transfer.outside import Outside

SWEEP_S = 1.0
AUDIT_S = 60.0
TAKE_BACK_S = 3.0
PAUSE_S = 1.0  # after Redis or the database went away

WANTED = (
    ev.FullyBooted,
    ev.DialEnd,
    ev.BridgeEnter,
    ev.BridgeLeave,
    ev.QueueCallerJoin,
    ev.QueueCallerLeave,
    ev.Hangup,
    ev.DeviceStateChange,
    ev.OriginateResponse,
    ev.UserEvent,
)


@dataclass(frozen=True, slots=True)
class Ordering:
    """What the owner's orders need beside the node itself.

    ``nodes``: the names of all; ``unseal`` opens what a desk has sealed.
    """

    orders: Orders
    nodes: tuple[str, ...]
    ledger: Ledger
    outside: Outside
    unseal: Callable[[str], str]


class Owner:
    """Stands by in every bridge; works in the one that holds the node's lease."""

    def __init__(
        self,
        *,
        endpoint: NodeEndpoint,
        redis: Redis,
        name: str,
        acd: Acd,
        live: LiveCalls,
        resync: Resync,
        accounts: Accounts,
        ordering: Ordering,
        calling: Calling,
    ) -> None:
        self.node = Node(
            endpoint,
            redis,
            owner=name,
            on_event=self._event,
            on_snapshot=self._snapshot,
            on_state=self._state,
            wanted=WANTED,
        )
        self._acd = acd
        self._live = live
        self._resync = resync
        self._accounts = accounts
        self._rings = Originations()
        self._floor = Floor(
            node=endpoint.name,
            act=self.node.act,
            live=live,
            acd=acd,
            ledger=ordering.ledger,
            rings=self._rings,
            sessions=Sessions(),
            outside=ordering.outside,
            unseal=ordering.unseal,
        )
        self._clerk = Clerk(ordering.orders, self._floor)
        self._absence = Absence(
            node=endpoint.name,
            peers=tuple(name for name in ordering.nodes if name != endpoint.name),
            dead=partial(is_dead, endpoint.host, endpoint.port),
            orders=ordering.orders,
            phones_gone=resync.phones_gone,
            calls_gone=resync.calls_gone,
        )
        self._callouts = CallOuts(act=self.node.act, acd=acd, answers=self._rings, calling=calling)
        self._duties: list[asyncio.Task[None]] = []
        self._resting: set[asyncio.Task[None]] = set()
        self._log = structlog.get_logger("agi.owner").bind(node=endpoint.name)

    async def start(self) -> None:
        """Stands by for the lease."""
        await self.node.start()

    async def stop(self) -> None:
        """Leaves the node to another bridge at once."""
        await self.node.stop()
        self._rest()
        await asyncio.gather(*self._resting)
        await self._absence.stop()
        await self._callouts.leave()
        await self._clerk.settled()

    async def _event(self, event: ev.Event) -> None:
        if isinstance(event, ev.Hangup):
            self._callouts.tell(event)
        if isinstance(event, ev.OriginateResponse):
            self._rings.tell(event)
        elif isinstance(event, ev.Hangup) and event.uniqueid.startswith(SIDE):
            await left(self._floor, event.uniqueid, round(event.at * 1000))
        else:
            await self._live.handle(event)

    def _state(self, state: LinkState) -> None:
        self._log.info("owner.link", state=state.value)
        if state is LinkState.CONNECTING:
            self._absence.begins()
        else:
            self._absence.over()
        if state is LinkState.UP and not self._duties:
            duties = (
                ("wake", self._wake),
                ("sweep", self._sweep),
                ("audit", self._audit),
                ("orders", self._clerk.work),
            )
            self._duties = [asyncio.create_task(self._always(name, duty)) for name, duty in duties]
        elif state in (LinkState.STOPPED, LinkState.REFUSED):
            self._rest()

    def _rest(self) -> None:
        if self._duties:
            ending = asyncio.create_task(end(*self._duties), name="duties end")
            self._resting.add(ending)
            ending.add_done_callback(self._resting.discard)
        self._duties = []

    async def _snapshot(self, snapshot: Snapshot) -> None:
        self._floor.sessions.replace(snapshot.channels)
        await self._resync.run(snapshot)
        booted_at = snapshot.boot.booted_at if snapshot.boot.restarted else None
        alive = {channel.linkedid for channel in snapshot.channels}
        if snapshot.boot.restarted:
            self._absence.restarted()
        await self._accounts.settle(booted_at=booted_at, alive=alive)

    async def _always(self, name: str, duty: Callable[[], Awaitable[None]]) -> None:
        """A duty goes on after every fault; nobody would notice a task that has quietly ended."""
        while True:
            try:
                await duty()
            except (AcdUnavailable, LedgerUnavailable, AmiError) as away:
                self._log.warning("owner.duty_paused", duty=name, reason=str(away))
            except Exception:  # noqa: BLE001 - see above; the traceback is in the log
                self._log.exception("owner.duty_failed", duty=name)
            await asyncio.sleep(PAUSE_S)

    async def _wake(self) -> None:
        """Sends each matched caller to the journey, once."""
        async for wake in self._acd.wakes(self.node.endpoint.name):
            # Whoever talks is left alone, unless a leader has given this very call to another seat.
            if (self._live.talking(wake.call_id) and not wake.by) or not self.node.owned:
                continue
            if (claimed := await self._acd.claim(wake.call_id)) is None:
                continue
            if wake.kind is CallKind.CALLBACK and not wake.channel:
                self._callouts.begin(claimed)
            else:
                await self._redirect(wake.channel, wake.call_id)

    async def _redirect(self, channel: str, call_id: str) -> None:
        try:
            await self.node.act(act.Redirect(channel=channel, context="hl-call", exten="wake"))
        except ActionRefused as refusal:
            if "does not exist" not in refusal.message.lower():
                # The caller lives: the lease runs out, and the call is matched again.
                self._log.warning("owner.redirect_refused", call=call_id, reason=refusal.message)
                return
            # The channel is gone, and its Hangup may have been told before this match was made.
            self._log.info("owner.caller_gone", call=call_id)
            await self._acd.ended(call_id)

    async def _sweep(self) -> None:
        """Settles what time has decided; callers in the plain queue come back once the ACD answers."""
        while True:
            if self.node.owned:
                await self._acd.sweep()
                for call_id, channel in self._live.in_plain_queue(not_asked_for_s=TAKE_BACK_S):
                    await self._redirect(channel, call_id)
            await asyncio.sleep(SWEEP_S)

    async def _audit(self) -> None:
        while True:
            await asyncio.sleep(AUDIT_S)
            if self.node.owned:
                began = time.monotonic()
                settled = await self._accounts.settle()
                self._log.info("owner.audited", calls=settled, seconds=round(time.monotonic() - began, 3))
