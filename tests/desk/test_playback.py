"""What a player hears: both tracks as one sound, any part of it, and never parts of two different files."""

from __future__ import annotations

import asyncio
import io
import os
import wave
from array import array
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm import Mark, Outcome, now_ms
from hotline_app.desk.stereo import NotPlayable, Stereo, Track
from tests.desk.browser import Browser
from tests.desk.conftest import OpenBrowser
from tests.desk.sounds import RATE, ramp, write_track
from tests.desk.standing import Standing

CALL = "node1-1795478400.7"
FOLDER = "20261123"


async def _heard(
    browser: Browser, track: str, call: str = CALL, **headers: str
) -> tuple[int, bytes, Mapping[str, str]]:
    address = f"{browser.url}/api/v1/calls/{call}/recording/{track}"
    async with browser.http.get(address, headers=headers) as answer:
        return answer.status, await answer.read(), answer.headers


@pytest.fixture
async def recorded(desk: Standing) -> dict[str, array[int]]:
    """A finished call of seat 1001; the seat's track is a second longer than the caller's."""
    await desk.call(CALL, seat="1001", outcome=Outcome.ANSWERED)
    sides = {"caller": ramp(2 * RATE), "seat": ramp(3 * RATE, 7)}
    for track, samples in sides.items():
        await asyncio.to_thread(write_track, desk.config.recordings / FOLDER / f"{CALL}-{track}.wav", samples)
    return sides


async def test_both_tracks_are_one_sound_caller_left_seat_right(
    desk: Standing, browse: OpenBrowser, recorded: dict[str, array[int]]
) -> None:
    one = await browse(desk, "seat1")
    status, body, headers = await _heard(one, "both")
    assert status == 200 and headers["Accept-Ranges"] == "bytes"
    with wave.open(io.BytesIO(body)) as sound:
        assert (sound.getnchannels(), sound.getframerate(), sound.getnframes()) == (2, RATE, 3 * RATE)
        both = array("h", sound.readframes(sound.getnframes()))
    assert both[0::2] == recorded["caller"] + array("h", bytes(2 * RATE))
    assert both[1::2] == recorded["seat"]
    for first, last in ((0, 99), (40, 47), (43, 44), (45, 1002), (len(body) - 7, len(body) - 1)):
        part = await _heard(one, "both", Range=f"bytes={first}-{last}")
        assert (part[0], part[1]) == (206, body[first : last + 1]), (first, last)
        assert part[2]["Content-Range"] == f"bytes {first}-{last}/{len(body)}"


async def test_a_part_of_another_file_is_never_sent(
    desk: Standing, browse: OpenBrowser, recorded: dict[str, array[int]]
) -> None:
    one = await browse(desk, "seat1")
    for turn, track in enumerate(("caller", "both"), start=1):
        _, whole, headers = await _heard(one, track)
        known = headers["ETag"]
        assert (await _heard(one, track, **{"If-None-Match": known}))[0] == 304
        asked = {"Range": "bytes=100-199", "If-Range": known}
        assert (await _heard(one, track, **asked))[:2] == (206, whole[100:200])
        path = desk.config.recordings / FOLDER / f"{CALL}-caller.wav"
        await asyncio.to_thread(write_track, path, ramp(2 * RATE, 900 * turn))
        os.utime(path, ns=(turn, turn))
        status, fresh, headers = await _heard(one, track, **asked)
        assert status == 200 and len(fresh) == len(whole) and fresh != whole
        assert headers["ETag"] != known
        assert (await _heard(one, track, **{"If-None-Match": known}))[0] == 200


async def test_one_track_alone_is_heard_beside_silence(
    desk: Standing, browse: OpenBrowser, recorded: dict[str, array[int]]
) -> None:
    one = await browse(desk, "seat1")
    (desk.config.recordings / FOLDER / f"{CALL}-caller.wav").unlink()
    _, body, _ = await _heard(one, "both")
    both = array("h", body[44:])
    assert not any(both[0::2]) and both[1::2] == recorded["seat"]
    (desk.config.recordings / FOLDER / f"{CALL}-seat.wav").unlink()
    assert (await one.get(f"/calls/{CALL}/recording/both")).problem == "not-found"


async def test_a_track_that_is_no_sound_is_told_and_the_other_still_plays(
    desk: Standing, browse: OpenBrowser, recorded: dict[str, array[int]]
) -> None:
    one = await browse(desk, "seat1")
    (desk.config.recordings / FOLDER / f"{CALL}-caller.wav").write_bytes(b"RIFF")
    refused = await one.get(f"/calls/{CALL}/recording/both")
    assert refused.problem == "conflict" and "分别" in refused.body["remedy"]
    assert (await _heard(one, "seat"))[0] == 200


async def test_any_seat_may_hear_a_message_that_waits_for_a_call_back(
    desk: Standing, browse: OpenBrowser
) -> None:
    await desk.call("node1-9.9")
    path = f"{FOLDER}/node1-9.9-voicemail.wav"
    wav = await asyncio.to_thread(write_track, desk.config.recordings / path, ramp(RATE))
    await desk.ledger.mark(Mark("node1-9.9", "voicemail", now_ms(), data={"path": path, "seconds": 1.0}))
    await desk.ledger.close("node1-9.9", Outcome.VOICEMAIL, now_ms(), 16)
    await desk.ledger.flush()
    two, unit = await browse(desk, "seat2"), await browse(desk, "unit")
    assert (await _heard(two, "voicemail", "node1-9.9"))[:2] == (200, wav)
    assert (await two.get("/calls/node1-9.9/recording/caller")).problem == "forbidden"
    assert (await unit.get("/calls/node1-9.9/recording/voicemail")).problem == "forbidden"


@given(data=st.data())
def test_a_part_is_what_the_whole_has_there(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    base = tmp_path_factory.getbasetemp() / "stereo"
    left, right = (data.draw(st.integers(0, 40)) for _ in range(2))
    write_track(base / "l.wav", ramp(left))
    write_track(base / "r.wav", ramp(right, 100))
    sound = Stereo(Track.of(base / "l.wav"), Track.of(base / "r.wav"))
    whole = sound.read(0, sound.size)
    assert len(whole) == sound.size == 44 + 4 * max(left, right)
    start = data.draw(st.integers(0, sound.size))
    count = data.draw(st.integers(0, sound.size + 9))
    assert sound.read(start, count) == whole[start : start + count]


def test_a_track_that_was_cut_off_promises_no_more_than_it_has(tmp_path: Path) -> None:
    wav = write_track(tmp_path / "a.wav", ramp(1000))
    (tmp_path / "a.wav").write_bytes(wav[:-601])
    track = Track.of(tmp_path / "a.wav")
    assert track.frames == 699
    assert track.samples(690, 20) == ramp(9, 690) + array("h", bytes(22))
    with pytest.raises(NotPlayable):
        Stereo(None, None)
