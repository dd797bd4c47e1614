"""SIP by hand: one INVITE with exactly the bytes that the test wants, from any loopback address.

Asterisk sends only well-formed callers.  What real carriers send (GBK names, a thousand characters, quotes,
commas, `${}`, broken escapes) is written here byte for byte.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

PTIME_S = 0.02
SILENCE = b"\xd5" * 160  # A-law, 20 ms
_RTP_FIXED = b"\x80\x08"
_RETRANSMIT_S = (0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass(slots=True)
class RawOutcome:
    """What became of a raw INVITE: `status` is the final one (0: no answer in time), `codes` all in order."""

    call_id: str
    codes: list[int] = field(default_factory=list)
    status: int = 0
    answered_at: float | None = None
    ended_by_far_end: bool = False
    rtp_packets_heard: int = 0
    last_response: bytes = b""


@dataclass(frozen=True, slots=True)
class Caller:
    """The From header: `name` goes between the quotes as it is (bytes, unescaped), `user` likewise."""

    user: bytes = b"13904760001"
    name: bytes | None = None
    host: str = "127.0.0.2"

    def header(self, tag: str) -> bytes:
        shown = b"" if self.name is None else b'"' + self.name + b'" '
        return b"From: " + shown + b"<sip:" + self.user + f"@{self.host}>;tag={tag}".encode()


async def raw_invite(
    target: tuple[str, int],
    number: str,
    caller: Caller,
    *,
    hold_s: float = 0.5,
    answer_within_s: float = 10.0,
    headers: Sequence[bytes] = (),
    source_port: int = 0,
    send_media: bool = True,
) -> RawOutcome:
    """Calls `number` at `target` from `caller.host`, holds the answered call `hold_s` seconds, then says BYE.

    `headers` are added to the INVITE as they are.  Without an answer in `answer_within_s` it cancels.
    """
    loop = asyncio.get_running_loop()
    transport, dialog = await loop.create_datagram_endpoint(
        lambda: _Dialog(target, number, caller, headers), local_addr=(caller.host, source_port)
    )
    media: asyncio.DatagramTransport | None = None
    sender: asyncio.Task[None] | None = None
    try:
        media, ear = await loop.create_datagram_endpoint(_Ear, local_addr=(caller.host, 0))
        dialog.media_port = int(media.get_extra_info("sockname")[1])
        try:
            await asyncio.wait_for(dialog.invite(), answer_within_s)
        except TimeoutError:
            dialog.cancel()
            await asyncio.sleep(0.2)
            return dialog.outcome
        if 200 <= dialog.outcome.status < 300:
            dialog.outcome.answered_at = time.time()
            if send_media and dialog.far_media is not None:
                sender = asyncio.create_task(_speak_silence(media, dialog.far_media))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(dialog.ended.wait(), hold_s)
            dialog.outcome.ended_by_far_end = dialog.ended.is_set()
            if not dialog.ended.is_set():
                await dialog.bye()
        dialog.outcome.rtp_packets_heard = ear.packets
        return dialog.outcome
    finally:
        if sender is not None:
            sender.cancel()
        if media is not None:
            media.close()
        transport.close()


async def raw_datagram(target: tuple[str, int], data: bytes, *, host: str = "127.0.0.2") -> None:
    """One UDP packet of any bytes, from `host`."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=(host, 0))
    transport.sendto(data, target)
    await asyncio.sleep(0)
    transport.close()


class _Ear(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.packets = 0

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.packets += 1


class _Dialog(asyncio.DatagramProtocol):
    """One INVITE dialog over UDP: retransmits, acknowledges, answers what comes in."""

    def __init__(
        self, target: tuple[str, int], number: str, caller: Caller, headers: Sequence[bytes]
    ) -> None:
        self._target, self._number, self._caller, self._extra = target, number, caller, headers
        key = f"{random.getrandbits(64):016x}"
        self._tag, self._branch, self.outcome = f"t{key}", f"z9hG4bK{key}", RawOutcome(f"{key}@{caller.host}")
        self._to = f"To: <sip:{number}@{target[0]}>".encode()
        self._contact = f"sip:{number}@{target[0]}:{target[1]}".encode()
        self._transport: asyncio.DatagramTransport | None = None
        self._final = asyncio.Event()
        self._any = asyncio.Event()
        self._bye_done = asyncio.Event()
        self.ended = asyncio.Event()
        self.media_port = 0
        self.far_media: tuple[str, int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    async def invite(self) -> None:
        """Sends the INVITE, again while nothing comes back, until a final answer."""
        packet = self._request(b"INVITE", 1, self._branch, self._extra, self._sdp())
        for pause in _RETRANSMIT_S:
            self._send(packet)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._any.wait(), pause)
                break
        await self._final.wait()

    def cancel(self) -> None:
        self._send(self._request(b"CANCEL", 1, self._branch))

    async def bye(self) -> None:
        """Ends the answered call; gives up after a second without an answer."""
        packet = self._request(b"BYE", 2, f"z9hG4bK{random.getrandbits(64):016x}", contact=True)
        for _ in range(2):
            self._send(packet)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._bye_done.wait(), 0.5)
                return

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not data.startswith(b"SIP/2.0 "):
            self._request_received(data)
            return
        code = int(data[8:11])
        if re.search(rb"(?im)^CSeq:\s*\d+\s+BYE", data):
            self._bye_done.set()
        if not re.search(rb"(?im)^CSeq:\s*\d+\s+INVITE", data):
            return
        self._any.set()
        self.outcome.last_response = data
        if not self.outcome.codes or self.outcome.codes[-1] != code:
            self.outcome.codes.append(code)
        if code < 200:
            return
        if to := re.search(rb"(?im)^(?:To|t):[^\r\n]*", data):
            self._to = to.group(0)
        if code < 300:
            self._learn(data)
            self._send(self._request(b"ACK", 1, f"{self._branch}a", contact=True))
        else:
            self._send(self._request(b"ACK", 1, self._branch))
        self.outcome.status = code
        self._final.set()

    def _request_received(self, data: bytes) -> None:
        """A request of the far end inside the dialog (BYE, OPTIONS, re-INVITE): all are well."""
        if data.startswith(b"ACK"):
            return
        wanted = (rb"Via|v", rb"From|f", rb"To|t", rb"Call-ID|i", rb"CSeq")
        lines = [
            m.group(0) for key in wanted for m in re.finditer(rb"(?im)^(?:" + key + rb")\s*:[^\r\n]*", data)
        ]
        body = self._sdp() if data.startswith(b"INVITE") else b""
        kind = b"Content-Type: application/sdp\r\n" if body else b""
        contact = f"Contact: <{self._own_uri()}>\r\n".encode()
        end = kind + contact + f"Content-Length: {len(body)}\r\n\r\n".encode() + body
        self._send(b"SIP/2.0 200 OK\r\n" + b"\r\n".join(lines) + b"\r\n" + end)
        if data.startswith(b"BYE"):
            self.ended.set()

    def _learn(self, data: bytes) -> None:
        if contact := re.search(rb"(?im)^(?:Contact|m):\s*<([^>]+)>", data):
            self._contact = contact.group(1)
        address, port = re.search(rb"(?m)^c=IN IP4 (\S+)", data), re.search(rb"(?m)^m=audio (\d+)", data)
        if address and port:
            self.far_media = (address.group(1).decode(), int(port.group(1)))

    def _request(
        self,
        method: bytes,
        cseq: int,
        branch: str,
        extra: Sequence[bytes] = (),
        body: bytes = b"",
        *,
        contact: bool = False,
    ) -> bytes:
        uri = self._contact if contact else f"sip:{self._number}@{self._target[0]}:{self._target[1]}".encode()
        host, port = self._own()
        lines = [
            method + b" " + uri + b" SIP/2.0",
            f"Via: SIP/2.0/UDP {host}:{port};branch={branch};rport".encode(),
            b"Max-Forwards: 70",
            self._caller.header(self._tag),
            self._to,
            f"Call-ID: {self.outcome.call_id}".encode(),
            f"CSeq: {cseq} ".encode() + method,
            f"Contact: <{self._own_uri()}>".encode(),
            *extra,
        ]
        if body:
            lines.append(b"Content-Type: application/sdp")
        lines.append(f"Content-Length: {len(body)}".encode())
        return b"\r\n".join(lines) + b"\r\n\r\n" + body

    def _own(self) -> tuple[str, int]:
        assert self._transport is not None
        host, port = self._transport.get_extra_info("sockname")[:2]
        return str(host), int(port)

    def _own_uri(self) -> str:
        host, port = self._own()
        return f"sip:test@{host}:{port}"

    def _sdp(self) -> bytes:
        host = self._own()[0]
        lines = (
            "v=0",
            f"o=- 1 1 IN IP4 {host}",
            "s=-",
            f"c=IN IP4 {host}",
            "t=0 0",
            f"m=audio {self.media_port} RTP/AVP 8 101",
            "a=rtpmap:8 PCMA/8000",
            "a=rtpmap:101 telephone-event/8000",
            "a=sendrecv",
        )
        return ("\r\n".join(lines) + "\r\n").encode()

    def _send(self, data: bytes) -> None:
        assert self._transport is not None
        self._transport.sendto(data, self._target)


async def _speak_silence(media: asyncio.DatagramTransport, far: tuple[str, int]) -> None:
    sequence, stamp, source = 1, 0, random.getrandbits(32)
    while True:
        head = _RTP_FIXED + sequence.to_bytes(2, "big") + stamp.to_bytes(4, "big") + source.to_bytes(4, "big")
        media.sendto(head + SILENCE, far)
        sequence, stamp = (sequence + 1) % 65536, (stamp + 160) % 2**32
        await asyncio.sleep(PTIME_S)
