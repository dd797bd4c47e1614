"""Orders that move calls: a leader takes a caller over to another seat; a seat calls a citizen."""

from __future__ import annotations

import asyncio

import pytest

from seats.orders import OrderFailed
from tests.live.books import channels, settled
from tests.live.conftest import Stage
from tests.live.orders import acd_of, live_call, order, sealed
from tests.live.scene import Scene
from tests.live.test_call import loudest_hz, recording, the_call
from tests.network.places import CARRIER

pytestmark = pytest.mark.live

OUTSIDE = {"numbers": {"routes": {"0476": {"trunk": "selftest-carrier"}}}}


async def test_a_leader_gives_a_talking_caller_to_another_seat(stage: Stage) -> None:
    scene = await stage(seats=2, settings={"queue": {"wrap_up_s": 0}})
    await scene.staffed(ready=False)
    await scene.screens["1001"].does("ready")
    call = await scene.net.citizen("13904760001").calls("12345")
    await call.presses("1")
    first = await scene.phones["1001"].talks(within_s=15)
    call_id = await live_call(scene)
    async with acd_of(scene) as acd:
        await acd.assign(call_id, "1002", by="leader")
    second = await scene.phones["1002"].talks(within_s=10)
    await first.ends(within_s=5)
    assert await scene.net.who_hears_whom([call, second], seconds=2) == {
        call: frozenset({second}),
        second: frozenset({call}),
    }
    assert len(scene.phones["1002"].calls) == 1
    await second.hangs_up()
    await call.ends(within_s=15)
    await settled(scene, 1)
    told = await the_call(scene)
    assert told["seat"] == "1002"
    assert sorted(leg["seat"] for leg in told["legs"]) == ["1001", "1002"]


async def test_a_seat_calls_a_citizen(stage: Stage) -> None:
    """The seat's phone rings first; the talk is on record, its number sealed, in two tracks."""
    scene = await stage(seats=2, settings={**OUTSIDE, "queue": {"wrap_up_s": 0}}, ports={CARRIER: 5060})
    await scene.staffed(ready=False)
    citizen = scene.net.phone("04768200001", at=CARRIER)
    citizen.answers(after=0.5)
    scene.phones["1001"].answers(after=0.5)
    told = await order(scene, "dial-out", seat="1001", number=sealed(scene, "04768200001"))
    seat = await scene.phones["1001"].rung(within_s=5)
    other = await citizen.talks(within_s=10)
    assert seat.answered_at is not None and other.invited_at is not None
    assert seat.answered_at <= other.invited_at, "the seat's own phone rings, and is answered, first"
    assert (other.caller, seat.caller) == ("12345", "04768200001")
    assert await scene.net.who_hears_whom([seat, other], seconds=2) == {
        seat: frozenset({other}),
        other: frozenset({seat}),
    }
    assert await state_of(scene, "1001") == "talking"
    await other.hangs_up()
    await seat.ends(within_s=5)
    await settled(scene, 1)
    assert await state_of(scene, "1001") == "not_ready"
    kept = await the_call(scene)
    assert (kept["id"], kept["origin"], kept["outcome"]) == (told["call_id"], "seat", "answered")
    assert (kept["seat"], kept["caller_masked"]) == ("1001", told["caller_masked"])
    for track, hz in (("caller", other.tone_hz), ("seat", seat.tone_hz)):
        assert loudest_hz(await recording(scene, kept["id"], track)) == pytest.approx(hz, abs=3)
    log = "".join(file.read_text() for file in scene.house.runtime.state.log.glob("*.log"))
    assert "04768200001" not in log


async def test_a_call_out_that_may_not_be_or_does_not_come_about(stage: Stage) -> None:
    scene = await stage(seats=2, settings={**OUTSIDE, "queue": {"wrap_up_s": 0}}, ports={CARRIER: 5060})
    await scene.staffed(ready=False)
    with pytest.raises(OrderFailed, match="not-allowed") as caught:
        await order(scene, "dial-out", seat="1001", number=sealed(scene, "0013125550100"))
    assert "numbers.routes" in caught.value.remedy
    with pytest.raises(OrderFailed, match="signed-out"):
        await order(scene, "dial-out", seat="1009", number=sealed(scene, "04768200001"))
    scene.net.phone("04768200001", at=CARRIER).busy()
    scene.phones["1001"].answers(after=0.0)
    await order(scene, "dial-out", seat="1001", number=sealed(scene, "04768200001"))
    seat = await scene.phones["1001"].talks(within_s=5)
    await seat.ends(within_s=10)  # busy: the seat's leg ends with it
    scene.phones["1002"].rejects()
    with pytest.raises(OrderFailed, match="seat-unreachable"):
        await order(scene, "dial-out", seat="1002", number=sealed(scene, "04768200001"))
    kept = await settled(scene, 2)
    assert kept.outcomes == {"failed": 2}
    assert await channels(scene) == []
    assert {await state_of(scene, ext) for ext in ("1001", "1002")} == {"not_ready"}
    await asyncio.sleep(0)


async def state_of(scene: Scene, ext: str) -> str:
    seats = (await scene.house.get("/seats"))["items"]
    return next(str(each["state"]) for each in seats if each["seat"] == ext)
