"""A caller is never lost: 20 wait, 10 talk, and then something of ours dies, freezes or goes away.

Slow, because callers must really outlast a round of waiting (20 s) while nobody answers the dialplan.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Coroutine

import pytest

from tests.live.books import books, seats_talking, settled
from tests.live.conftest import Stage
from tests.live.scene import Scene
from tests.network.leg import Leg

pytestmark = pytest.mark.live

TALKING, WAITING, NEWCOMERS = 10, 20, 3
A_ROUND_S = 24.0  # longer than a caller waits before asking again


async def ours_killed(scene: Scene) -> None:
    """kill -9 of supervisor, bridges and desk; nobody there for more than a round; started again."""
    scene.house.kill_everything_of_ours()
    await asyncio.sleep(A_ROUND_S)
    scene.house.start()
    await scene.house.ready()


async def ours_frozen(scene: Scene) -> None:
    """SIGSTOP: every connection still opens, and nobody answers."""
    pids = scene.house.our_processes().values()
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    await asyncio.sleep(A_ROUND_S)
    for pid in pids:
        os.kill(pid, signal.SIGCONT)


async def redis_killed(scene: Scene) -> None:
    """kill -9 of Redis; the supervisor starts it again."""
    os.kill(scene.house.pid_of("redis"), signal.SIGKILL)
    await asyncio.sleep(A_ROUND_S / 2)


async def database_stopped(scene: Scene) -> None:
    """Nobody can write for 30 s."""
    await asyncio.to_thread(_hold_lock, scene.house.runtime.database_url.removeprefix("sqlite:///"), 30.0)


def _hold_lock(path: str, seconds: float) -> None:
    with sqlite3.connect(path, timeout=20, isolation_level=None) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        time.sleep(seconds)
        lock.execute("ROLLBACK")
    lock.close()


@pytest.mark.parametrize("blow", [ours_killed, ours_frozen, redis_killed, database_stopped])
async def test_nobody_is_lost(stage: Stage, blow: Callable[[Scene], Coroutine[None, None, None]]) -> None:
    scene = await stage(seats=TALKING)
    await scene.staffed(speaks=False)
    talking = await crowd(scene, TALKING)

    async def all_talk() -> bool:
        return await seats_talking(scene) == TALKING

    await scene.until(all_talk, within_s=30, what=f"{TALKING} talking seats")
    waiting = await crowd(scene, WAITING, first=100)

    async def all_wait() -> bool:
        groups = (await scene.house.get("/groups"))["items"]
        return sum(int(group["waiting"]) for group in groups) == WAITING

    await scene.until(all_wait, within_s=30, what=f"{WAITING} waiting callers")

    striking = asyncio.create_task(blow(scene))
    await asyncio.sleep(5)
    newcomers = [
        await scene.net.citizen(f"13904762{n:03d}", speaks=False, records=False).dials("12345")
        for n in range(NEWCOMERS)
    ]
    await striking

    everyone = talking + waiting + newcomers
    assert not [leg for leg in everyone if leg.ended_at is not None], "a caller was cut off"
    for phone in scene.phones.values():
        phone.answers(after=0.0, talks=0.5)
    await asyncio.gather(*(phone.hangs_up() for phone in scene.phones.values()))
    await asyncio.gather(*(leg.ends(within_s=120) for leg in everyone))
    kept = await settled(scene, len(everyone))
    assert set(kept.outcomes) <= {"answered", "answered_plain"}, kept
    assert (await books(scene)).tickets == len(everyone)


async def crowd(scene: Scene, size: int, *, first: int = 0) -> list[Leg]:
    """So many callers, each answered by the greeting and past the menu."""
    legs = []
    for n in range(first, first + size):
        citizen = scene.net.citizen(f"1390476{n:04d}", speaks=False, records=False)
        legs.append(await citizen.calls("12345"))
        await legs[-1].presses("1")  # one after the other: Asterisk's AMI session waits for each key
    return legs
