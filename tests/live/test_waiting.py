"""While waiting: the place is said, keys cut prompts short, and a seat takes the caller out of any of it."""

from __future__ import annotations

import asyncio

import pytest

from tests.live.books import settled
from tests.live.conftest import Stage
from tests.live.hall import LISTENS_S, alarms, ended_calls, marks, prompt
from tests.live.scene import Scene
from tests.network.leg import Leg

pytestmark = pytest.mark.live


async def in_line(scene: Scene, number: str) -> Leg:
    """A caller who is through the menu and waits."""
    leg = await scene.net.citizen(number).calls("12345")
    await leg.presses("1")
    return leg


async def test_the_place_is_said_and_a_seat_is_reached_in_the_middle_of_it(stage: Stage) -> None:
    scene = await stage(seats=1)
    await scene.staffed()
    phone = scene.phones["1001"]
    phone.answers(after=0.0)
    first = await in_line(scene, "13904760001")
    talk = await phone.talks()
    second = await in_line(scene, "13904760002")
    third = await in_line(scene, "13904760003")
    await third.hears(prompt(scene, "ahead_before"), within_s=LISTENS_S)
    await third.hears(prompt(scene, "ahead_after"), within_s=LISTENS_S)
    await second.hears(prompt(scene, "you_are_next"), within_s=LISTENS_S)

    phone.answers(after=0.0)
    fourth = await in_line(scene, "13904760004")  # hears the first words of its announcement by now …
    await fourth.hears(prompt(scene, "all_busy"), within_s=LISTENS_S)
    await second.hangs_up()
    await third.hangs_up()
    await talk.hangs_up()  # … when the seat is free and the two before it have gone
    talked = await phone.talks(within_s=6)
    assert await scene.net.who_hears_whom([fourth, talked]) == {
        fourth: frozenset({talked}),
        talked: frozenset({fourth}),
    }
    await fourth.hangs_up()
    await first.ends()
    kept = await settled(scene, 4)
    assert kept.outcomes["answered"] == 2


async def test_an_empty_group_raises_an_alarm_and_its_caller_is_served_as_soon_as_somebody_comes(
    stage: Stage,
) -> None:
    """Without ways out the rule "callback" can promise nothing: the caller waits, and a key does no harm."""
    scene = await stage(seats=1, general={"callback_after_s": 0})
    call = await in_line(scene, "13904760001")
    await call.hears(prompt(scene, "nobody_there"), within_s=LISTENS_S)
    await call.presses("1")
    await call.presses("A*#")
    assert "empty_group" in {alarm["kind"] for alarm in await alarms(scene)}

    await asyncio.sleep(1)
    await scene.staffed()
    phone = scene.phones["1001"]
    phone.answers(after=0.0, talks=0.5)
    await phone.talks(within_s=10)
    await call.ends(within_s=15)
    (told,) = await ended_calls(scene, 1)
    assert told["outcome"] == "answered"
    assert marks(told)["empty_group"] == {"groups": ["general"]}
