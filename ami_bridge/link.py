"""A link to one Asterisk node: typed events in order, typed actions with a time limit, resync at login."""

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable, Iterable
from enum import StrEnum
from itertools import count

import structlog

from . import events as ev
from .actions import Action
from .endpoint import LinkTiming, NodeEndpoint
from .errors import LeaseLost, LinkDown, LoginRefused
from .gate import EventGate
from .manager import Manager
from .reply import Reply
from .resync import take_snapshot
from .snapshot import Snapshot
from .tasks import end
from .traffic import Traffic
from .wire import Headers


class LinkState(StrEnum):
    STOPPED = "stopped"
    CONNECTING = "connecting"
    SYNCING = "syncing"
    UP = "up"
    REFUSED = "refused"


class Link:
    """`on_event`: called in the order of arrival, must not block; what it raises is logged.
    `on_snapshot`: after each login, before the events that came meanwhile; it is called again with a
    new snapshot until it returns. `on_state`: for status pages and alarms; REFUSED is final until `start()`.
    `wanted`: the kinds of events to parse, all by default; none at all: a link for looking only, whose user
    needs no right to events. `fence`: gives the owner's number for the
    ActionIDs and raises LeaseLost when this process may not act. `known_boot`: the `Boot.started` that
    the caller kept from an earlier life of its own.
    """

    def __init__(
        self,
        endpoint: NodeEndpoint,
        on_event: Callable[[ev.Event], None],
        on_snapshot: Callable[[Snapshot], Awaitable[None]],
        *,
        on_state: Callable[[LinkState], None] | None = None,
        wanted: Iterable[type[ev.Event]] = tuple(ev.REGISTRY.values()),
        fence: Callable[[], int] | None = None,
        timing: LinkTiming | None = None,
        known_boot: str | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._on_event = on_event
        self._on_snapshot = on_snapshot
        self._on_state = on_state
        wanted = tuple(wanted)
        self._listens = bool(wanted)
        self._kinds: dict[str, type[ev.Event]] = {kind.name: kind for kind in wanted}
        self._kinds[ev.FullyBooted.name] = ev.FullyBooted
        self._fence = fence
        self._timing = timing or LinkTiming()
        self._boot = known_boot
        self.log = structlog.get_logger().bind(node=endpoint.name)
        self._session = secrets.token_hex(4)
        self._numbers = count(1)
        self.traffic = Traffic()
        self._manager: Manager | None = None
        self._running: asyncio.Task[None] | None = None
        self._syncing: asyncio.Task[None] | None = None
        self._gate = EventGate(self._deliver)
        self._booted = asyncio.Event()
        self._uptime_s: int | None = None
        self._booted_at: float | None = None
        self.state = LinkState.STOPPED

    @property
    def up(self) -> bool:
        """Logged in, reconciled, and events flow."""
        return self.state is LinkState.UP

    async def start(self) -> None:
        """Returns at once; watch `state`. Safe to repeat; after REFUSED it tries again."""
        if self._running is None or self._running.done():
            self._set(LinkState.CONNECTING)
            self._running = asyncio.create_task(self._run(), name=f"ami {self._endpoint.name}")

    async def stop(self) -> None:
        """Ends the session and leaves nothing scheduled."""
        if self._manager is not None:
            await self._manager.leave()
        await end(self._running, self._syncing)
        self._running = self._syncing = None
        self._set(LinkState.STOPPED)

    async def act(self, action: Action, timeout_s: float = 2.0) -> Reply:
        """Sends one action, once. Raises ActionRefused, ActionTimeout, LinkDown, BadHeader, LeaseLost."""
        if self._manager is None or not self._manager.authenticated:
            raise LinkDown(f"{self._endpoint.name}: no AMI session")
        if self._fence is not None:
            self._fence()
        return await self._manager.ask(action, timeout_s)

    def resync(self) -> None:
        """Reads the node's state anew, as after a login; for a consumer that lost events."""
        if self._manager is not None and self._manager.authenticated:
            self._gate.hold()
            self._begin_sync()

    async def _run(self) -> None:
        self._manager = Manager(
            self._endpoint,
            self._timing,
            wanted=self._kinds,
            on_event=self._receive,
            on_login=self._login,
            on_lost=self._lost,
            next_id=self._next_id,
            traffic=self.traffic,
            log=self.log,
        )
        try:
            await self._manager.run()
        except LoginRefused as refusal:
            self.log.error("ami.login_refused", user=self._endpoint.user, reason=str(refusal))
            self._set(LinkState.REFUSED)
        finally:
            self._manager = None

    def _next_id(self) -> str:
        """`fence/session/number`: a reader of Asterisk's log sees which owner asked."""
        fence = 0
        if self._fence is not None:
            with contextlib.suppress(LeaseLost):
                fence = self._fence()
        return f"{fence}/{self._session}/{next(self._numbers)}"

    def _receive(self, name: str, headers: Headers) -> None:
        event = self._kinds[name].from_headers(headers)
        if isinstance(event, ev.FullyBooted):
            self._uptime_s = event.uptime_s
            self._booted_at = event.at - event.uptime_s
            self._booted.set()
        self._gate.put(event)

    def _deliver(self, event: ev.Event) -> None:
        try:
            self._on_event(event)
        except Exception:
            # Raised further it would end the AMI session, and with it every call's events.
            self.log.exception("ami.consumer_failed", ami_event=event.name, call=event.call_id)

    def _login(self) -> None:
        self._begin_sync()

    def _lost(self) -> None:
        """What was not handed out is void: the next snapshot tells what became of it."""
        if self._syncing is not None:
            self._syncing.cancel()
        self._booted.clear()
        self._uptime_s = self._booted_at = None
        self._gate.hold()
        self._set(LinkState.CONNECTING)

    def _begin_sync(self) -> None:
        if self._syncing is not None:
            self._syncing.cancel()
        self._set(LinkState.SYNCING)
        self._syncing = asyncio.create_task(self._sync(), name=f"ami resync {self._endpoint.name}")

    async def _sync(self) -> None:
        if self._listens:
            await self._until_booted()
        while not await self._reconciled():
            self._gate.hold()
            await asyncio.sleep(self._timing.resync_retry_s)
        await self._gate.open()
        self._set(LinkState.UP)

    async def _until_booted(self) -> None:
        try:
            async with asyncio.timeout(self._timing.booted_s):
                await self._booted.wait()
        except TimeoutError:
            self.log.error("ami.no_fully_booted", remedy="`system` in read= of this user in manager.conf")

    async def _reconciled(self) -> bool:
        """One try. The old boot stays known until a reconcile has come through."""
        try:
            snapshot = await take_snapshot(
                self._endpoint.name,
                self._ask_now,
                uptime_s=self._uptime_s,
                booted_at=self._booted_at,
                known_boot=self._boot,
            )
            await self._on_snapshot(snapshot)
        except Exception:
            # A store that is away, or a node that died meanwhile: the events wait, the link stays "syncing".
            self.log.exception("ami.resync_failed")
            return False
        if self._gate.overflowed:
            self.log.error("ami.resync_overflow")
            return False
        self._boot = snapshot.boot.started
        return True

    async def _ask_now(self, action: Action) -> Reply:
        if self._manager is None:
            raise LinkDown(f"{self._endpoint.name}: no AMI session")
        return await self._manager.ask(action, self._timing.snapshot_s)

    def _set(self, state: LinkState) -> None:
        if state is self.state:
            return
        self.state = state
        self.log.info("ami.state", state=state)
        if self._on_state is not None:
            self._on_state(state)
