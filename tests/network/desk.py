"""The desk's API as a person or a script uses it: login or token, calls, a seat's buttons, events."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self

import aiohttp

HEARTBEAT_S = 5.0


class DeskRefused(RuntimeError):
    """The desk answered with a problem; the message is its title, detail and remedy."""


class Desk:
    """One session at `url` (http://host:port), by bearer `token` or by `login`.  Use as a context manager."""

    def __init__(self, url: str, *, token: str = "") -> None:
        self._url = f"{url}/api/v1"
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        # An address instead of a name needs the unsafe jar; a certificate of the operator's own is no concern
        # on the machine itself.
        self._session = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            connector=aiohttp.TCPConnector(ssl=False),
            timeout=aiohttp.ClientTimeout(total=10),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def login(self, name: str, password: str) -> None:
        """Raises DeskRefused."""
        answer = await self.post("/login", {"name": name, "password": password})
        self._headers["X-CSRF-Token"] = str(answer["csrf"])

    async def get(self, path: str, **query: str) -> Any:
        """The answer's JSON.  Raises DeskRefused, aiohttp.ClientError."""
        return await self._ask("GET", path, params=query)

    async def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """The answer's JSON.  Raises DeskRefused, aiohttp.ClientError."""
        return await self._ask("POST", path, json=body or {})

    async def _ask(self, method: str, path: str, **how: Any) -> Any:
        assert self._session is not None
        async with self._session.request(method, self._url + path, headers=self._headers, **how) as answer:
            body = await answer.json(content_type=None)
            if answer.status >= 400:
                told = (body.get(key) for key in ("title", "detail", "remedy"))
                raise DeskRefused(f"{method} {path}: {' '.join(str(part) for part in told if part)}")
            return body

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        """What the desk tells this login, as it happens: pops are acknowledged, heartbeats sent.

        Ends when the socket does.
        """
        assert self._session is not None
        async with self._session.ws_connect(f"{self._url}/events", headers=self._headers) as socket:
            beating = asyncio.create_task(_beat(socket))
            try:
                async for message in socket:
                    told = message.json()
                    received_at = time.time()  # before the answer goes out
                    for event in told if isinstance(told, list) else [told]:
                        if event["type"] == "heartbeat":  # the answer to ours
                            continue
                        if event["type"] == "pop":
                            pop = event["data"]
                            ack = {"type": "popped", "call_id": pop["call_id"], "fence": pop["fence"]}
                            await socket.send_json(ack)
                        yield event | {"received_at": received_at}
            finally:
                beating.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await beating


async def _beat(socket: aiohttp.ClientWebSocketResponse) -> None:
    while not socket.closed:
        await socket.send_json({"type": "heartbeat"})
        await asyncio.sleep(HEARTBEAT_S)
