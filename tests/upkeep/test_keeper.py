"""One desk at a time works; another takes over when it stops or dies."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from crm import Store, seat_log
from hotline_app.runtime import Runtime
from hotline_app.settings import Values
from hotline_app.state import State
from hotline_app.upkeep.jobs import jobs
from hotline_app.upkeep.keeper import Keeper, _until_hour
from seats import Acd, Clients
from seats.alarms import Alarms
from tests.upkeep.conftest import PATIENT


def keeper(store: Store, clients: Clients, tmp_path: Path, redis_url: str) -> Keeper:
    state = State(tmp_path / "state")
    state.make()
    values = Values.model_validate(
        {"redis": {"url": redis_url}, "alarms": {"raise_after_s": 0, "clear_after_s": 0}}
    )
    return Keeper(clients.call, jobs(Runtime(values, state), store, clients), lease_s=0.6)


async def until(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.02)


async def test_one_desk_works_and_another_takes_over(
    store: Store, clients: Clients, acd: Acd, tmp_path: Path, redis_url: str
) -> None:
    one, other = (keeper(store, clients, tmp_path, redis_url) for _ in range(2))
    await one.start()
    await until(lambda: one.working)
    await other.start()
    await asyncio.sleep(1.5)
    assert not other.working
    await acd.sign_in("1001", user="u", name="王芳", groups={"general": 1}, languages=["zh"])
    deadline = time.monotonic() + 20
    while await seat_log.last(store) is None:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    await one.stop()
    assert not one.working
    await until(lambda: other.working)
    alarms = Alarms(clients.call, rules=PATIENT)
    while "part_away:node1" not in [alarm.id for alarm in await alarms.list()]:
        assert time.monotonic() < deadline + 20
        await asyncio.sleep(0.05)
    await other.stop()


def test_the_next_quiet_hour_is_today_or_tomorrow() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    assert _until_hour(datetime(2026, 11, 24, 2, 0, tzinfo=zone), 3) == 3600
    assert _until_hour(datetime(2026, 11, 24, 3, 0, tzinfo=zone), 3) == 24 * 3600
