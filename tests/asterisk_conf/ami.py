"""A bare AMI conversation, for what must be seen on the wire itself."""

from __future__ import annotations

import socket
import time
from types import TracebackType

Message = dict[str, str]


class Ami:
    """Logs in on entering; `act` returns the reply, `events` holds everything that came beside replies."""

    def __init__(self, port: int, user: str, secret: str) -> None:
        self._credentials = (user, secret)
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._buffer = b""
        self._count = 0
        self.events: list[Message] = []

    def __enter__(self) -> Ami:
        self._buffer = self._line_after(b"")
        user, secret = self._credentials
        assert self.act("Login", Username=user, Secret=secret)["Response"] == "Success"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._socket.close()

    def act(self, action: str, **headers: str) -> Message:
        self._count += 1
        mark = f"t{self._count}"
        lines = [
            f"Action: {action}",
            f"ActionID: {mark}",
            *(f"{key}: {value}" for key, value in headers.items()),
        ]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        while True:
            message = self._message()
            if message.get("ActionID") == mark and "Response" in message:
                return message
            self.events.append(message)

    def until(self, event: str, seconds: float = 10.0) -> Message:
        """The next event of that name; what comes before it is kept too."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.events.append(self._message())
            if self.events[-1].get("Event") == event:
                return self.events[-1]
        raise AssertionError(f"no {event} in {seconds} s")

    def names(self) -> set[str]:
        return {message["Event"] for message in self.events if "Event" in message}

    def _line_after(self, data: bytes) -> bytes:
        while b"\r\n" not in data:
            data += self._socket.recv(65536)
        return data.split(b"\r\n", 1)[1]

    def _message(self) -> Message:
        while b"\r\n\r\n" not in self._buffer:
            more = self._socket.recv(65536)
            assert more, "AMI closed the connection"
            self._buffer += more
        raw, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        pairs = (line.partition(": ") for line in raw.decode().split("\r\n"))
        return {key: value for key, _, value in pairs}
