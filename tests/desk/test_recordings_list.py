"""Recordings: searched without a number in any address, kept for a court, taken out on record."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import subprocess
import zipfile
from pathlib import Path

import aiohttp
import pytest

from crm import Outcome, audit, now_ms
from crm import recordings as kept
from crm.recordings import Found
from tests.desk.browser import Browser
from tests.desk.conftest import OpenBrowser
from tests.desk.sounds import RATE, ramp, write_track
from tests.desk.standing import Standing

CALLS = [f"node1-17954784{n:02}.1" for n in range(5)]


@pytest.fixture
async def recorded(desk: Standing) -> dict[str, dict[str, bytes]]:
    """Five finished calls, each a second longer than the one before; by turns of seats 1001 and 1002."""
    now, wavs = now_ms(), dict[str, dict[str, bytes]]()
    for n, call in enumerate(CALLS):
        await desk.call(
            call,
            caller=f"1390476000{n % 2}",
            seat=f"100{n % 2 + 1}",
            line="12345" if n else "8333110",
            outcome=Outcome.ANSWERED,
            arrived_at=now - (9 - n) * 600_000,
        )
        wavs[call] = {}
        for track in ("caller", "seat"):
            path = f"20261123/{call}-{track}.wav"
            length = (n + 1) * RATE
            wav = await asyncio.to_thread(write_track, desk.config.recordings / path, ramp(length, n))
            wavs[call][track] = wav
            await kept.note(desk.store, [Found(call, track, path, len(wav), (n + 1) * 1000)])
            digest = hashlib.sha256(wav).hexdigest()
            await kept.hashed(desk.store, call, track, digest, bytes_=len(wav), duration_ms=(n + 1) * 1000)
    return wavs


async def _ids(browser: Browser, query: str) -> list[str]:
    return [row["call_id"] for row in (await browser.get(f"/recordings{query}")).body["items"]]


async def test_the_search(desk: Standing, browse: OpenBrowser, recorded: object) -> None:
    quality, one = await browse(desk, "quality"), await browse(desk, "seat1")
    newest = CALLS[::-1]
    assert await _ids(quality, "") == newest
    page = (await quality.get("/recordings?limit=2")).body
    assert await _ids(quality, f"?limit=9&cursor={page['next_cursor']}") == newest[2:]
    assert await _ids(quality, "?seat=1002") == [CALLS[3], CALLS[1]]
    assert await _ids(quality, "?least_s=4") == newest[:2]
    assert await _ids(quality, "?line=8333110") == [CALLS[0]]
    assert await _ids(quality, "?outcome=voicemail") == []
    assert await _ids(quality, "?from=2020-01-01&to=2020-01-02") == []
    assert await _ids(one, "?seat=1002") == [CALLS[4], CALLS[2], CALLS[0]]
    row = (await quality.get("/recordings?limit=1")).body["items"][0]
    assert row["caller_masked"] == "139****0000" and "13904760000" not in json.dumps(row)
    assert {track["track"]: track["duration_ms"] for track in row["tracks"]} == {"caller": 5000, "seat": 5000}


async def test_a_number_is_looked_up_in_a_body_and_on_the_record(
    desk: Standing, browse: OpenBrowser, recorded: object
) -> None:
    quality, one = await browse(desk, "quality"), await browse(desk, "seat1")
    found = await quality.post("/recordings/search", {"caller": "139 0476 0001", "least_s": 3})
    assert [row["call_id"] for row in found.body["items"]] == [CALLS[3]]
    mine = await one.post("/recordings/search", {"caller": "13904760001"})
    assert mine.body["items"] == []  # they were answered by the other seat
    rows = await audit.trail(desk.store, target="caller")
    assert [row.actor for row in rows] == ["seat1", "quality"]
    assert (await quality.get("/recordings?caller=13904760001")).problem == "invalid"


async def test_a_track_is_named_by_its_hash(
    desk: Standing, browse: OpenBrowser, recorded: dict[str, dict[str, bytes]]
) -> None:
    quality = await browse(desk, "quality")
    address = f"{quality.url}/api/v1/calls/{CALLS[0]}/recording/caller"
    async with quality.http.get(address) as answer:
        wav = recorded[CALLS[0]]["caller"]
        assert answer.headers["ETag"] == f'"{hashlib.sha256(wav).hexdigest()}"'
        assert await answer.read() == wav


async def _export(browser: Browser, call: str, reason: str = "信访核查") -> aiohttp.ClientResponse:
    answer = await browser.http.get(
        f"{browser.url}/api/v1/recordings/{call}/export", params={"reason": reason}
    )
    await answer.read()
    return answer


async def test_an_export_proves_itself(
    desk: Standing, browse: OpenBrowser, recorded: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    quality, call = await browse(desk, "quality"), CALLS[1]
    answer = await _export(quality, call)
    assert answer.status == 200 and answer.content_type == "application/zip"
    assert f"recording-{call}.zip" in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(await answer.read())) as archive:
        archive.extractall(tmp_path / "out")
    assert (tmp_path / "out/caller.wav").read_bytes() == recorded[call]["caller"]
    checked = await asyncio.to_thread(
        subprocess.run, ["sha256sum", "-c", "SHA256SUMS"], cwd=tmp_path / "out", capture_output=True
    )
    assert checked.returncode == 0, checked
    manifest = json.loads((tmp_path / "out/manifest.json").read_text(encoding="utf-8"))
    assert (manifest["exported_by"], manifest["reason"]) == ("quality", "信访核查")
    assert [track["matches_archive"] for track in manifest["tracks"]] == [True, True]
    assert "13904760001" not in json.dumps(manifest)
    (row,) = [row for row in await audit.trail(desk.store, target=call) if row.action == "recording.export"]
    assert (row.actor, row.data["reason"]) == ("quality", "信访核查")


async def test_a_file_that_is_not_what_it_was_is_not_given_out(
    desk: Standing, browse: OpenBrowser, recorded: object
) -> None:
    quality, call = await browse(desk, "quality"), CALLS[2]
    path = desk.config.recordings / f"20261123/{call}-seat.wav"
    path.write_bytes(path.read_bytes()[:-2] + b"\x01\x01")
    refused = await _export(quality, call)
    body = json.loads(await refused.text())
    assert refused.status == 409 and body["field"] == "sha256" and "seat" in body["detail"]
    actions = [row.action for row in await audit.trail(desk.store, target=call)]
    assert actions == ["recording.mismatch"]


async def test_an_export_needs_a_reason_and_a_role(
    desk: Standing, browse: OpenBrowser, recorded: object
) -> None:
    quality, one = await browse(desk, "quality"), await browse(desk, "seat1")
    assert (await _export(quality, CALLS[0], " ")).status == 422
    assert (await _export(one, CALLS[0])).status == 403
    assert (await _export(quality, "node1-9.9")).status == 404
    assert await audit.trail(desk.store, target=CALLS[0]) == []


async def test_a_legal_hold_covers_both_tracks_and_outlasts_retention(
    desk: Standing, browse: OpenBrowser, recorded: object
) -> None:
    supervisor, leader = await browse(desk, "supervisor"), await browse(desk, "leader")
    path = f"/recordings/{CALLS[0]}"
    assert (await leader.post(f"{path}/hold", {"reason": "诉讼"})).problem == "forbidden"
    assert (await supervisor.post(f"{path}/hold", {"reason": ""})).body["field"] == "reason"
    held = await supervisor.post(f"{path}/hold", {"reason": "法院调取"})
    assert [(track["hold"], track["hold_reason"]) for track in held.body["tracks"]] == [
        (True, "法院调取")
    ] * 2
    assert (await supervisor.post(f"{path}/hold", {"reason": "法院调取"})).body == held.body
    assert await kept.deleted(desk.store, [(CALLS[0], "caller")], actor="system", reason="retention") == 0
    freed = await supervisor.post(f"{path}/release", {"reason": "案件已结"})
    assert [track["hold"] for track in freed.body["tracks"]] == [False, False]
    rows = [row for row in await audit.trail(desk.store, target=CALLS[0]) if row.action == "recording.hold"]
    assert [row.data["on"] for row in rows] == [False, False, True, True]
    assert (
        await supervisor.post("/recordings/node1-9.9/hold", {"reason": "法院调取"})
    ).problem == "not-found"


async def test_a_deleted_recording_says_so(desk: Standing, browse: OpenBrowser, recorded: object) -> None:
    supervisor, call = await browse(desk, "supervisor"), CALLS[0]
    tracks = [(call, "caller"), (call, "seat")]
    await kept.deleted(desk.store, tracks, actor="system", reason="retention")
    for _, track in tracks:
        (desk.config.recordings / f"20261123/{call}-{track}.wav").unlink()
    gone = await supervisor.get(f"/calls/{call}/recording/both")
    assert gone.problem == "not-found" and "保存期限" in gone.body["detail"]
    assert (await supervisor.post(f"/recordings/{call}/hold", {"reason": "法院调取"})).problem == "conflict"
