"""Surge notices: spoken for real, switched on and off by a leader, suggested by what comes in."""

from __future__ import annotations

import asyncio
import os
import wave
from datetime import timedelta
from pathlib import Path
from typing import Any

from crm import now_ms, surges, tickets
from hotline_app.desk.moments import moment
from tests.desk.conftest import OpenBrowser
from tests.desk.standing import Standing


def _form(**changed: Any) -> dict[str, Any]:
    until = moment(now_ms()) + timedelta(hours=2)
    return {
        "topic": "红山区停水",
        "text": "红山区正在抢修供水管道，预计今晚八点恢复供水。",
        "regions": ["150402"],
        "lines": [],
        "active_until": until.isoformat(),
    } | changed


def _seconds(path: Path) -> float:
    with wave.open(str(path)) as sound:
        assert (sound.getframerate(), sound.getsampwidth(), sound.getnchannels()) == (8000, 2, 1)
        return float(sound.getnframes() / 8000)


def _prompts(desk: Standing) -> Path:
    return desk.config.recordings.parent / "prompts"


async def test_a_notice_is_spoken_before_it_is_on(desk: Standing, browse: OpenBrowser) -> None:
    leader, key = await browse(desk, "leader"), {"Idempotency-Key": "s1"}
    made = await leader.post("/surges", _form(), key)
    assert (made.status, made.body["active"], made.body["created_by"]) == (201, True, "leader")
    sound = _prompts(desk) / f"surge-{made.body['id']}.wav"
    assert 3 < await asyncio.to_thread(_seconds, sound) < 20
    assert sound.stat().st_mode & 0o777 == 0o640
    assert [surge.id for surge in await surges.active(desk.store)] == [made.body["id"]]
    path, etag = f"/surges/{made.body['id']}", {"If-Match": made.headers["ETag"]}
    before = sound.read_bytes()
    changed = await leader.send("PATCH", path, {"text": "供水已经恢复，谢谢您的耐心等待。"}, etag)
    assert changed.status == 200 and sound.read_bytes() != before
    assert (await leader.send("PATCH", path, {"text": "再换一种说法。"}, etag)).problem == "changed"
    assert (await leader.post(f"{path}/end", None, etag)).problem == "changed"
    etag = {"If-Match": changed.headers["ETag"]}
    ended = await leader.post(f"{path}/end", None, etag)
    assert (ended.body["active"], ended.body["ended_by"]) == (False, "leader")
    assert await surges.active(desk.store) == []
    assert (await leader.post(f"{path}/end", None, {"If-Match": ended.headers["ETag"]})).problem == "conflict"


async def test_the_sound_belongs_to_whom_the_folder_belongs(desk: Standing, browse: OpenBrowser) -> None:
    """Started as root, Asterisk runs as another user and must be able to read it."""
    if os.geteuid() == 0:
        _prompts(desk).mkdir()
        os.chown(_prompts(desk), 65534, 65534)
    made = await (await browse(desk, "leader")).post("/surges", _form())
    sound = (_prompts(desk) / f"surge-{made.body['id']}.wav").stat()
    folder = _prompts(desk).stat()
    assert (sound.st_uid, sound.st_gid) == (folder.st_uid, folder.st_gid)


async def test_words_that_cannot_be_spoken_are_not_promised(desk: Standing, browse: OpenBrowser) -> None:
    leader = await browse(desk, "leader")
    good = await leader.post("/surges", _form())
    (_prompts(desk) / "surge-2.wav").mkdir()  # nothing can be put there
    refused = await leader.post("/surges", _form(topic="道路积水"), {"Idempotency-Key": "s2"})
    assert refused.problem == "not-spoken"
    assert [surge.id for surge in await surges.active(desk.store)] == [good.body["id"]]
    sound = _prompts(desk) / f"surge-{good.body['id']}.wav"
    sound.unlink()
    sound.mkdir()
    etag = {"If-Match": good.headers["ETag"]}
    refused = await leader.send("PATCH", f"/surges/{good.body['id']}", {"text": "另一种说法。"}, etag)
    assert refused.problem == "not-spoken"
    kept = await surges.get(desk.store, good.body["id"])
    assert kept.text == good.body["text"]
    again = await leader.post("/surges", _form(topic="道路积水"), {"Idempotency-Key": "s2"})
    assert again.status == 201


async def test_faults_are_named(desk: Standing, browse: OpenBrowser) -> None:
    leader = await browse(desk, "leader")
    past = (moment(now_ms()) - timedelta(hours=1)).isoformat()
    far = (moment(now_ms()) + timedelta(days=30)).isoformat()
    for wrong, field in (
        ({"topic": ""}, "topic"), ({"text": "短"}, "text"), ({"text": "长" * 301}, "text"),
        ({"regions": ["999999"]}, "regions"), ({"lines": ["99999"]}, "lines"),
        ({"active_until": past}, "active_until"), ({"active_until": far}, "active_until"),
    ):  # fmt: skip
        refused = await leader.post("/surges", _form(**wrong))
        assert (refused.problem, refused.body["field"]) == ("invalid", field), wrong
    assert (await leader.get("/surges")).body["items"] == []


async def test_what_comes_in_unusually_often_is_suggested(desk: Standing, browse: OpenBrowser) -> None:
    leader = await browse(desk, "leader")
    assert (await leader.get("/surges/suggestions")).body["items"] == []
    for _ in range(12):
        await tickets.create(desk.store, {"region_code": "150402", "kind": "求助"}, actor="seat1")
    (found,) = (await leader.get("/surges/suggestions")).body["items"]
    assert (found["count"], found["region_code"], found["kind"]) == (12, "150402", "求助")
