"""A task ends for certain, even when a cancellation was swallowed on its way."""

import asyncio

from redis.asyncio import Redis

from ami_bridge import OwnerLease
from ami_bridge.tasks import end

from .conftest import until


async def test_a_task_that_swallows_a_cancellation_is_asked_again() -> None:
    asked = 0

    async def deaf() -> None:
        nonlocal asked
        while asked < 3:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                asked += 1

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await end(task, None)
    assert task.done()
    assert asked == 3


async def test_a_lease_stops_in_the_middle_of_its_questions(redis_clean: Redis) -> None:
    """So short a lease is nearly always waiting for Redis when it is told to stop."""

    async def told(_: object) -> None:
        return None

    for _ in range(30):
        lease = OwnerLease(redis_clean, "n", owner="a", on_gained=told, on_lost=told, lease_s=0.003)
        await lease.start()
        await until(lambda lease=lease: lease._task is not None)  # type: ignore[misc]
        await asyncio.sleep(0.002)
        async with asyncio.timeout(5):
            await lease.stop()
