"""The files of a call's tracks: where the ledger and the recordings' rows say they are, if they are there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import crm
from crm import recordings as kept
from hotline_app.desk.deps import Deps
from hotline_app.desk.problems import Problem, not_found

VOICEMAIL = "voicemail"


@dataclass(frozen=True, slots=True)
class TrackFile:
    """A track that lies in the folder.  `sha256` as noted when it was finished, None before."""

    path: Path
    sha256: str | None


async def of_call(deps: Deps, found: crm.CallDetail) -> dict[str, TrackFile]:
    """By track; never empty.  Raises the problems of a call that still goes on, that has no recording, or
    whose files were deleted when their time was over."""
    if found.row.ended_at is None:
        raise Problem("conflict", "通话还在进行，录音尚未完成", remedy="请在通话结束后再听")
    told = dict(found.recording or {})
    for mark in found.marks:
        if mark.kind == VOICEMAIL and isinstance(mark.data.get("path"), str):
            told[VOICEMAIL] = mark.data["path"]
    rows = {row.track: row for row in await kept.tracks(deps.store, found.row.id)}
    told |= {row.track: row.path for row in rows.values()}
    root = deps.config.recordings
    there = await asyncio.to_thread(lambda: {name: _inside(root, path) for name, path in told.items()})
    files = {
        name: TrackFile(path, rows[name].sha256 if name in rows else None)
        for name, path in sorted(there.items())
        if path is not None
    }
    if files:
        return files
    if any(row.deleted_at is not None for row in rows.values()):
        raise Problem(
            "not-found",
            "录音文件已按保存期限删除",
            value=found.row.id,
            remedy="通话记录与校验值仍在；保存期限见系统设置",
        )
    raise not_found("录音", found.row.id)


def _inside(root: Path, relative: str) -> Path | None:
    """The file, if there is one and it lies in the folder whatever the tables say."""
    path = (root / relative).resolve()
    return path if path.is_relative_to(root.resolve()) and path.is_file() else None
