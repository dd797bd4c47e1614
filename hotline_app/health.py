"""Would a call be answered now?  Asked from outside, over the same doors that a call uses."""

from __future__ import annotations

import asyncio
import secrets
import socket
import ssl

import aiohttp

from hotline_app.runtime import Runtime


async def sip_answers(host: str, port: int, *, timeout_s: float = 2.0) -> bool:
    """Whether anything answers an OPTIONS there; what it answers does not matter (a stranger gets 401)."""
    host = "127.0.0.1" if host == "0.0.0.0" else host
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    loop = asyncio.get_running_loop()
    with socket.socket(family, socket.SOCK_DGRAM) as asking:
        asking.setblocking(False)
        asking.connect((host, port))
        own_host, own_port = asking.getsockname()[:2]
        branch, tag = secrets.token_hex(8), secrets.token_hex(4)
        lines = (
            f"OPTIONS sip:health@{host}:{port} SIP/2.0",
            f"Via: SIP/2.0/UDP {own_host}:{own_port};branch=z9hG4bK{branch}",
            f"From: <sip:health@{own_host}>;tag={tag}",
            f"To: <sip:health@{host}>",
            f"Call-ID: {branch}@{own_host}",
            "CSeq: 1 OPTIONS",
            "Max-Forwards: 1",
            "Content-Length: 0",
            "",
            "",
        )
        try:
            await loop.sock_sendall(asking, "\r\n".join(lines).encode())
            return (await asyncio.wait_for(loop.sock_recv(asking, 4096), timeout_s)).startswith(b"SIP/2.0 ")
        except (OSError, TimeoutError):
            return False


async def accepts(host: str, port: int, *, timeout_s: float = 2.0) -> bool:
    """Whether a TCP connection is taken there."""
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), timeout_s)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


async def desk_answers(runtime: Runtime, *, timeout_s: float = 3.0) -> bool:
    """Whether the desk says that it and what it stands on are well."""
    no_names = ssl.create_default_context()
    no_names.check_hostname, no_names.verify_mode = False, ssl.CERT_NONE  # our own machine's own certificate
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=timeout_s)) as session,
            session.get(f"{runtime.web_url}/healthz", ssl=no_names) as answer,
        ):
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False
