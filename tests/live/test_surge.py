"""A surge notice: one key adds the caller to the incident and ends the call; without it nothing is lost."""

from __future__ import annotations

import asyncio
import shutil

import pytest

from agi.rulebook import EVERY_S
from crm import now_ms, surges
from tests.live.conftest import Stage
from tests.live.hall import LISTENS_S, ended_calls, marks, opened, prompt
from tests.live.test_waiting import in_line

pytestmark = pytest.mark.live


async def test_who_presses_1_is_counted_and_who_does_not_reaches_a_seat(stage: Stage) -> None:
    scene = await stage(seats=1)
    await scene.staffed()
    scene.phones["1001"].answers(after=0.0, talks=0.5)
    async with opened(scene.house) as store:
        form = {"topic": "停水", "text": "城区停水", "lines": ["12345"], "active_until": now_ms() + 600_000}
        surge = await surges.start(store, form, actor="test")
    spoken = prompt(scene, f"surge-{surge.id}")  # as the desk speaks it
    shutil.copy(prompt(scene, "system_busy"), spoken)
    spoken.chmod(0o644)  # Asterisk may be another user
    await asyncio.sleep(EVERY_S + 1)  # the bridges read their rules anew, no restart

    first = await in_line(scene, "13904760001")
    await first.hears(prompt(scene, "system_busy"), within_s=LISTENS_S)
    await first.hears(prompt(scene, "surge_join"), within_s=LISTENS_S)
    await first.presses("1")
    await first.hears(prompt(scene, "surge_joined"), within_s=LISTENS_S)
    await first.ends(within_s=15)
    second = await in_line(scene, "13904760002")
    await scene.phones["1001"].talks(within_s=25)
    await second.ends(within_s=15)

    calls = await ended_calls(scene, 2)
    assert [call["outcome"] for call in calls] == ["surge", "answered"]
    assert marks(calls[0])["surge_joined"] == {"surge": surge.id}
    async with opened(scene.house) as store:
        assert [call_id for call_id, _ in await surges.joined(store, surge.id)] == [calls[0]["id"]]
