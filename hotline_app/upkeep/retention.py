"""The life of recordings, last part: files that are old enough are deleted, their rows stay.

First the row, in one step with the question whether it is on hold; then the file.  If killed in between, the
next round removes the files of all rows that were lately noted as deleted.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path

import structlog

from crm import Store, now_ms, recordings
from crm.recordings import Track
from hotline_app.upkeep.rules import RecordingRules

ACTOR = "system"
_BATCH = 200
_UNSURE_MS = 3 * 24 * 3_600_000


class Retention:
    """`batch`: files a transaction."""

    def __init__(self, store: Store, rules: RecordingRules, *, batch: int = _BATCH) -> None:
        self._store = store
        self._rules = rules
        self._batch = batch

    async def round(self, *, at: int | None = None) -> int:
        """Deletes what is due at `at` (now); how many files.  Raises StoreUnavailable."""
        now = now_ms() if at is None else at
        began = now_ms()
        await self._remove(await recordings.lately_deleted(self._store, since=began - _UNSURE_MS))
        count = 0
        while self._rules.days and (
            old := await recordings.due(self._store, days=self._rules.days, at=now, limit=self._batch)
        ):
            names = [(track.call_id, track.track) for track in old]
            reason = f"保存期满 {self._rules.days} 天"
            step = now_ms()
            count += await recordings.deleted(self._store, names, actor=ACTOR, reason=reason)
            await self._remove(await recordings.lately_deleted(self._store, since=step))
        if count:
            structlog.get_logger("upkeep").info("recordings.deleted", files=count)
        return count

    async def _remove(self, tracks: Sequence[Track]) -> None:
        left = await asyncio.to_thread(_unlink, self._rules.folder, [track.path for track in tracks])
        for path, reason in left.items():
            structlog.get_logger("upkeep").error("recording.not_deleted", path=path, reason=reason)


def _unlink(folder: Path, paths: Sequence[str]) -> dict[str, str]:
    """Removes files, and folders of days that are empty then.  What could not be removed, and why."""
    left: dict[str, str] = {}
    days: set[Path] = set()
    for path in paths:
        file = folder / path
        try:
            file.unlink(missing_ok=True)
        except OSError as fault:
            left[path] = fault.strerror or type(fault).__name__
        days.add(file.parent)
    for day in days - {folder}:
        with contextlib.suppress(OSError):  # not empty: other calls of that day are kept
            day.rmdir()
    return left
