"""Playback of a call's two tracks: range requests, each listener audited, nothing outside served."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from aiohttp import web

import crm
from crm import Role, audit
from hotline_app.desk.deps import Deps
from hotline_app.desk.endpoint import RawEndpoint
from hotline_app.desk.problems import Problem, forbidden, not_found
from hotline_app.desk.roles import LISTENERS
from hotline_app.desk.sessions import Session

# A player asks for many ranges of one file: one audit entry covers them for so long.
_AUDIT_S = 300
_MEMORY = 4096


class Player:
    """Serves tracks.  One a desk: it remembers whose listening was noted a moment ago."""

    def __init__(self) -> None:
        self._noted: dict[tuple[str, str, str], float] = {}

    async def recording(self, request: web.Request, deps: Deps, session: Session) -> web.StreamResponse:
        """Only a finished call's: before that the file's header does not yet say how long it is."""
        call_id, track = request.match_info["id"], request.match_info["track"]
        found = await crm.calls.detail(deps.store, call_id)
        if session.role is Role.SEAT and (session.seat is None or found.row.seat != session.seat):
            raise forbidden("坐席只能听自己接听的通话录音")
        if found.row.ended_at is None:
            raise Problem("conflict", "通话还在进行，录音尚未完成", remedy="请在通话结束后再听")
        relative = (found.recording or {}).get(track)
        path = (
            None if relative is None else await asyncio.to_thread(_inside, deps.config.recordings, relative)
        )
        if path is None:
            raise not_found("录音", call_id)
        _check_range(request, path.stat().st_size)
        await self._note(deps, session, call_id, track)
        response = web.FileResponse(path, headers={"Cache-Control": "private, no-store"})
        response.content_type = "audio/wav"
        return response

    async def _note(self, deps: Deps, session: Session, call_id: str, track: str) -> None:
        key, now = (session.name, call_id, track), time.monotonic()
        if now - self._noted.get(key, -_AUDIT_S) < _AUDIT_S:
            return
        await audit.note(deps.store, session.name, "recording.play", call_id, {"track": track})
        if len(self._noted) >= _MEMORY:
            self._noted = {k: at for k, at in self._noted.items() if now - at < _AUDIT_S}
        self._noted[key] = now

    def endpoint(self) -> RawEndpoint:
        return RawEndpoint(
            path="/calls/{id}/recording/{track}",
            summary="录音（track 为 caller 或 seat;支持 Range;记入审计）",
            handler=self.recording,
            roles=LISTENERS,
            media_type="audio/wav",
            errors=("not-found", "conflict", "range", "database-away"),
            tag="录音",
        )


def _inside(root: Path, relative: str) -> Path | None:
    """The file, if there is one and it lies in the folder whatever the ledger says."""
    path = (root / relative).resolve()
    return path if path.is_relative_to(root.resolve()) and path.is_file() else None


def _check_range(request: web.Request, size: int) -> None:
    """aiohttp serves ranges; only what it would refuse is refused here, in our form."""
    try:
        start = request.http_range.start
    except ValueError:
        start = size
    if start is not None and start >= size > 0:
        raise Problem(
            "range",
            "所要的片段超出录音长度",
            field="Range",
            value=request.headers.get("Range"),
            remedy=f"录音共 {size} 字节",
            headers={"Content-Range": f"bytes */{size}"},
        )
