"""A shift leader listens, whispers and joins; a call is hung up; a secret is not recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from seats.orders import OrderFailed
from tests.live.books import channels, settled
from tests.live.conftest import Stage
from tests.live.orders import acd_of, live_call, order
from tests.live.scene import Scene
from tests.live.test_call import recording, the_call
from tests.network import ear
from tests.network.leg import Leg

pytestmark = pytest.mark.live

LEADER = "1002"


async def talking(scene: Scene) -> tuple[Leg, Leg, str]:
    """One citizen who talks with seat 1001: both legs, and the call's id."""
    await scene.screens["1001"].does("ready")
    call = await scene.net.citizen("13904760001").calls("12345")
    await call.presses("1")
    talk = await scene.phones["1001"].talks(within_s=15)
    return call, talk, await live_call(scene)


async def hear(scene: Scene, legs: Sequence[Leg], matrix: dict[Leg, set[Leg]]) -> None:
    """Who hears whom is just that; a mode may take a moment to begin."""
    await asyncio.sleep(0.5)
    assert await scene.net.who_hears_whom(legs, seconds=2) == {
        leg: frozenset(heard) for leg, heard in matrix.items()
    }


async def test_a_leader_listens_whispers_joins_and_leaves(stage: Stage) -> None:
    scene = await stage(seats=2)
    await scene.staffed(ready=False)
    call, seat, call_id = await talking(scene)
    spy = {"call_id": call_id, "seat": "1001", "leader": LEADER}

    told = await order(scene, "listen", **spy)
    assert await supervised(scene) == ("leader", "listen")
    leader = await scene.phones[LEADER].talks(within_s=5)
    assert told["mode"] == "listen"
    three = [call, seat, leader]
    await hear(scene, three, {call: {seat}, seat: {call}, leader: {call, seat}})

    assert (await order(scene, "whisper", **spy))["state"] == "listening"
    await hear(scene, three, {call: {seat}, seat: {call, leader}, leader: {call, seat}})

    await order(scene, "barge", **spy)
    await hear(scene, three, {call: {seat, leader}, seat: {call, leader}, leader: {call, seat}})

    await order(scene, "listen", **spy)
    await hear(scene, three, {call: {seat}, seat: {call}, leader: {call, seat}})
    assert len(scene.phones[LEADER].calls) == 1, "another mode must not ring again"

    await order(scene, "stop-listening", leader=LEADER)
    await leader.ends(within_s=5)
    await hear(scene, [call, seat], {call: {seat}, seat: {call}})
    assert await supervised(scene) == ("", "")
    with pytest.raises(OrderFailed, match="not-listening"):
        await order(scene, "stop-listening", leader=LEADER)

    await order(scene, "listen", **spy)  # anew; and it ends by itself with the talk
    again = await scene.phones[LEADER].talks(within_s=5)
    await seat.hangs_up()
    await again.ends(within_s=5)
    await call.ends(within_s=15)
    await settled(scene, 1)
    ended = await the_call(scene)
    assert (ended["seat"], ended["outcome"]) == ("1001", "answered")
    assert [leg["seat"] for leg in ended["legs"]] == ["1001"], "the leader is no leg of the call"
    modes = [mark["data"]["mode"] for mark in ended["marks"] if mark["kind"] == "supervised"]
    assert modes == ["listen", "whisper", "barge", "listen", "listen"]
    assert len([mark for mark in ended["marks"] if mark["kind"] == "supervision_ended"]) == 2


async def supervised(scene: Scene) -> tuple[str | None, str | None]:
    """Who listens to seat 1001, and how, as the board shows it."""
    async with acd_of(scene) as acd:
        seat = await acd.seat("1001")
    return seat.supervised_by, seat.supervision


async def test_who_cannot_be_listened_to_or_rung_is_told_why(stage: Stage) -> None:
    scene = await stage(seats=2)
    await scene.staffed(ready=False)
    call, seat, call_id = await talking(scene)
    spy = {"call_id": call_id, "seat": "1001", "leader": LEADER}
    with pytest.raises(OrderFailed, match="not-talking"):
        await order(scene, "listen", call_id=call_id, seat="1002", leader="1003")
    with pytest.raises(OrderFailed, match="own-seat"):
        await order(scene, "listen", call_id=call_id, seat="1001", leader="1001")
    with pytest.raises(OrderFailed, match="bad-order"):
        await order(scene, "listen", call_id=call_id, seat="1001&PJSIP/9", leader=LEADER)
    await scene.phones[LEADER].unregisters()
    with pytest.raises(OrderFailed, match="leader-unreachable") as caught:
        await order(scene, "listen", **spy)
    assert "注册" in caught.value.remedy
    await seat.hangs_up()
    await call.ends(within_s=15)
    with pytest.raises(OrderFailed, match="call-gone"):
        await order(scene, "listen", **spy)
    await settled(scene, 1)


async def test_an_ordered_hangup_ends_every_leg(stage: Stage) -> None:
    scene = await stage(seats=2)
    await scene.staffed(ready=False)
    call, seat, call_id = await talking(scene)
    await scene.house.post(f"/calls/{call_id}/hangup", status=202)
    await asyncio.gather(call.ends(within_s=5), seat.ends(within_s=5))
    assert call.cut_off and seat.cut_off
    await settled(scene, 1)
    assert await channels(scene) == []
    kinds = [mark["kind"] for mark in (await the_call(scene))["marks"]]
    assert "hangup_ordered" in kinds
    await scene.house.post(f"/calls/{call_id}/hangup", status=409)


async def test_a_secret_is_not_recorded_and_times_stay_true(stage: Stage) -> None:
    scene = await stage(seats=2)
    await scene.staffed(ready=False)
    call, seat, call_id = await talking(scene)
    await asyncio.sleep(2)
    await order(scene, "record-pause", call_id=call_id)
    await asyncio.sleep(3)
    await order(scene, "record-resume", call_id=call_id)
    await asyncio.sleep(2)
    await seat.hangs_up()
    await call.ends(within_s=15)
    told = await the_call(scene)
    at = {mark["kind"]: mark["at"] for mark in told["marks"]}
    assert at["answered"] < at["recording_paused"] < at["recording_resumed"]
    for track, hz in (("caller", call.tone_hz), ("seat", seat.tone_hz)):
        file = scene.house.base / f"{track}.wav"
        file.write_bytes(await recording(scene, call_id, track))
        heard = ear.timeline(ear.read(file), (hz,), window_s=0.25, step_s=0.25)
        pattern = "".join("T" if tones else "." for _, tones in heard).strip(".")
        silent = max((len(part) for part in pattern.split("T")), default=0) / 4
        assert silent == pytest.approx(3, abs=0.8), pattern
        assert np.isclose(pattern.count("T") / 4, 4, atol=2), pattern
