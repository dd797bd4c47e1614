"""The callback that keeps its place: kept by key, called when due, both sides heard, everything on record."""

from __future__ import annotations

import pytest

from crm import callbacks
from tests.live.books import settled
from tests.live.conftest import Stage
from tests.live.hall import LISTENS_S, callback_tasks, ended_calls, marks, opened, prompt, waiting
from tests.live.scene import Scene
from tests.live.test_waiting import in_line
from tests.network.places import CARRIER

pytestmark = pytest.mark.live


async def one_talks(scene: Scene) -> object:
    """The only seat is taken by a first caller; returns that talk's leg at the seat."""
    scene.phones["1001"].answers(after=0.0)
    await in_line(scene, "13904760001")
    return await scene.phones["1001"].talks()


async def test_the_place_is_kept_and_the_citizen_is_called_before_those_who_came_later(stage: Stage) -> None:
    scene = await stage(seats=1, dials_out=True, general={"callback_after_s": 0})
    await scene.staffed()
    phone = scene.phones["1001"]
    home = scene.net.phone("13904760002", at=CARRIER)
    home.answers(after=1.0)
    talk = await one_talks(scene)

    leaver = await in_line(scene, "13904760002")
    await leaver.hears(prompt(scene, "press_for_callback"), within_s=LISTENS_S)
    await leaver.presses("1")
    await leaver.hears(prompt(scene, "callback_choice"), within_s=LISTENS_S)
    await leaver.presses("1")
    await leaver.ends(within_s=15)
    later = await in_line(scene, "13904760003")

    async def behind() -> bool:
        return await waiting(scene) == 1

    await scene.until(behind, within_s=40, what="the later caller in the queue")
    await talk.hangs_up()  # type: ignore[attr-defined]

    at_home = await home.rung(within_s=15)
    await at_home.answers(within_s=10)
    assert (await at_home.listens(1.5)).loudness > 0.01, "the greeting"
    second = await phone.talks(within_s=15)
    assert await scene.net.who_hears_whom([at_home, second], seconds=2) == {
        at_home: frozenset({second}),
        second: frozenset({at_home}),
    }
    assert later.talks and len(phone.calls) == 2
    await second.hangs_up()
    await at_home.ends(within_s=15)
    third = await phone.talks(within_s=15)
    await third.hangs_up()
    await later.ends(within_s=15)

    calls = await ended_calls(scene, 4)
    kept, called_back = calls[1], next(call for call in calls if call["origin"] == "callback")
    assert kept["outcome"] == "callback_kept"
    assert called_back["outcome"] == "answered"
    assert called_back["caller_masked"] == "139****0002"
    assert marks(called_back)["callback_of"] == {"call": kept["id"]}
    assert {call["outcome"] for call in calls} == {"answered", "callback_kept"}
    (task,) = await callback_tasks(scene)
    assert (task.kind, task.state) == ("kept_place", "reached")
    await settled(scene, 4)


async def test_another_number_is_repeated_and_who_does_not_answer_costs_nobody_anything(stage: Stage) -> None:
    scene = await stage(seats=1, dials_out=True, general={"callback_after_s": 0})
    await scene.staffed()
    phone = scene.phones["1001"]
    office = scene.net.phone("04768213456", at=CARRIER)
    office.busy()
    talk = await one_talks(scene)

    leaver = await in_line(scene, "13904760002")
    await leaver.hears(prompt(scene, "press_for_callback"), within_s=LISTENS_S)
    await leaver.presses("1")
    await leaver.presses("2", gap_s=1.0)
    await leaver.presses("110#")
    await leaver.hears(prompt(scene, "callback_undialable"), within_s=LISTENS_S)
    await leaver.presses("1", gap_s=1.0)  # still in the queue, and still offered
    await leaver.presses("2", gap_s=1.0)
    await leaver.presses("8213456#")
    await leaver.hears(prompt(scene, "callback_repeat"), within_s=LISTENS_S)
    for digit in "8213456":
        await leaver.hears(prompt(scene, f"digit_{digit}"), within_s=LISTENS_S)
    await leaver.presses("1")
    await leaver.ends(within_s=20)
    later = await in_line(scene, "13904760003")
    await talk.hangs_up()  # type: ignore[attr-defined]

    await office.rung(within_s=15)
    third = await phone.talks(within_s=15)
    await third.hangs_up()
    await later.ends(within_s=15)
    calls = await ended_calls(scene, 3)
    assert [call["outcome"] for call in calls] == ["answered", "callback_kept", "answered"]
    (task,) = await callback_tasks(scene)
    assert (task.kind, task.state, task.tries, task.last_result) == ("missed", "open", 1, "busy")
    assert task.caller_masked == "0476****456"
    async with opened(scene.house) as store:
        assert [attempt.result for attempt in await callbacks.attempts(store, task.id)] == ["busy"]
    await settled(scene, 3)
