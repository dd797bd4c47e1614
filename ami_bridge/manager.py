"""One AMI connection that comes back: panoramisk's Manager with the reconnecting, logging in and
pinging replaced."""

import asyncio
import socket
from collections.abc import Callable, Container
from typing import Any

from panoramisk import Manager as PanoramiskManager

from .actions import Action, Logoff, Ping
from .actions.login import Login
from .backoff import Backoff
from .endpoint import LinkTiming, NodeEndpoint
from .errors import ActionRefused, ActionTimeout, AmiError, LinkDown, LoginRefused
from .pending import Pending
from .protocol import AmiProtocol
from .reply import Reply
from .traffic import Traffic
from .wire import Headers


class Manager(PanoramiskManager):  # type: ignore[misc]  # panoramisk has no types
    """`run()` is the whole life of the connection, in one cancellable task.

    Differs from its parent: no second reconnect is ever left behind, a missed pong aborts the session,
    a refused login ends it for good, and no unanswered action is sent again.
    """

    protocol: AmiProtocol | None

    def __init__(
        self,
        endpoint: NodeEndpoint,
        timing: LinkTiming,
        *,
        wanted: Container[str],
        on_event: Callable[[str, Headers], None],
        on_login: Callable[[], None],
        on_lost: Callable[[], None],
        next_id: Callable[[], str],
        traffic: Traffic,
        log: Any,
    ) -> None:
        super().__init__(host=endpoint.host, port=endpoint.port, loop=asyncio.get_running_loop(), log=log)
        self._endpoint = endpoint
        self._timing = timing
        self._wanted = wanted
        self._received = on_event
        self._logged_in = on_login
        self._lost = on_lost
        self._next_id = next_id
        self._traffic = traffic

    async def run(self) -> None:
        """Until cancelled. Raises LoginRefused when Asterisk does not know us: asking again cannot help."""
        backoff = Backoff(self._timing.backoff_first_s, self._timing.backoff_last_s)
        while True:
            began = self.loop.time()
            try:
                await self._session()
            except LoginRefused:
                raise
            except (OSError, AmiError) as failure:
                self.log.warning("ami.no_session", reason=str(failure) or type(failure).__name__)
            except Exception:
                # A fault of ours must not leave the node without a link for ever.
                self.log.exception("ami.session_failed")
            if self.loop.time() - began > self._timing.settled_s:
                backoff.reset()
            await asyncio.sleep(backoff.wait_s())

    async def _session(self) -> None:
        async with asyncio.timeout(self._timing.connect_s):
            transport, protocol = await self.loop.create_connection(
                self._new_protocol, self._endpoint.host, self._endpoint.port
            )
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self.protocol = protocol
        try:
            await self._login()
            self.authenticated = True
            self._traffic.sessions += 1
            self._logged_in()
            await self._watch(protocol)
        finally:
            was_up, self.authenticated, self.protocol = self.authenticated, False, None
            protocol.abort()
            if was_up:
                self._lost()

    async def _login(self) -> None:
        try:
            await self.ask(
                Login(user=self._endpoint.user, secret=self._endpoint.secret), self._timing.login_s
            )
        except ActionRefused as refusal:
            # Others ("Login Already In Use", a node going down) may pass.
            if "authentication failed" in refusal.message.lower():
                raise LoginRefused(f"{self._endpoint.name}: user {self._endpoint.user!r}") from refusal
            raise

    async def _watch(self, protocol: AmiProtocol) -> None:
        """Returns when the session has ended or answers no longer."""
        while True:
            done, _ = await asyncio.wait((protocol.lost,), timeout=self._timing.ping_s)
            if done:
                self.log.warning("ami.lost")
                return
            try:
                await self.ask(Ping(), self._timing.pong_s)
            except (ActionTimeout, LinkDown) as silence:
                self.log.warning("ami.silent", reason=str(silence))
                return

    async def ask(self, action: Action, timeout_s: float) -> Reply:
        """Raises ActionRefused, ActionTimeout, LinkDown, BadHeader."""
        if self.protocol is None:
            raise LinkDown(f"{self._endpoint.name}: no AMI session")
        future = self.protocol.send(Pending(action, self._next_id()))
        try:
            # Not wait_for: after a freeze of this process an answer that is here already must count.
            done, _ = await asyncio.wait((future,), timeout=timeout_s)
            if not done:
                raise ActionTimeout(f"{action.name}: no answer in {timeout_s} s")
            return future.result()
        finally:
            future.cancel()

    async def leave(self) -> None:
        """Says good-bye, so that Asterisk's log shows an orderly end."""
        if self.authenticated:
            try:
                await self.ask(Logoff(), 0.5)
            except (ActionTimeout, LinkDown, ActionRefused) as failure:
                self.log.debug("ami.no_goodbye", reason=str(failure))

    def _new_protocol(self) -> AmiProtocol:
        return AmiProtocol(wanted=self._wanted, on_event=self._received, traffic=self._traffic, log=self.log)

    async def send_awaiting_actions(self, *_: object) -> None:
        """Nothing is replayed: an Originate or Redirect sent twice is a fault a caller hears."""
