"""One FastAGI conversation: panoramisk's Request, hardened.

panoramisk's own reader shifts every reply by one when Asterisk says ``HANGUP`` between two of them, dies on
bytes that are not UTF-8, and waits for ever.  Here replies are matched under a lock, ``HANGUP`` is taken out
of band, the multi-line 520 is read to its end, and every command has a time limit.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping

from asterisk.agi import (
    AGIAppError,
    AGIInvalidCommand,
    AGIResultHangup,
    AGISIGPIPEHangup,
    AGIUnknownError,
    AGIUsageError,
)
from panoramisk.fast_agi import Request

_REPLY = re.compile(r"^(?P<code>\d{3})(?P<more>[ -])(?:result=(?P<result>\S*))?\s*(?:\((?P<data>.*)\))?")


class AgiReply:
    """What Asterisk answered to one command: its code, ``result=`` and the bracketed data, if any."""

    __slots__ = ("code", "data", "result")

    def __init__(self, code: int, result: str, data: str | None) -> None:
        self.code = code
        self.result = result
        self.data = data


class HardenedRequest(Request):  # type: ignore[misc]
    """A FastAGI session.  ``headers`` holds the ``agi_*`` environment; `command` asks one thing at a time."""

    headers: Mapping[str, str]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def __init__(
        self,
        app: object,
        headers: Mapping[str, str],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        encoding: str = "utf-8",
        *,
        command_timeout_s: float,
    ) -> None:
        super().__init__(app, headers, reader, writer, encoding)
        self.hung_up = False
        self._lock = asyncio.Lock()
        self._command_timeout_s = command_timeout_s

    async def command(self, line: str, *, timeout_s: float | None = None) -> AgiReply:
        """Sends one AGI command and returns its reply.

        Raises pyst2's tree: `AGIResultHangup` (the caller left), `AGISIGPIPEHangup` (the socket is gone),
        `AGIInvalidCommand` (510), `AGIUsageError` (520), `AGIAppError` (result=-1), `AGIUnknownError`;
        and `TimeoutError` after ``timeout_s`` seconds.
        """
        if "\n" in line or "\r" in line:
            raise AGIUsageError("an AGI command may not hold a line break")
        async with self._lock, asyncio.timeout(timeout_s or self._command_timeout_s):
            try:
                self.writer.write(line.encode(self.encoding, "replace") + b"\n")
                await self.writer.drain()
                return await self._reply(line)
            except (ConnectionError, asyncio.IncompleteReadError) as gone:
                raise AGISIGPIPEHangup(str(gone)) from gone

    async def _reply(self, line: str) -> AgiReply:
        while True:
            text = await self._line()
            if text == "HANGUP":
                self.hung_up = True
                continue
            match = _REPLY.match(text)
            if match is None:
                raise AGIUnknownError(f"not an AGI reply: {text[:80]!r}")
            code = int(match["code"])
            if code == 100:
                continue
            if code == 510:
                raise AGIInvalidCommand(line.split(" ", 1)[0])
            if code == 511:
                raise AGIResultHangup("the channel is dead")
            if code == 520:
                raise AGIUsageError(await self._usage(text, more=match["more"] == "-"))
            if match["result"] == "-1":
                raise (AGIResultHangup if self.hung_up or match["data"] == "hangup" else AGIAppError)(
                    line[:40]
                )
            return AgiReply(code, match["result"] or "", match["data"])

    async def _usage(self, first: str, *, more: bool) -> str:
        lines = [first]
        while more:
            lines.append(await self._line())
            more = not lines[-1].startswith("520 ")
        return "\n".join(lines)

    async def _line(self) -> str:
        raw = await self.reader.readline()
        if not raw.endswith(b"\n"):
            raise asyncio.IncompleteReadError(raw, None)
        return raw[:-1].decode(self.encoding, "replace").rstrip("\r")

    async def _read_result(self) -> dict[str, str]:  # panoramisk's reader must never be used by accident
        raise NotImplementedError("use HardenedRequest.command")
