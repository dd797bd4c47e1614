"""The life of recordings, first part: found after the call, measured, hashed; a missing one is noted too."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Sequence
from pathlib import Path

import structlog

from crm import Store, now_ms, recordings
from crm.recordings import Found, Track, Unnoted
from hotline_app.upkeep.rules import RecordingRules
from hotline_app.upkeep.wav import NotWav, measure

_DAY_MS = 24 * 3_600_000
_FIRST_LOOK_MS = 30 * _DAY_MS  # what ended while no desk ran
_LOOK_MS = 15 * 60_000
_LONG_LOOK_S = 3600.0  # so often the whole last day is looked through
_BATCH = 200
_CHUNK = 1 << 20


class Tracks:
    """`still_s`: a file that nobody has written to for so long is finished (Asterisk writes 50 times a second
    while they talk, and closes it a little after the call).  `lost_s`: so long after a call its file is
    there, or lost."""

    def __init__(
        self, store: Store, rules: RecordingRules, *, still_s: float = 5.0, lost_s: float = 60.0
    ) -> None:
        self._store = store
        self._rules = rules
        self._still_s = still_s
        self._lost_s = lost_s
        self._look_back = _FIRST_LOOK_MS
        self._long_look_at = time.monotonic()

    async def round(self) -> bool:
        """Does what can be done now.  Whether there is more to do in a few seconds: files not finished yet.

        Raises StoreUnavailable."""
        now = now_ms()
        await self._note_found_again(now)
        left = await self._note_new(now)
        long_ago = time.monotonic() - self._long_look_at >= _LONG_LOOK_S
        self._look_back = _DAY_MS if long_ago else _LOOK_MS
        if long_ago:
            self._long_look_at = time.monotonic()
        while batch := await recordings.unhashed(self._store, before=now_ms() + 1, limit=_BATCH):
            if not await self._hash(batch):
                break
        return left > 0

    async def _note_new(self, now: int) -> int:
        """How many calls were left for later."""
        since = now - self._look_back
        after: tuple[int, str] | None = None
        left = 0
        while True:
            calls = await recordings.unnoted(self._store, since=since, until=now, after=after, limit=_BATCH)
            found, unfinished = await asyncio.to_thread(self._look, calls, now)
            await recordings.note(self._store, found)
            left += unfinished
            for file in found:
                if not file.bytes:
                    log = structlog.get_logger("upkeep")
                    log.error("recording.missing", call=file.call_id, track=file.track)
            if len(calls) < _BATCH:
                return left
            after = calls[-1].ended_at, calls[-1].call_id

    def _look(self, calls: Sequence[Unnoted], now: int) -> tuple[list[Found], int]:
        """The files of calls all of whose files are finished, or lost; and how many calls have others."""
        found: list[Found] = []
        unfinished = 0
        for call in calls:
            patient = now - call.ended_at < self._lost_s * 1000
            files = [
                (self._file(call.call_id, track, path, patient), track) for track, path in call.files.items()
            ]
            if not all(file for file, _ in files):
                unfinished += 1
                continue
            found += [
                file
                for file, track in files
                if file and (file.bytes or self._rules.expect(call.line, call.group, track))
            ]
        return found, unfinished

    def _file(self, call_id: str, track: str, path: str, patient: bool) -> Found | None:
        """None: not finished yet.  No bytes: lost."""
        file = self._rules.folder / path
        try:
            still_s = time.time() - file.stat().st_mtime
            if 0 <= still_s < self._still_s:
                return None
            sound = measure(file)
        except FileNotFoundError:
            return None if patient else Found(call_id, track, path, 0, 0)
        except NotWav:
            return None if patient else Found(call_id, track, path, 0, 0)
        return Found(call_id, track, path, sound.bytes, sound.duration_ms)

    async def _note_found_again(self, now: int) -> None:
        """A file that was missed may have come late (a folder on the network, a disk that was full)."""
        missed = await recordings.missing(self._store, since=now - _DAY_MS)
        found = await asyncio.to_thread(self._look_again, missed)
        await recordings.note(self._store, found)

    def _look_again(self, missed: Sequence[Track]) -> list[Found]:
        found = (self._file(one.call_id, one.track, one.path, True) for one in missed)
        return [file for file in found if file]

    async def _hash(self, batch: Sequence[Track]) -> bool:
        """Whether any could be hashed: a file that is gone, or written to, stays without."""
        done = False
        for one in batch:
            read = await asyncio.to_thread(_sha256, self._rules.folder / one.path)
            if read is None:
                structlog.get_logger("upkeep").error(
                    "recording.cannot_hash", call=one.call_id, track=one.track
                )
                continue
            digest, size, duration_ms = read
            await recordings.hashed(
                self._store, one.call_id, one.track, digest, bytes_=size, duration_ms=duration_ms
            )
            done = True
        return done


def _sha256(file: Path) -> tuple[str, int, int] | None:
    """Hash, bytes and duration of a file that did not change meanwhile."""
    try:
        before = file.stat()
        digest = hashlib.sha256()
        with file.open("rb") as opened:
            while chunk := opened.read(_CHUNK):
                digest.update(chunk)
        sound = measure(file)
        after = file.stat()
    except (OSError, NotWav):
        return None
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        return None
    return digest.hexdigest(), sound.bytes, sound.duration_ms
