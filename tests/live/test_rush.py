"""A rush: 200 calls at 20 a second; nobody presses a key, so all hear the whole greeting at once."""

from __future__ import annotations

import pytest

from tests.live.books import settled
from tests.live.conftest import Stage
from tests.network.load import Plan

pytestmark = pytest.mark.live

CALLS = 200
PER_SECOND = 20


async def test_200_calls_at_20_a_second_are_all_answered_and_all_on_record(stage: Stage) -> None:
    scene = await stage(seats=30, settings={"queue": {"wrap_up_s": 0}})
    await scene.staffed(speaks=False)
    for phone in scene.phones.values():
        phone.answers(after=0.0, talks=1.0)

    legs = await scene.net.load(calls=CALLS, per_second=PER_SECOND, plan=Plan(lasts_s=120))
    assert all(leg.answered_at for leg in legs)
    kept = await settled(scene, CALLS)
    assert kept.outcomes == {"answered": CALLS}
    assert sum(len(phone.calls) for phone in scene.phones.values()) >= CALLS
