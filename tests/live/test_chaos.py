"""A process dies in the middle of a call's way to its seat: the caller is served, every seat's state is true.

Slow, because each scene kills real processes and waits until others have taken over their work.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Callable

import pytest

from seats import Acd, AcdUnavailable
from tests.live.books import settled
from tests.live.conftest import Stage
from tests.live.orders import acd_of
from tests.live.scene import Scene
from tests.network.leg import Leg

pytestmark = pytest.mark.live

SETTINGS = {"queue": {"wrap_up_s": 0}}
REPAIRED_S = 10.0  # the promise is 5 s; the rest is what a busy machine may add to it
ENGAGED = {"reserved", "ringing", "talking"}


@pytest.mark.parametrize("step", ["reserved", "ringing", "answered"])
async def test_the_bridge_that_holds_the_reservation_dies(stage: Stage, step: str) -> None:
    """Both bridges are killed, so the one that holds it is among them."""
    scene = await stage(seats=2, settings=SETTINGS)
    await scene.staffed(speaks=False)
    if step == "reserved":  # a page that has just been closed: its pop is waited for
        for screen in scene.screens.values():
            await screen.leave()
    for phone in scene.phones.values():
        phone.never_answers() if step == "ringing" else phone.answers(after=0.0)
    call = await caller(scene)
    async with acd_of(scene) as acd:
        await call_is(scene, acd, "talking" if step == "answered" else step)
    kill(scene, "bridge-0", "bridge-1")
    for phone in scene.phones.values():
        phone.answers(after=0.0, talks=None if step == "answered" else 1.0)
    if step == "ringing":
        for phone in scene.phones.values():
            for leg in phone.calls:
                await leg.picks_up()
    assert call.ended_at is None, "the caller was cut off"
    await somebody_talks(scene)
    if step == "answered":
        await state_is(scene, lambda states: "talking" in states.values())
    await asyncio.gather(*(phone.hangs_up() for phone in scene.phones.values()))
    await call.ends(within_s=60)
    kept = await settled(scene, 1)
    assert set(kept.outcomes) <= {"answered", "answered_plain"}, kept
    await state_is(scene, lambda states: not ENGAGED & set(states.values()))


@pytest.mark.parametrize("memory", ["with its log", "empty"])
async def test_redis_comes_back(stage: Stage, memory: str) -> None:
    """One talks, one rings, one waits.  A page signs its seat in again when nobody knows it any more."""
    scene = await stage(seats=2, settings=SETTINGS)
    await scene.staffed(speaks=False)
    for phone in scene.phones.values():
        phone.answers(after=0.0)
    talking = await caller(scene, "13904760001")
    await somebody_talks(scene)
    for phone in scene.phones.values():
        phone.never_answers()
    ringing = await caller(scene, "13904760002")
    await state_is(scene, lambda states: sorted(states.values()) == ["ringing", "talking"])
    waiting = await caller(scene, "13904760003")
    busy = next(ext for ext, state in (await states_of(scene)).items() if state == "talking")
    if memory == "empty":
        shutil.rmtree(scene.house.runtime.state.redis / "appendonlydir")
    os.kill(scene.house.pid_of("redis"), signal.SIGKILL)
    async with acd_of(scene) as acd:
        await answers(scene, acd)
    if memory == "empty":
        for screen in scene.screens.values():
            await screen.does("sign-in")
    await state_is(scene, lambda states: states[busy] == "talking")
    everyone = (talking, ringing, waiting)
    assert not [leg for leg in everyone if leg.ended_at is not None], "a caller was cut off"
    for ext, phone in scene.phones.items():
        phone.answers(after=0.0, talks=1.0)
        if ext != busy:
            for leg in phone.calls:
                if leg.ended_at is None:
                    await leg.picks_up()
    if memory == "empty":
        for ext, state in (await states_of(scene)).items():
            if state == "not_ready":
                await scene.screens[ext].does("ready")
    await scene.phones[busy].hangs_up()
    await asyncio.sleep(2)
    await asyncio.gather(*(phone.hangs_up() for phone in scene.phones.values()))
    if memory == "empty":
        for ext, state in (await states_of(scene)).items():
            if state == "not_ready":
                await scene.screens[ext].does("ready")
    await asyncio.gather(*(leg.ends(within_s=60) for leg in everyone))
    kept = await settled(scene, 3)
    assert set(kept.outcomes) <= {"answered", "answered_plain"}, kept


# ---- words of these scenes


async def caller(scene: Scene, number: str = "13904760001") -> Leg:
    leg = await scene.net.citizen(number, speaks=False, records=False).calls("12345")
    await leg.presses("1")
    return leg


def kill(scene: Scene, *parts: str) -> None:
    pids = scene.house.our_processes()
    for part in parts:
        os.kill(pids[part], signal.SIGKILL)


async def states_of(scene: Scene) -> dict[str, str]:
    return {seat["seat"]: seat["state"] for seat in (await scene.house.get("/seats"))["items"]}


async def state_is(scene: Scene, right: Callable[[dict[str, str]], bool]) -> None:
    async def so() -> bool:
        return right(await states_of(scene))

    await scene.until(so, within_s=REPAIRED_S, what="the seats' states are true")


async def call_is(scene: Scene, acd: Acd, state: str) -> None:
    async def so() -> bool:
        return state in {call.state.value for call in await acd.calls()}

    await scene.until(so, within_s=15, what=f"a call that is {state}")


async def somebody_talks(scene: Scene) -> None:
    async def so() -> bool:
        legs = [leg for phone in scene.phones.values() for leg in phone.calls]
        return any(leg.answered_at is not None for leg in legs)

    await scene.until(so, within_s=45, what="a seat that talks")


async def answers(scene: Scene, acd: Acd) -> None:
    async def so() -> bool:
        try:
            return await acd.clock_ms() > 0
        except AcdUnavailable:
            return False

    await scene.until(so, within_s=20, what="Redis")
