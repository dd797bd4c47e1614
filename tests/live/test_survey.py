"""The survey after the talk: the seat is free meanwhile, and nothing that happens in it loses the answer."""

from __future__ import annotations

import pytest

from tests.live.conftest import Stage
from tests.live.hall import LISTENS_S, ended_calls, marks, prompt
from tests.live.scene import Scene
from tests.live.test_waiting import in_line
from tests.network.leg import Leg

pytestmark = pytest.mark.live

SURVEY = {"survey": {"enabled": True}, "queue": {"wrap_up_s": 0}}


async def asked(scene: Scene, number: str) -> Leg:
    """A caller whose seat has just hung up."""
    leg = await in_line(scene, number)
    talk = await scene.phones["1001"].talks(within_s=15)
    await talk.hangs_up()
    await leg.hears(prompt(scene, "survey"), within_s=LISTENS_S)
    return leg


async def test_the_grade_is_kept_while_the_seat_serves_the_next(stage: Stage) -> None:
    scene = await stage(seats=1, settings=SURVEY)
    await scene.staffed()
    scene.phones["1001"].answers(after=0.0)
    first = await in_line(scene, "13904760001")
    talk = await scene.phones["1001"].talks(within_s=15)
    await talk.hangs_up()
    second = await in_line(scene, "13904760002")
    other = await scene.phones["1001"].talks(within_s=10)
    assert first.talks, "the first caller is still asked while the seat talks to the second"
    await first.presses("9")
    await first.hears(prompt(scene, "survey_invalid"), within_s=LISTENS_S)
    await first.presses("2")
    await first.hears(prompt(scene, "survey_thanks"), within_s=LISTENS_S)
    await first.ends(within_s=10)
    await other.hangs_up()
    await second.hears(prompt(scene, "survey"), within_s=LISTENS_S)
    await second.hangs_up()

    third = await asked(scene, "13904760003")
    scene.house.kill_everything_of_ours()
    await third.presses("5")  # nobody of ours is there to take it: goodbye, and no second queue
    await third.ends(within_s=10)
    scene.house.start()
    await scene.house.ready()

    calls = await ended_calls(scene, 3)
    assert [call["outcome"] for call in calls] == ["answered"] * 3
    assert [call["seat"] for call in calls] == ["1001"] * 3
    assert marks(calls[0])["survey"] == {"grade": 2}
    assert "survey" not in marks(calls[1]) and "survey" not in marks(calls[2])
    assert len(scene.phones["1001"].calls) == 3
