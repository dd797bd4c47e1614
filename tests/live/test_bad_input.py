"""Whatever comes over the wire, the next call works."""

from __future__ import annotations

import asyncio
import random

import pytest

from tests.live.books import settled
from tests.live.conftest import Stage
from tests.live.scene import Scene
from tests.network.raw_sip import Caller

pytestmark = pytest.mark.live

NAMES = {
    "gbk": "赤峰市民".encode("gbk"),
    "a thousand characters": "名".encode() * 1000,
    "quotes": b'say \\"hello\\"; it\'s',
    "commas": b"a,b,c|d&e",
    "dialplan": b"${SHELL(touch /tmp/hl-owned)}${EVAL(1)}$[1+1]",
    "encoded line break": b"a%0d%0aAction: Originate",
}


async def good_call(scene: Scene) -> None:
    """A call of the ordinary kind gets through."""
    phone = scene.phones["1001"]
    phone.answers(after=0.0, talks=0.3)
    call = await scene.net.citizen("13904760009").calls("12345")
    await call.presses("1")
    await phone.talks(within_s=20)
    await call.ends(within_s=20)


async def test_no_caller_name_does_harm_and_each_becomes_a_ticket(stage: Stage) -> None:
    scene = await stage(seats=1, settings={"queue": {"wrap_up_s": 0}})
    await scene.staffed(speaks=False)
    for name in NAMES.values():
        outcome = await scene.net.raw_invite("12345", Caller(user=b"13904760002", name=name), hold_s=1.0)
        assert outcome.status == 200, outcome
    for user in (b"anonymous", b"a" * 200):
        outcome = await scene.net.raw_invite("12345", Caller(user=user), hold_s=1.0)
        assert outcome.status == 200, outcome
    for user in (b"139${EXTEN}0476", b""):  # no SIP address at all: the SIP stack drops the packet
        outcome = await scene.net.raw_invite("12345", Caller(user=user), hold_s=1.0, answer_within_s=2.0)
        assert outcome.status == 0, outcome
    await good_call(scene)
    kept = await settled(scene, len(NAMES) + 2 + 1)
    assert kept.outcomes["answered"] == 1


async def test_a_stranger_and_an_unknown_number_are_turned_away(stage: Stage) -> None:
    scene = await stage(seats=1)
    await scene.staffed(speaks=False)
    stranger = await scene.net.raw_invite("12345", Caller(user=b"13904760003", host="127.0.0.9"))
    assert stranger.status in (401, 403, 404), stranger
    toll = await scene.net.citizen("13904760004").dials("0013125550100")
    await toll.ends(within_s=10)
    assert toll.answered_at is None
    await good_call(scene)
    await settled(scene, 1)


async def test_noise_at_the_inner_doors_leaves_the_next_call_unharmed(stage: Stage) -> None:
    scene = await stage(seats=1)
    await scene.staffed(speaks=False)
    values = scene.house.runtime.values
    doors = [*scene.house.runtime.bridges, ("127.0.0.1", values.nodes[0].port)]
    rng = random.Random(12345)
    half_open = []
    for host, port in doors:
        for _ in range(20):
            _, writer = await asyncio.open_connection(host, port)
            writer.write(rng.randbytes(rng.randrange(1, 2000)) + b"\n\n\r\n\r\n")
            writer.close()
            half_open.append(await asyncio.open_connection(host, port))
    await good_call(scene)
    for _, writer in half_open:
        writer.close()
    await settled(scene, 1)
