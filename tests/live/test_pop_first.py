"""The pop comes first: for every call the seat's screen has the caller before its phone gets the INVITE."""

from __future__ import annotations

import asyncio

import pytest

from tests.live.books import settled
from tests.live.conftest import Stage
from tests.network.leg import Leg
from tests.network.load import Plan

pytestmark = pytest.mark.live

CALLS = 100


async def impatient(leg: Leg) -> None:
    """Presses 1 at once and talks until the seat hangs up."""
    await leg.presses("1")
    await leg.ends(within_s=60)


async def test_in_each_of_100_calls_the_pop_is_there_before_the_invite(stage: Stage) -> None:
    scene = await stage(seats=5, settings={"queue": {"wrap_up_s": 0}})
    await scene.staffed(speaks=False)
    for phone in scene.phones.values():
        phone.answers(after=0.0, talks=0.3)

    await scene.net.load(calls=CALLS, per_second=6, plan=Plan(does=impatient, lasts_s=60))
    await settled(scene, CALLS)

    pops = {(ext, n): pop for ext, screen in scene.screens.items() for n, pop in enumerate(screen.pops)}
    invites = {(ext, n): leg for ext, phone in scene.phones.items() for n, leg in enumerate(phone.calls)}
    assert len(invites) == CALLS
    assert pops.keys() == invites.keys()
    late = {key: leg for key, leg in invites.items() if pops[key].at >= (leg.invited_at or 0)}
    assert not late, f"{len(late)} of {CALLS} phones rang before the screen knew: {late}"
    await asyncio.sleep(0)
