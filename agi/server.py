"""The FastAGI server: panoramisk's Application, hardened against peers that are not a well-behaved Asterisk.

The bare Application spins on a peer that closes before the blank line and so freezes the whole event loop,
has no limit of size or time, and drops a call whose caller name is not UTF-8.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable

import structlog
from asterisk.agi import AGIHangup
from panoramisk.fast_agi import Application

from agi.request import HardenedRequest

Endpoint = Callable[[HardenedRequest], Awaitable[None]]

_HEADER_LIMIT = 32 * 1024  # bytes; Asterisk sends about 1 KB, a 1,000-character caller name 4 KB more
_FIN_WAIT_S = 1.0


class FastAgiServer(Application):  # type: ignore[misc]
    """Serves FastAGI routes.  One session lasts at most ``session_timeout_s`` seconds."""

    def __init__(self, *, session_timeout_s: float = 15.0, header_timeout_s: float = 3.0) -> None:
        super().__init__(loop=asyncio.get_running_loop())
        self._session_timeout_s = session_timeout_s
        self._header_timeout_s = header_timeout_s
        self._server: asyncio.Server | None = None
        self._log = structlog.get_logger("agi.server")
        self.sessions = 0
        self.refused = 0

    async def listen(self, host: str, port: int) -> int:
        """Binds and serves; returns the bound port.  Raises OSError when the port is taken."""
        self._server = await asyncio.start_server(self.handler, host, port, limit=_HEADER_LIMIT, backlog=1024)
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    async def close(self) -> None:
        """Stops accepting; sessions in progress end by themselves within their time limit."""
        if self._server is not None:
            self._server.close()

    async def handler(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection from Asterisk, or from whoever found the port."""
        self.sessions += 1
        _keep_alive(writer)
        try:
            async with asyncio.timeout(self._session_timeout_s):
                await self._serve(reader, writer)
        except AGIHangup:
            self._log.debug("agi.caller_left")
        except TimeoutError:
            self._log.warning("agi.session_timed_out", limit_s=self._session_timeout_s)
        except (ConnectionError, asyncio.IncompleteReadError) as gone:
            self._log.info("agi.peer_gone", error=type(gone).__name__)
        except Exception:  # noqa: BLE001 - one call's fault ends no server; the dialplan asks the next bridge
            self._log.exception("agi.session_failed")
        finally:
            writer.close()
            with contextlib.suppress(
                ConnectionError, TimeoutError
            ):  # the peer is gone already: nothing to flush
                async with asyncio.timeout(_FIN_WAIT_S):
                    await writer.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        headers = await self._headers(reader)
        if headers is None:
            return
        route: Endpoint | None = self._route.get(headers.get("agi_network_script", "").partition("?")[0])
        if route is None:
            self._refuse("no_route")
            return
        request = HardenedRequest(
            self, headers, reader, writer, self.default_encoding, command_timeout_s=self._session_timeout_s
        )
        await route(request)

    async def _headers(self, reader: asyncio.StreamReader) -> dict[str, str] | None:
        try:
            async with asyncio.timeout(self._header_timeout_s):
                raw = await reader.readuntil(b"\n\n")
        except asyncio.IncompleteReadError as short:
            if short.partial:
                self._refuse("closed_early")
            return None
        except asyncio.LimitOverrunError:
            self._refuse("too_long")
            return None
        except TimeoutError:
            self._refuse("too_slow")
            return None
        lines = raw.decode(self.default_encoding, "replace").split("\n")
        return dict(line.split(": ", 1) for line in lines if ": " in line)

    def _refuse(self, reason: str) -> None:
        self.refused += 1
        self._log.warning("agi.connection_refused", reason=reason)


def _keep_alive(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
