"""INVITEs of arbitrary bytes: what Asterisk itself would never send arrives as it was written."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from tests.network.raw_sip import Caller, raw_datagram, raw_invite

from .conftest import Exchange

pytestmark = pytest.mark.live


def _content(file: Path) -> bytes:
    return file.read_bytes() if file.exists() else b""


async def _arrived(file: Path) -> bytes:
    for _ in range(100):
        if data := _content(file):
            return data
        await asyncio.sleep(0.05)
    raise AssertionError("no name was written")


@pytest.mark.parametrize(
    ("name", "arrives_as"),
    [
        # res_pjsip puts U+FFFD for whatever is not UTF-8, and cuts a name at 79 bytes.
        ("赤峰市民".encode("gbk"), "赤峰市民".encode("gbk").decode(errors="replace").encode()),
        ("赤峰市民".encode(), "赤峰市民".encode()),
        (b"x" * 1000, None),
        (b"${SHELL(id)},&|", b"${SHELL(id)},&|"),
        (b'say \\"hello\\"', b'say \\"hello\\"'),
    ],
    ids=["gbk", "utf-8", "1000 characters", "dialplan", "quotes"],
)
async def test_what_asterisk_makes_of_a_name(
    exchange: Exchange, name: bytes, arrives_as: bytes | None
) -> None:
    outcome = await exchange.net.raw_invite("12340", Caller(name=name), hold_s=1.0)

    assert outcome.status == 200, outcome
    arrived = await _arrived(exchange.asterisk.state / "name")
    assert arrived.rstrip(b"\n") == (arrives_as or name[:79])


async def test_the_bytes_go_out_as_they_are() -> None:
    name = "赤峰".encode("gbk") + b'${},"' + b"y" * 1000
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.setblocking(False)
        target = listener.getsockname()
        outcome = await raw_invite(target, "12345", Caller(name=name), answer_within_s=0.3)
        packet = listener.recv(65535)

    assert b'From: "' + name + b'" <sip:13904760001@127.0.0.2>;tag=' in packet
    assert (outcome.status, outcome.codes) == (0, [])


async def test_a_refusal_and_garbage_leave_the_next_call_well(exchange: Exchange) -> None:
    net = exchange.net
    await raw_datagram(net.hotline_sip, b"\x00\xff INVITE nonsense\r\n\r\n")
    refused = await net.raw_invite("99999", Caller())
    stranger = await net.raw_invite("12340", Caller(host="127.0.0.9"))
    taken = await net.raw_invite("12340", Caller(name=b"", user=b"13904760001"))

    assert refused.status == 404
    assert stranger.status == 401
    assert taken.status == 200
    assert not taken.ended_by_far_end
