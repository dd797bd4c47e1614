"""One real call, from the first digit to the ticket."""

from __future__ import annotations

import io
import wave
from typing import Any

import numpy as np
import pytest

from tests.live.conftest import Stage
from tests.live.scene import Scene

pytestmark = pytest.mark.live


async def the_call(scene: Scene, *, state: str = "ended") -> dict[str, Any]:
    """The one call of the house, with everything the API tells of it."""

    async def there() -> bool:
        return len((await scene.house.get(f"/calls?state={state}"))["items"]) == 1

    await scene.until(there, what=f"one {state} call")
    (row,) = (await scene.house.get(f"/calls?state={state}"))["items"]
    detail: dict[str, Any] = await scene.house.get(f"/calls/{row['id']}")
    return detail


async def test_a_call_becomes_a_ticket_and_rings_a_seat(stage: Stage) -> None:
    scene = await stage(seats=1)
    await scene.staffed()
    phone, screen = scene.phones["1001"], scene.screens["1001"]
    phone.answers(after=0.3)

    call = await scene.net.citizen("13904760001").calls("12345")
    await call.presses("1")
    talk = await phone.talks(within_s=10)
    assert await scene.net.who_hears_whom([call, talk], seconds=2) == {
        call: frozenset({talk}),
        talk: frozenset({call}),
    }
    live = await the_call(scene, state="live")
    assert live["ticket"]["state"] == "draft"
    await talk.hangs_up()
    await call.ends(within_s=15)

    told = await the_call(scene)
    assert told["caller_masked"] == "139****0001"
    assert (told["place"], told["line"], told["seat"]) == ("内蒙古赤峰市", "12345", "1001")
    assert told["outcome"] == "answered"
    assert told["arrived_at"] < told["answered_at"] < told["ended_at"]
    assert {"offered", "ringing", "answered"} <= {mark["kind"] for mark in told["marks"]}
    assert told["ticket"]["no"] and told["ticket"]["caller_masked"] == "139****0001"
    (pop,) = screen.pops
    assert pop.at < phone.invited_at
    assert pop.data["ticket_no"] == told["ticket"]["no"]
    assert "13904760001" not in str(pop.data)

    for track, hz in (("caller", call.tone_hz), ("seat", talk.tone_hz)):
        assert loudest_hz(await recording(scene, told["id"], track)) == pytest.approx(hz, abs=3)


async def recording(scene: Scene, call_id: str, track: str) -> bytes:
    url = f"{scene.house.url}/api/v1/calls/{call_id}/recording/{track}"
    async with scene.house.session.get(url) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.read()


def loudest_hz(wav: bytes) -> float:
    """The strongest frequency of a recording."""
    with wave.open(io.BytesIO(wav)) as file:
        assert file.getnframes() > file.getframerate() / 2, "less than half a second was recorded"
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16).astype(float)
        spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
        return float(np.argmax(spectrum) * file.getframerate() / len(samples))
