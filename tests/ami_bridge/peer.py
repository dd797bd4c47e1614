"""A peer that speaks AMI wrongly on purpose, byte by byte."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

EMPTY_LISTS = {
    "CoreShowChannels": "CoreShowChannelsComplete",
    "BridgeList": "BridgeListComplete",
    "DeviceStateList": "DeviceStateListComplete",
    "PJSIPShowContacts": "ContactListComplete",
}
Answer = Callable[["Peer", str, str], Awaitable[bool]]


class Peer:
    """Answers as an idle Asterisk does, unless `answer(peer, action, id)` says it has done so (True)."""

    def __init__(
        self, *, banner: bytes = b"Asterisk Call Manager/11.0.0\r\n", answer: Answer | None = None
    ) -> None:
        self.port = 0
        self.sessions = 0
        self.actions: list[dict[str, str]] = []
        self._banner = banner
        self._answer = answer
        self._writer: asyncio.StreamWriter | None = None

    async def send(self, data: bytes | str) -> None:
        assert self._writer is not None
        self._writer.write(data.encode() if isinstance(data, str) else data)
        await self._writer.drain()

    async def event(self, name: str, **headers: str) -> None:
        await self.send(message(Event=name, **headers))

    def hang_up(self) -> None:
        assert self._writer is not None
        self._writer.transport.abort()

    def count(self, action: str) -> int:
        return sum(1 for sent in self.actions if sent["Action"] == action)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sessions += 1
        self._writer = writer
        try:
            await self.send(self._banner)
            while True:
                block = (await reader.readuntil(b"\r\n\r\n")).decode()
                headers = dict(line.split(": ", 1) for line in block.strip().split("\r\n"))
                self.actions.append(headers)
                await self._reply(headers["Action"], headers["ActionID"])
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _reply(self, action: str, number: str) -> None:
        if self._answer is not None and await self._answer(self, action, number):
            return
        await self.send(message(Response="Success", ActionID=number))
        if action == "Login":
            await self.event("FullyBooted", Status="Fully Booted", Uptime="100", LastReload="100")
        elif action in EMPTY_LISTS:
            await self.event(EMPTY_LISTS[action], ActionID=number)


def message(**headers: str) -> str:
    return "".join(f"{key}: {value}\r\n" for key, value in headers.items()) + "\r\n"


@asynccontextmanager
async def listening(peer: Peer) -> AsyncIterator[Peer]:
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
