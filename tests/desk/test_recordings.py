"""Recordings: parts of a file, who may listen, who listened."""

from __future__ import annotations

import asyncio
import wave
from pathlib import Path

import pytest

from crm import Outcome, audit
from tests.desk.browser import Browser
from tests.desk.conftest import OpenBrowser
from tests.desk.standing import Standing

CALL = "node1-1795478400.7"
TRACK = f"/calls/{CALL}/recording/caller"


@pytest.fixture
async def recorded(desk: Standing) -> bytes:
    """A finished call of seat 1001; the caller's track as bytes."""
    await desk.call(CALL, seat="1001", outcome=Outcome.ANSWERED)
    return await asyncio.to_thread(_write, desk.config.recordings / "20261123" / f"{CALL}-caller.wav")


def _write(path: Path) -> bytes:
    path.parent.mkdir(parents=True)
    with wave.open(str(path), "wb") as track:
        track.setnchannels(1)
        track.setsampwidth(2)
        track.setframerate(8000)
        track.writeframes(bytes(range(256)) * 100)
    return path.read_bytes()


async def _bytes(browser: Browser, asked: str) -> tuple[int, bytes, str]:
    headers = {"Range": asked} if asked else {}
    async with browser.http.get(browser.url + "/api/v1" + TRACK, headers=headers) as answer:
        assert answer.headers["Content-Type"] == "audio/wav"
        return answer.status, await answer.read(), answer.headers.get("Content-Range", "")


async def test_a_player_gets_the_whole_and_any_part(
    desk: Standing, browse: OpenBrowser, recorded: bytes
) -> None:
    one, size = await browse(desk, "seat1"), len(recorded)
    detail = (await one.get(f"/calls/{CALL}")).body
    assert detail["recording"]["caller"] == "/api/v1" + TRACK
    assert await _bytes(one, "") == (200, recorded, "")
    assert await _bytes(one, "bytes=0-99") == (206, recorded[:100], f"bytes 0-99/{size}")
    assert await _bytes(one, "bytes=1000-") == (206, recorded[1000:], f"bytes 1000-{size - 1}/{size}")
    assert await _bytes(one, "bytes=-50") == (206, recorded[-50:], f"bytes {size - 50}-{size - 1}/{size}")
    for beyond in (f"bytes={size}-", "bytes=9-2", "lines=1-2"):
        refused = await one.get(TRACK, Range=beyond)
        assert refused.problem == "range" and refused.headers["Content-Range"] == f"bytes */{size}"


async def test_each_listener_stands_in_the_audit_once_a_sitting(
    desk: Standing, browse: OpenBrowser, recorded: bytes
) -> None:
    one, quality = await browse(desk, "seat1"), await browse(desk, "quality")
    for asked in ("bytes=100-199", "bytes=0-99", ""):
        await _bytes(one, asked)
    await _bytes(quality, "")
    rows = [row for row in await audit.trail(desk.store, target=CALL) if row.action == "recording.play"]
    assert sorted((row.actor, row.data["track"]) for row in rows) == [
        ("quality", "caller"),
        ("seat1", "caller"),
    ]


async def test_who_gets_nothing(desk: Standing, browse: OpenBrowser, recorded: bytes) -> None:
    one, two = await browse(desk, "seat1"), await browse(desk, "seat2")
    assert (await two.get(TRACK)).problem == "forbidden"
    assert (await one.get(f"/calls/{CALL}/recording/seat")).problem == "not-found"
    assert (await one.get(f"/calls/{CALL}/recording/other")).problem == "not-found"
    assert (await one.get("/calls/unknown/recording/caller")).problem == "not-found"
    rows = [row for row in await audit.trail(desk.store, target=CALL) if row.action == "recording.play"]
    assert rows == []


async def test_a_call_still_going_has_no_recording_yet(desk: Standing, browse: OpenBrowser) -> None:
    await desk.call("node1-2.2", seat="1001")
    one = await browse(desk, "seat1")
    assert (await one.get("/calls/node1-2.2")).body["recording"] is None
    assert (await one.get("/calls/node1-2.2/recording/caller")).problem == "conflict"


async def test_a_path_that_leads_outside_is_not_followed(
    desk: Standing, browse: OpenBrowser, tmp_path: Path
) -> None:
    (tmp_path / "secret.wav").write_bytes(b"secret")
    desk.config.recordings.mkdir()
    (desk.config.recordings / "link.wav").symlink_to(tmp_path / "secret.wav")
    one = await browse(desk, "seat1")
    for number, path in enumerate(("../secret.wav", str(tmp_path / "secret.wav"), "link.wav")):
        call_id = f"node1-3.{number}"
        await desk.call(call_id, seat="1001")
        await desk.ledger.close(call_id, Outcome.ANSWERED, 9, 16, seat="1001", recording={"caller": path})
        await desk.ledger.flush()
        assert (await one.get(f"/calls/{call_id}/recording/caller")).problem == "not-found"
