"""Nobody there and a rule that says "voicemail": the message is kept, whoever ends it and however."""

from __future__ import annotations

import asyncio

import pytest

from tests.live.conftest import Stage
from tests.live.hall import LISTENS_S, callback_tasks, ended_calls, marks, prompt
from tests.live.test_call import loudest_hz
from tests.live.test_waiting import in_line

pytestmark = pytest.mark.live


async def test_a_message_is_kept_and_an_empty_one_is_not(stage: Stage) -> None:
    scene = await stage(seats=1, general={"empty_rule": "voicemail"})
    first = await in_line(scene, "13904760001")
    await first.hears(prompt(scene, "voicemail"), within_s=LISTENS_S)
    await asyncio.sleep(4)  # the caller speaks (a tone)
    await first.presses("#")
    await first.hears(prompt(scene, "voicemail_kept"), within_s=LISTENS_S)
    await first.ends(within_s=15)

    second = await in_line(scene, "13904760002")
    await second.hears(prompt(scene, "voicemail"), within_s=LISTENS_S)
    await asyncio.sleep(4)
    await second.hangs_up()

    third = await in_line(scene, "13904760003")
    await third.hears(prompt(scene, "nobody_there"), within_s=LISTENS_S)
    await third.hangs_up()

    calls = await ended_calls(scene, 3)
    assert [call["outcome"] for call in calls] == ["voicemail", "voicemail", "abandoned_queue"]
    for call, leg in zip(calls, (first, second), strict=False):
        message = marks(call)["voicemail"]
        assert message["seconds"] > 2
        wav = (scene.house.runtime.recordings / message["path"]).read_bytes()
        assert loudest_hz(wav) == pytest.approx(leg.tone_hz, abs=3)
    assert "voicemail" not in marks(calls[2])
    assert {task.kind for task in await callback_tasks(scene)} == {"voicemail", "missed"}
