"""INVITEs of arbitrary bytes: what Asterisk itself would never send arrives as it was written."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.network.raw_sip import Caller, raw_datagram

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
        ("赤峰市民".encode("gbk"), "赤峰市民".encode("gbk")),
        ("赤峰市民".encode(), "赤峰市民".encode()),
        (b"x" * 1000, None),
        (b"${SHELL(id)},&|", None),
        (b'say \\"hello\\"', b'say "hello"'),
    ],
    ids=["gbk", "utf-8", "1000 characters", "dialplan", "quotes"],
)
async def test_a_name_arrives_byte_for_byte(
    exchange: Exchange, name: bytes, arrives_as: bytes | None
) -> None:
    outcome = await exchange.net.raw_invite("12340", Caller(name=name), hold_s=1.0)

    assert outcome.status == 200, outcome
    arrived = await _arrived(exchange.asterisk.state / "name")
    if arrives_as is not None:
        assert arrived.rstrip(b"\n") == arrives_as
    else:
        assert arrived.rstrip(b"\n") in (name, name[: len(arrived) - 1])


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
