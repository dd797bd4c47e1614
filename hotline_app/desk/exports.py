"""A recording leaves the house: both tracks and a manifest with their hashes, for a reason, on the record.

What does not match the hash that was noted when the call ended is not given out.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

import crm
from crm import audit, now_ms
from hotline_app.desk import asked, ranged, track_files
from hotline_app.desk.deps import Deps
from hotline_app.desk.endpoint import RawEndpoint
from hotline_app.desk.moments import moment
from hotline_app.desk.problems import Problem
from hotline_app.desk.roles import REVIEWERS
from hotline_app.desk.sessions import Session
from hotline_app.desk.track_files import TrackFile

# Each reads and writes whole recordings; more at once would only make everybody wait.
_AT_ONCE = 2


class ExportQuery(BaseModel):
    """Why it is needed; kept in the audit and in the manifest."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    reason: Annotated[str, Field(min_length=2, max_length=200)] = Field(description="导出原因，记入审计")


@dataclass(frozen=True, slots=True)
class _Hashed:
    track: str
    file: TrackFile
    sha256: str
    bytes: int

    @property
    def name(self) -> str:
        return f"{self.track}.wav"

    @property
    def broken(self) -> bool:
        return self.file.sha256 is not None and self.file.sha256 != self.sha256


class Exporter:
    """One a desk: it lets only so many be made at once."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def export(self, request: web.Request, deps: Deps, session: Session) -> web.StreamResponse:
        """Audited before a byte leaves."""
        call_id = request.match_info["id"]
        reason = asked.query(request, ExportQuery).reason
        found = await crm.calls.detail(deps.store, call_id)
        files = await track_files.of_call(deps, found)
        with tempfile.TemporaryDirectory(prefix="hl-export-") as folder:
            whole = Path(folder) / "export.zip"
            async with self._turn:
                etag = await self._make(deps, session.name, reason, found, files, whole)
            return await ranged.send(
                request,
                await asyncio.to_thread(ranged.FileSource, whole),
                etag=etag,
                media_type="application/zip",
                headers={
                    "Cache-Control": "no-store",
                    "Content-Disposition": f'attachment; filename="recording-{call_id}.zip"',
                },
            )

    async def _make(
        self,
        deps: Deps,
        who: str,
        reason: str,
        found: crm.CallDetail,
        files: Mapping[str, TrackFile],
        whole: Path,
    ) -> str:
        """The zip; its name for caches.  Raises the 409 problem for a file that is not what it was."""
        tracks = await asyncio.to_thread(lambda: [_hash(name, file) for name, file in files.items()])
        call_id, broken = found.row.id, [track.track for track in tracks if track.broken]
        told = {"reason": reason, "sha256": {track.track: track.sha256 for track in tracks}}
        if broken:
            await audit.note(deps.store, who, "recording.mismatch", call_id, told)
            raise Problem(
                "conflict",
                f"录音文件与存档的校验值不符（{'、'.join(broken)}），不能导出",
                field="sha256",
                value=call_id,
                remedy="文件可能被改动或损坏，请立即通知系统管理员；此次请求已记入审计",
            )
        await audit.note(deps.store, who, "recording.export", call_id, told)
        manifest = _manifest(found, tracks, by=who, reason=reason)
        await asyncio.to_thread(_write, whole, tracks, manifest)
        return hashlib.sha256(manifest.encode()).hexdigest()

    def endpoint(self) -> RawEndpoint:
        return RawEndpoint(
            path="/recordings/{id}/export",
            summary="导出录音（两轨与校验清单的 zip;写明原因，记入审计）",
            handler=self.export,
            roles=REVIEWERS,
            media_type="application/zip",
            query=ExportQuery,
            errors=("not-found", "conflict", "invalid", "range", "database-away"),
            tag="录音",
        )


def _hash(track: str, file: TrackFile) -> _Hashed:
    with file.path.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    return _Hashed(track, file, digest, file.path.stat().st_size)


def _manifest(found: crm.CallDetail, tracks: list[_Hashed], *, by: str, reason: str) -> str:
    row = found.row
    told: dict[str, Any] = {
        "call_id": row.id,
        "caller": row.caller_masked,
        "line": f"{row.line} {row.line_name}",
        "seat": row.seat,
        "arrived_at": _iso(row.arrived_at),
        "answered_at": _iso(row.answered_at),
        "ended_at": _iso(row.ended_at),
        "tracks": [
            {
                "file": track.name,
                "bytes": track.bytes,
                "sha256": track.sha256,
                # False: none was noted when the call ended; this hash was made now.
                "matches_archive": track.file.sha256 is not None,
            }
            for track in tracks
        ],
        "exported_by": by,
        "exported_at": _iso(now_ms()),
        "reason": reason,
    }
    return json.dumps(told, ensure_ascii=False, indent=1)


def _iso(at: int | None) -> str | None:
    return None if at is None else moment(at).isoformat()


def _write(whole: Path, tracks: list[_Hashed], manifest: str) -> None:
    """Stored, not packed: the files come out byte for byte, and fast."""
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as archive:
        for track in tracks:
            archive.write(track.file.path, track.name)
        archive.writestr("manifest.json", manifest)
        # `sha256sum -c SHA256SUMS` proves it without any of our programs.
        sums = "".join(f"{track.sha256}  {track.name}\n" for track in tracks)
        archive.writestr("SHA256SUMS", sums)
