"""Playback of a call's tracks: any part of them, each listener audited, nothing outside served."""

from __future__ import annotations

import asyncio
import hashlib
import time
from dataclasses import dataclass

from aiohttp import web

import crm
from crm import Role, audit
from hotline_app.desk import ranged, track_files
from hotline_app.desk.deps import Deps
from hotline_app.desk.endpoint import RawEndpoint
from hotline_app.desk.problems import Problem, forbidden, not_found
from hotline_app.desk.roles import LISTENERS
from hotline_app.desk.sessions import Session
from hotline_app.desk.stereo import NotPlayable, Stereo, Track
from hotline_app.desk.track_files import VOICEMAIL, TrackFile

# A player asks for many ranges of one file: one audit entry covers them for so long.
_AUDIT_S = 300
_MEMORY = 4096
BOTH = "both"
_SIDES = ("caller", "seat")


@dataclass(frozen=True, slots=True)
class _Sound:
    source: ranged.Source
    etag: str


class Player:
    """Serves tracks.  One a desk: it remembers whose listening was noted a moment ago."""

    def __init__(self) -> None:
        self._noted: dict[tuple[str, str, str], float] = {}

    async def recording(self, request: web.Request, deps: Deps, session: Session) -> web.StreamResponse:
        """Only a finished call's: before that the file's header does not yet say how long it is."""
        call_id, track = request.match_info["id"], request.match_info["track"]
        found = await crm.calls.detail(deps.store, call_id)
        own = session.seat is not None and found.row.seat == session.seat
        # A message is nobody's call yet: whoever calls back has to hear it.
        if session.role is Role.SEAT and track != VOICEMAIL and not own:
            raise forbidden("坐席只能听自己接听的通话录音")
        files = await track_files.of_call(deps, found)
        names = _SIDES if track == BOTH else (track,)
        try:
            sound = await asyncio.to_thread(_open, [files.get(name) for name in names])
        except NotPlayable as fault:
            deps.log.warning("recording cannot be laid beside the other", call=call_id, track=str(fault))
            raise Problem("conflict", "这条录音不能双轨合放", remedy="请分别收听来电人与坐席两轨") from None
        if sound is None:
            raise not_found("录音", call_id)
        await self._note(deps, session, call_id, track)
        return await ranged.send(
            request,
            sound.source,
            etag=sound.etag,
            media_type="audio/wav",
            headers={"Cache-Control": "private, no-store"},
        )

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
            summary="录音（track 为 caller、seat、both（左来电人右坐席）或 voicemail;支持 Range;记入审计）",
            handler=self.recording,
            roles=LISTENERS,
            media_type="audio/wav",
            errors=("not-found", "conflict", "range", "database-away"),
            tag="录音",
        )


def _open(files: list[TrackFile | None]) -> _Sound | None:
    """One file as it is, two as a stereo sound; None when there is none."""
    there = [file for file in files if file is not None]
    if not there:
        return None
    etag = "-".join(_name(file) for file in there)
    if len(files) == 1:
        return _Sound(ranged.FileSource(there[0].path), etag)
    sides = [None if file is None else Track.of(file.path) for file in files]
    return _Sound(Stereo(*sides), hashlib.sha256(etag.encode()).hexdigest())


def _name(file: TrackFile) -> str:
    """What the bytes are called: by their hash, or by size and time until that is known."""
    if file.sha256 is not None:
        return file.sha256
    status = file.path.stat()
    return f"{status.st_mtime_ns:x}-{status.st_size:x}"
