"""The event stream of one browser: GET /events.

The first message is `hello` with the id to resume from; then every event once, in order.  A message is one
event (an object) or several (an array).  A socket that comes back with `last_id` first gets what it missed.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from aiohttp import WSMessage, WSMsgType, web
from pydantic import BaseModel, Field

from hotline_app.desk.deps import Deps
from hotline_app.desk.ending import end
from hotline_app.desk.endpoint import RawEndpoint
from hotline_app.desk.hub import Event, Listener, Lost, Position, own_event, position
from hotline_app.desk.problems import Problem, forbidden
from hotline_app.desk.roles import CENTRE
from hotline_app.desk.sessions import Session
from seats import AcdUnavailable, RefusedTransition

_MESSAGE_LIMIT = 4096
_MESSAGES_PER_S = 20
_CALL = re.compile(r"[\w.:/@-]{1,150}", re.ASCII)

# Close codes of our own (4000–4999); the console resumes after TOO_SLOW and signs in again after SIGNED_OUT.
SIGNED_OUT = 4001
TOO_SLOW = 4008
TOO_MANY = 4029


class EventsQuery(BaseModel):
    """Where to resume."""

    last_id: str | None = Field(default=None, description="最后收到的事件编号")
    watch: bool = Field(default=False, description="只看（大屏）：不代表坐席在场，也不收弹屏")


async def events(request: web.Request, deps: Deps, session: Session) -> web.StreamResponse:
    """Raises the problems of the upgrade; afterwards everything is told in messages and close codes."""
    _same_origin(request)
    after = _place(request.query.get("last_id", ""))
    if request.query.get("watch") == "true":
        # Its heartbeats must not keep alive the screen of a seat whose console is closed.
        session = replace(session, person=replace(session.person, seat=None))
    socket = web.WebSocketResponse(heartbeat=20, max_msg_size=_MESSAGE_LIMIT, compress=False)
    if not socket.can_prepare(request).ok:
        raise Problem("malformed", "这个地址只接受 WebSocket 连接", remedy="请用 WebSocket 连接")
    await socket.prepare(request)
    deps.metrics.sockets.inc()
    try:
        await _Stream(deps, session, request, socket, after).run()
    finally:
        deps.metrics.sockets.dec()
    return socket


def _place(last_id: str) -> Position | None:
    if not last_id:
        return None
    try:
        return position(last_id)
    except ValueError:
        raise Problem(
            "invalid", "事件编号格式不正确", field="last_id", value=last_id, remedy="请去掉 last_id 重新连接"
        ) from None


def _same_origin(request: web.Request) -> None:
    """A page of another site may not open our stream with the visitor's cookie."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise forbidden("不接受其他网站的连接")


def wants(session: Session) -> Callable[[Event], bool]:
    """A pop, and a message to one seat, go to that seat and to nobody else; the rest is masked and goes to
    all."""
    seat = session.seat

    def check(event: Event) -> bool:
        return not event.personal or (seat is not None and event.seat == seat)

    return check


class _Stream:
    def __init__(
        self,
        deps: Deps,
        session: Session,
        request: web.Request,
        socket: web.WebSocketResponse,
        after: Position | None,
    ) -> None:
        self._deps = deps
        self._request = request
        self._session = session
        self._socket = socket
        self._after = after
        self._allowed = _MESSAGES_PER_S
        self._second = 0

    async def run(self) -> None:
        hub = self._deps.hub
        listener = hub.listen(wants(self._session))
        tasks = [
            asyncio.create_task(self._send(listener)),
            asyncio.create_task(self._receive()),
            asyncio.create_task(self._watch(listener)),
        ]
        try:
            # Each of the three ends only when the socket has to end.
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            code = next((task.result() for task in done if not task.exception()), None)
            fault = next((task.exception() for task in done if task.exception()), None)
            if fault is not None and not isinstance(fault, ConnectionError | TimeoutError):
                raise fault
            await self._close(code or TOO_SLOW)
        finally:
            hub.leave(listener)
            await end(*tasks)

    async def _close(self, code: int) -> None:
        if code == TOO_SLOW:
            # It does not read: a closing handshake would only wait for it.
            self._deps.metrics.cut.inc()
            if self._request.transport is not None:
                self._request.transport.abort()
            return
        await self._socket.close(code=code)

    async def _send(self, listener: Listener) -> int:
        hub = self._deps.hub
        sent = self._after
        if sent is None:
            sent = hub.at
        else:
            sent = await self._resume(sent, listener)
        await self._write(own_event("hello", self._hello(), sent).text)
        while True:
            bundle = (await listener.queue.get()).after(sent)
            if bundle is None:
                continue  # told already: read from the stream while resuming, or with a pop
            await self._write(bundle.text)
            sent = bundle.at or sent

    async def _resume(self, after: Position, listener: Listener) -> Position:
        """Sends what was missed; answers the place reached.  What is gone for good is told as `resync`."""
        try:
            async for event in self._deps.hub.missed(after):
                assert event.at is not None
                if listener.wants(event):
                    await self._write(event.text)
                after = event.at
        except Lost:
            after = self._deps.hub.at
            await self._write(own_event("resync", {}, after).text)
        return after

    def _hello(self) -> dict[str, Any]:
        return {"seat": self._session.seat, "away": self._deps.health.away}

    async def _write(self, text: str) -> None:
        async with asyncio.timeout(self._deps.config.socket_send_s):
            await self._socket.send_str(text)

    async def _watch(self, listener: Listener) -> int:
        """Ends when the socket fell behind, or its login is over."""
        while True:
            try:
                async with asyncio.timeout(self._deps.config.socket_recheck_s):
                    await listener.cut.wait()
                return TOO_SLOW
            except TimeoutError:
                if not await self._deps.sessions.still(self._session):
                    return SIGNED_OUT

    async def _receive(self) -> int:
        async for message in self._socket:
            if message.type is not WSMsgType.TEXT:
                return 1003
            second = int(time.monotonic())
            if second != self._second:
                self._second, self._allowed = second, _MESSAGES_PER_S
            self._allowed -= 1
            if self._allowed < 0:
                return TOO_MANY
            await self._heard(message)
        return 1000

    async def _heard(self, message: WSMessage) -> None:
        try:
            said = json.loads(message.data)
        except ValueError:
            said = None
        kind = said.get("type") if isinstance(said, dict) else None
        if kind == "heartbeat":
            await self._alive()
        elif kind == "popped":
            await self._popped(said)
        else:
            await self._complain("消息无法识别", "只接受 heartbeat 与 popped")

    async def _alive(self) -> None:
        seat = self._session.seat
        if seat is not None:
            try:
                await self._deps.acd.heartbeat(seat)
            except AcdUnavailable:
                return  # the hub tells `degraded`; the next heartbeat is five seconds away
            except RefusedTransition:
                self._deps.log.debug("heartbeat of a seat that is not signed in", seat=seat)
        await self._write('{"type":"heartbeat"}')

    async def _popped(self, said: dict[str, Any]) -> None:
        call_id, fence = said.get("call_id"), said.get("fence")
        if not isinstance(call_id, str) or not _CALL.fullmatch(call_id) or type(fence) is not int:
            await self._complain("popped 须带 call_id 与整数 fence", "请原样送回 pop 事件中的两项")
            return
        if self._session.seat is None:
            await self._complain("您没有坐席，不能确认弹屏", "请用坐席账号登录")
            return
        try:
            await self._deps.acd.acknowledge_pop(call_id, fence)
        except AcdUnavailable:
            return  # the bridge dials without the answer after a quarter of a second
        self._deps.metrics.acknowledged.inc()

    async def _complain(self, detail: str, remedy: str) -> None:
        body = Problem("invalid", detail, remedy=remedy).body().model_dump(exclude_none=True)
        await self._write(own_event("problem", body).text)


EVENTS = RawEndpoint(
    path="/events",
    summary="事件流（WebSocket,可从 last_id 续传）",
    handler=events,
    roles=CENTRE,
    media_type="application/json",
    status=101,
    query=EventsQuery,
    errors=("malformed", "invalid"),
    tag="事件",
)
