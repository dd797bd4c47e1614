"""Recordings after the call: measured, hashed, missed, and in the end deleted."""

from __future__ import annotations

import hashlib
import os
import time
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crm import Arrival, Ledger, Mark, Outcome, Store, audit, now_ms, recordings
from hotline_app.upkeep import tracks as tracks_module
from hotline_app.upkeep.retention import Retention
from hotline_app.upkeep.rules import RecordingRules
from hotline_app.upkeep.tracks import Tracks
from hotline_app.upkeep.wav import NotWav, measure

DAY_MS = 24 * 3_600_000


@pytest.fixture
async def ledger(store: Store, tmp_path: Path) -> AsyncIterator[Ledger]:
    made = Ledger(store, journal=tmp_path / "journal", commit_timeout_s=10)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "recordings"
    made.mkdir()
    return made


def sound(file: Path, seconds: float, *, age_s: float = 60) -> bytes:
    """A track as Asterisk leaves it, written to last so long ago."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(file), "wb") as track:
        track.setnchannels(1)
        track.setsampwidth(2)
        track.setframerate(8000)
        track.writeframes(os.urandom(round(seconds * 16_000) // 2 * 2))
    aged(file, age_s)
    return file.read_bytes()


def aged(file: Path, age_s: float) -> None:
    then = time.time() - age_s
    os.utime(file, (then, then))


async def answered(
    ledger: Ledger, call_id: str, *, line: str = "12345", ended_s: float = 30
) -> dict[str, str]:
    """A call that was answered and is over; where its tracks should be."""
    now = now_ms()
    paths = {track: f"20261124/{call_id}-{track}.wav" for track in ("caller", "seat")}
    await ledger.open(Arrival(call_id, "node1", "carrier", line, "13904760001", None, now - 60_000))
    await ledger.mark(Mark(call_id, "offered", now - 50_000, data={"groups": ["general"]}))
    await ledger.mark(Mark(call_id, "answered", now - 45_000, seat="1001"))
    await ledger.close(
        call_id,
        Outcome.ANSWERED,
        ended_at=now - round(ended_s * 1000),
        cause=16,
        seat="1001",
        recording=paths,
    )
    return paths


async def on_record(ledger: Ledger, store: Store, *calls: str) -> None:
    """Returns when their ends are in the database."""
    await ledger.stop()
    await ledger.start()


async def test_a_finished_call_is_measured_and_hashed(ledger: Ledger, store: Store, folder: Path) -> None:
    call = "node1-1764000000.1"
    paths = await answered(ledger, call)
    content = sound(folder / paths["caller"], 3.5)
    sound(folder / paths["seat"], 3.5)
    await on_record(ledger, store, call)
    assert await Tracks(store, RecordingRules(folder)).round() is False
    caller, seat = await recordings.tracks(store, call)
    assert (caller.bytes, caller.duration_ms) == (len(content), 3500)
    assert caller.sha256 == hashlib.sha256(content).hexdigest()
    assert seat.sha256 and seat.sha256 != caller.sha256


async def test_a_file_that_is_still_written_is_left_for_later(
    ledger: Ledger, store: Store, folder: Path
) -> None:
    call = "node1-1764000000.2"
    paths = await answered(ledger, call, ended_s=1)
    sound(folder / paths["caller"], 1, age_s=0)
    sound(folder / paths["seat"], 1, age_s=0)
    await on_record(ledger, store, call)
    tracks = Tracks(store, RecordingRules(folder))
    assert await tracks.round() is True
    assert await recordings.tracks(store, call) == []
    for path in paths.values():
        aged(folder / path, 10)
    assert await tracks.round() is False
    assert len(await recordings.tracks(store, call)) == 2


async def test_a_recording_that_should_be_there_and_is_not_is_no_silence(
    ledger: Ledger, store: Store, folder: Path
) -> None:
    call = "node1-1764000000.3"
    paths = await answered(ledger, call, ended_s=90)
    sound(folder / paths["seat"], 2)
    await on_record(ledger, store, call)
    tracks = Tracks(store, RecordingRules(folder))
    await tracks.round()
    caller, seat = await recordings.tracks(store, call)
    assert (caller.bytes, caller.sha256) == (0, None)
    assert seat.sha256
    assert [track.track for track in await recordings.missing(store, since=0)] == ["caller"]
    # Found after all: a disk that was full, a folder that was away.
    sound(folder / paths["caller"], 2)
    await tracks.round()
    assert await recordings.missing(store, since=0) == []
    assert all(track.sha256 for track in await recordings.tracks(store, call))


async def test_nothing_is_missed_where_nothing_was_to_be_recorded(
    ledger: Ledger, store: Store, folder: Path
) -> None:
    await answered(ledger, "node1-1764000000.4", line="12350", ended_s=90)
    await on_record(ledger, store, "node1-1764000000.4")
    for rules in (
        RecordingRules(folder, enabled=False),
        RecordingRules(folder, never_lines=("12350",)),
        RecordingRules(folder, never_groups=("general",)),
    ):
        await Tracks(store, rules).round()
        assert await recordings.missing(store, since=0) == []
    await Tracks(store, RecordingRules(folder, never_lines=("12351",))).round()
    assert len(await recordings.missing(store, since=0)) == 2


async def test_what_was_recorded_all_the_same_is_kept_like_any_other(
    ledger: Ledger, store: Store, folder: Path
) -> None:
    call = "node1-1764000000.6"
    for path in (await answered(ledger, call, line="12350")).values():
        sound(folder / path, 1)
    await on_record(ledger, store, call)
    await Tracks(store, RecordingRules(folder, enabled=False)).round()
    assert all(track.sha256 for track in await recordings.tracks(store, call))


async def test_many_calls_take_many_pages(
    ledger: Ledger, store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracks_module, "_BATCH", 3)
    calls = [f"node1-1764000001.{n}" for n in range(8)]
    for n, call in enumerate(calls):
        paths = await answered(ledger, call, line="12350" if n % 2 else "12345", ended_s=90)
        if not n % 2:
            for path in paths.values():
                sound(folder / path, 0.1)
    await on_record(ledger, store, *calls)
    await Tracks(store, RecordingRules(folder, never_lines=("12350",))).round()
    kept = [bool(await recordings.tracks(store, call)) for call in calls]
    assert kept == [True, False] * 4
    assert await recordings.missing(store, since=0) == []


async def test_messages_are_recordings_too(ledger: Ledger, store: Store, folder: Path) -> None:
    call, now = "node1-1764000000.5", now_ms()
    path = f"20261124/{call}-voicemail.wav"
    await ledger.open(Arrival(call, "node1", "carrier", "12345", "13904760001", None, now - 60_000))
    await ledger.mark(Mark(call, "voicemail", now - 40_000, data={"path": path, "seconds": 4.0}))
    await ledger.close(call, Outcome.VOICEMAIL, ended_at=now - 30_000, cause=16)
    sound(folder / path, 4)
    await on_record(ledger, store, call)
    await Tracks(store, RecordingRules(folder)).round()
    (message,) = await recordings.tracks(store, call)
    assert (message.track, message.duration_ms) == ("voicemail", 4000)
    assert message.sha256


async def test_old_files_go_their_rows_stay_and_it_is_audited(
    ledger: Ledger, store: Store, folder: Path
) -> None:
    calls = [f"node1-1764000000.{n}" for n in range(10, 15)]
    files = []
    for call in calls:
        paths = await answered(ledger, call)
        for path in paths.values():
            sound(folder / path, 0.1)
            files.append(folder / path)
    await on_record(ledger, store, *calls)
    rules = RecordingRules(folder, days=30)
    await Tracks(store, rules).round()
    (held, _) = await recordings.tracks(store, calls[0])
    await recordings.hold(
        store, held.call_id, held.track, on=True, reason="诉讼保全", actor="leader", version=held.version
    )
    retention = Retention(store, rules, batch=3)
    assert await retention.round(at=now_ms() + 29 * DAY_MS) == 0
    assert await retention.round(at=now_ms() + 31 * DAY_MS) == 9
    assert [file.exists() for file in files] == [str(held.path) in str(file) for file in files]
    rows = [track for call in calls for track in await recordings.tracks(store, call)]
    assert len(rows) == 10
    assert [track.deleted_at is None for track in rows] == [track.hold for track in rows]
    trail = [row for row in await audit.trail(store) if row.action == "recording.deleted"]
    assert sum(row.data["noted"] for row in trail) == 9
    assert all(len(row.data["tracks"]) <= 3 for row in trail)


async def test_killed_between_row_and_file_the_next_round_removes_the_file(
    ledger: Ledger, store: Store, folder: Path
) -> None:
    call = "node1-1764000000.20"
    paths = await answered(ledger, call)
    for path in paths.values():
        sound(folder / path, 0.1)
    await on_record(ledger, store, call)
    rules = RecordingRules(folder, days=30)
    await Tracks(store, rules).round()
    await recordings.deleted(store, [(call, "caller"), (call, "seat")], actor="system", reason="x")
    assert all((folder / path).exists() for path in paths.values())
    assert await Retention(store, rules).round() == 0
    assert not any(folder.iterdir()), "files gone, and the folder of that day with them"  # noqa: ASYNC240


async def test_retention_for_ever_deletes_nothing(ledger: Ledger, store: Store, folder: Path) -> None:
    call = "node1-1764000000.21"
    for path in (await answered(ledger, call)).values():
        sound(folder / path, 0.1)
    await on_record(ledger, store, call)
    rules = RecordingRules(folder, days=0)
    await Tracks(store, rules).round()
    assert await Retention(store, rules).round(at=now_ms() + 9999 * DAY_MS) == 0


def test_a_header_that_was_never_finished_is_measured_by_the_size(tmp_path: Path) -> None:
    file = tmp_path / "x.wav"
    content = bytearray(sound(file, 2))
    content[40:44] = bytes(4)  # the length of the data, as a killed server leaves it
    file.write_bytes(content)
    assert measure(file).duration_ms == 2000
    file.write_bytes(bytes(content[:20]))
    with pytest.raises(NotWav):
        measure(file)
