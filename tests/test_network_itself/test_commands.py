"""`./hotline call` at a running hotline whose one seat is worked by a robot.

Slow, since a whole hotline starts: about half a minute, most of it the speaking of the prompts.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

import pytest

from asterisk_conf.obtain import Programs
from crm import Role
from crm.people import People
from tests.live.house import REPO, House
from tests.network.demo import sip_of
from tests.network.network import Network
from tests.network.robot import Robot

pytestmark = pytest.mark.live


async def test_a_test_call_tells_its_stages_and_its_ticket(programs: Programs) -> None:
    house = await House.built(seats=["1001"])
    try:
        store = await house.store()
        await People(store).add("robot1001", "a-password-of-its-own", Role.SEAT, seat="1001")
        await store.close()
        house.start()
        await house.ready()
        async with Network(programs, hotline_sip=sip_of(house.runtime)) as net:
            seat = await net.seat("1001", house.secret("1001"))
            await seat.registers()
            seat.answers(after=0.5)
            robot = Robot(house.url, "1001", "robot1001", "a-password-of-its-own", wrap_up_s=0.1)
            working = asyncio.create_task(robot.works())
            try:
                report = await _call(house, "--from", "13904760001", "--press", "1", "--talk", "3")
            finally:
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)
            assert await net.channels() == []
    finally:
        await house.demolish()

    assert report["outcome"] == "answered"
    assert report["seat"] == "1001"
    assert len(report["ticket_no"]) == 14
    assert report["place"] == "内蒙古赤峰市"
    assert "13904760001" not in report["caller_masked"]
    assert [stage["stage"] for stage in report["stages"]][:2] == ["arrived", "language"]
    assert {"offered", "ringing", "answered"} <= {stage["stage"] for stage in report["stages"]}
    assert report["tones_heard_hz"] == [seat.tone_hz]
    assert [call for call, _ in robot.popped] == [report["call_id"]]


async def _call(house: House, *words: str) -> dict[str, Any]:
    argv = ["-m", "hotline_app.cli", "call", "12345", *words, "--json"]
    calling = await asyncio.create_subprocess_exec(
        sys.executable,
        *argv,
        "--state",
        str(house.runtime.state.base),
        cwd=REPO,
        env={**os.environ, "PYTHONPATH": str(REPO)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await asyncio.wait_for(calling.communicate(), 90)
    assert calling.returncode == 0, f"{said.decode()}\n{complained.decode()}\n{house.said()[-2000:]}"
    report = json.loads(said)
    assert isinstance(report, dict)
    return report
