"""One person's browser, without the browser.  Every JSON answer is held against the OpenAPI document."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.desk.schema import faults
from tests.desk.standing import PASSWORD

API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def problem(self) -> str:
        """The kind of problem this is; fails when it is none, or leaves a person without a remedy."""
        assert self.headers["Content-Type"].startswith("application/problem+json"), self
        assert self.body["status"] == self.status
        assert re.search("[\u4e00-\u9fff]", self.body["title"] + self.body["detail"]), self
        assert self.body["remedy"]
        return str(self.body["type"]).removeprefix("urn:hotline:problem:")


class Browser:
    """Keeps the cookie and sends the CSRF token, as the console does."""

    def __init__(self, http: aiohttp.ClientSession, url: str, document: dict[str, Any]) -> None:
        self.http = http
        self.url = url
        self.document = document
        self.csrf = ""

    async def login(self, name: str, password: str = PASSWORD) -> Answer:
        answer = await self.post("/login", {"name": name, "password": password})
        if answer.status == 200:
            self.csrf = answer.body["csrf"]
        return answer

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.send("GET", path, headers=headers)

    async def post(self, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        return await self.send("POST", path, body, headers)

    async def patch(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
        return await self.send("PATCH", path, body, headers)

    async def send(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        sent = {"X-CSRF-Token": self.csrf} if self.csrf and method != "GET" else {}
        raw = body.encode() if isinstance(body, str) else None if body is None else json.dumps(body).encode()
        if raw is not None:
            sent["Content-Type"] = "application/json"
        async with self.http.request(
            method, self.url + API + path, data=raw, headers=sent | dict(headers or {})
        ) as response:
            text = await response.text()
            answer = Answer(response.status, json.loads(text) if text else None, response.headers)
        self._check(method, path, answer)
        return answer

    def _check(self, method: str, path: str, answer: Answer) -> None:
        for template, item in self.document["paths"].items():
            pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
            if re.fullmatch(pattern, API + path.partition("?")[0]) and method.lower() in item:
                responses = item[method.lower()]["responses"]
                assert str(answer.status) in responses, f"{method} {path}: {answer.status} is undocumented"
                (content,) = responses[str(answer.status)]["content"].values()
                if "schema" in content:
                    assert faults(answer.body, content["schema"], self.document) == []
                return
        assert answer.status in (404, 405), f"{method} {path} is served but not in the document"

    @asynccontextmanager
    async def events(self, last_id: str | None = None) -> AsyncIterator[Stream]:
        """The event stream; the first message (what was missed, or hello) is not read yet."""
        address = self.url + API + "/events" + (f"?last_id={last_id}" if last_id else "")
        async with self.http.ws_connect(address) as socket:
            yield Stream(socket)


class Stream:
    """What the console sees of the stream."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.seen: list[dict[str, Any]] = []
        self._unread: list[dict[str, Any]] = []  # the rest of a message that told several events

    @property
    def last_id(self) -> str:
        return str(next(event["id"] for event in reversed(self.seen) if event.get("id")))

    async def next(self, within_s: float = 5.0) -> dict[str, Any]:
        async with asyncio.timeout(within_s):
            while not self._unread:
                told = await self.socket.receive_json()
                self._unread = told if isinstance(told, list) else [told]
        event = self._unread.pop(0)
        self.seen.append(event)
        return event

    async def until(self, kind: str, within_s: float = 10.0) -> dict[str, Any]:
        async with asyncio.timeout(within_s):
            while True:
                event = await self.next(within_s)
                if event["type"] == kind:
                    return event

    async def say(self, **message: Any) -> None:
        await self.socket.send_json(message)

    async def closed(self, within_s: float = 5.0) -> int | None:
        """The code the socket is closed with; whatever comes before is read."""
        async with asyncio.timeout(within_s):
            async for _ in self.socket:
                pass
        return self.socket.close_code
