"""Recordings: one row per call and track.  A row outlives its file: only the sound is ever forgotten."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import Select, and_, func, literal, or_, select, tuple_, union_all, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from crm import audit, paging
from crm.checks import same_version
from crm.errors import FieldInvalid, IllegalTransition, RowNotFound
from crm.models import Call, CallMark
from crm.models import Recording as Table
from crm.numbers import normalise
from crm.store import Store
from crm.types import now_ms

VOICEMAIL = "voicemail"
"""The mark, and the track, of a message that a caller has left."""
_DAY_MS = 86_400_000
_LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Track:
    """One file.  `path` is relative to the recordings' folder; `sha256` None: not hashed yet.  Epoch ms."""

    call_id: str
    track: str
    path: str
    bytes: int
    duration_ms: int
    sha256: str | None
    noted_at: int
    hashed_at: int | None
    deleted_at: int | None
    hold: bool
    hold_reason: str
    version: int


@dataclass(frozen=True, slots=True)
class Found:
    """A file that was found: what `note` keeps."""

    call_id: str
    track: str
    path: str
    bytes: int
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Unnoted:
    """A call that has ended; `files`: track → path below the recordings' folder."""

    call_id: str
    ended_at: int
    line: str
    group: str | None
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A call in the search, with its tracks."""

    call_id: str
    node: str
    line: str
    line_name: str
    caller_masked: str
    place: str
    seat: str | None
    skill_group: str | None
    outcome: str | None
    arrived_at: int
    answered_at: int | None
    ended_at: int | None
    tracks: tuple[Track, ...]


_TRACK = tuple(getattr(Table, field.name) for field in fields(Track))
_CALL = tuple(getattr(Call, field.name) for field in fields(Recorded) if field.name != "tracks")


# ---- keeping


async def note(store: Store, files: Iterable[Found], *, at: int | None = None) -> int:
    """Keep files; a track told again is kept as it was told first, unless it has grown since and has no hash
    yet (the call was still going on).  How many rows were told.

    Raises FieldInvalid for a path that leads out of the recordings' folder."""
    moment = now_ms() if at is None else at
    rows = [
        {
            "call_id": file.call_id, "track": file.track, "path": _inside(file.path), "bytes": file.bytes,
            "duration_ms": file.duration_ms, "noted_at": moment, "hold": False, "hold_reason": "",
            "version": 1,
        }
        for file in files
    ]  # fmt: skip
    if not rows:
        return 0
    dialect: Any = sqlite if store.is_sqlite else postgresql
    told = dialect.insert(Table)
    statement = told.on_conflict_do_update(
        index_elements=["call_id", "track"],
        set_={name: told.excluded[name] for name in ("path", "bytes", "duration_ms")},
        where=and_(Table.sha256.is_(None), Table.deleted_at.is_(None), Table.bytes < told.excluded.bytes),
    )
    async with store.write() as connection:
        await connection.execute(statement, rows)
    return len(rows)


async def hashed(
    store: Store, call_id: str, track: str, sha256: str, *, bytes_: int, duration_ms: int
) -> None:
    """The file is finished: its hash, and its size and length as hashed.  The first hash stays for ever.

    Raises RowNotFound, FieldInvalid."""
    if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
        raise FieldInvalid("录音校验值应为 64 位十六进制数", field="sha256", value=sha256[:80])
    async with store.write() as connection:
        found = await _get(connection, call_id, track)
        if found.sha256 is None:
            await _update(
                connection, found, sha256=sha256, hashed_at=now_ms(), bytes=bytes_, duration_ms=duration_ms
            )


async def unnoted(
    store: Store, *, since: int, until: int, after: tuple[int, str] | None = None, limit: int = 500
) -> list[Unnoted]:
    """Calls that ended in [since, until) and should have tracks, or have a message, of which no row tells; by
    their ends, beginning after `after` (moment, call id)."""
    tracks = select(Table.track).where(Table.call_id == Call.call_id)
    ended = and_(Call.arrived_at >= since - _DAY_MS, Call.ended_at >= since, Call.ended_at < until)
    if after is not None:
        ended = and_(ended, tuple_(Call.ended_at, Call.call_id) > after)
    call = (Call.call_id, Call.ended_at, Call.line, Call.skill_group)
    talks: Any = select(*call, Call.recording.label("files"), literal(False).label("message")).where(
        ended, Call.recording.is_not(None), ~tracks.where(Table.track != VOICEMAIL).exists()
    )
    messages: Any = (
        select(*call, CallMark.data.label("files"), literal(True).label("message"))
        .join(CallMark, and_(CallMark.call_id == Call.call_id, CallMark.kind == VOICEMAIL))
        .where(ended, ~tracks.where(Table.track == VOICEMAIL).exists())
    )
    query = union_all(talks, messages).order_by("ended_at", "call_id").limit(limit)
    async with store.read() as connection:
        rows = await connection.execute(query)
        return [
            Unnoted(row.call_id, row.ended_at, row.line, row.skill_group, _files(row.files, row.message))
            for row in rows
        ]


def _files(data: str, message: bool) -> dict[str, str]:
    told = paging.from_json(data)
    return {VOICEMAIL: str(told["path"])} if message else told


async def missing(store: Store, *, since: int) -> list[Track]:
    """Files noted since then as missing: they should be there.  One that turns up is noted again."""
    query = select(*_TRACK).where(
        Table.noted_at >= since, Table.bytes == 0, Table.sha256.is_(None), Table.deleted_at.is_(None)
    )
    async with store.read() as connection:
        return [Track(*row) for row in await connection.execute(query)]


async def unhashed(store: Store, *, before: int, limit: int = 100) -> list[Track]:
    """Files noted before this moment that have no hash yet, the oldest first."""
    query = (
        select(*_TRACK)
        .where(Table.hashed_at.is_(None), Table.deleted_at.is_(None), Table.noted_at < before)
        .where(Table.bytes > 0)
        .order_by(Table.noted_at)
        .limit(limit)
    )
    async with store.read() as connection:
        return [Track(*row) for row in await connection.execute(query)]


# ---- retention


async def due(store: Store, *, days: int, at: int | None = None, limit: int = 500) -> list[Track]:
    """Files older than `days` that no legal hold protects, the oldest first."""
    moment = now_ms() if at is None else at
    query = (
        select(*_TRACK)
        .where(Table.deleted_at.is_(None), Table.noted_at < moment - days * _DAY_MS, ~Table.hold)
        .order_by(Table.noted_at, Table.call_id)
        .limit(limit)
    )
    async with store.read() as connection:
        return [Track(*row) for row in await connection.execute(query)]


async def lately_deleted(store: Store, *, since: int) -> list[Track]:
    """Rows whose deletion was noted since then: their files must be gone."""
    query = select(*_TRACK).where(Table.deleted_at >= since).order_by(Table.deleted_at)
    async with store.read() as connection:
        return [Track(*row) for row in await connection.execute(query)]


async def deleted(store: Store, tracks: Sequence[tuple[str, str]], *, actor: str, reason: str) -> int:
    """Note that these files (call id, track) are gone; a track under legal hold is left alone.  Audited.

    Gives how many were noted."""
    if not tracks:
        return 0
    named = tuple_(Table.call_id, Table.track).in_(list(tracks))
    async with store.write() as connection:
        done = await connection.execute(
            update(Table)
            .where(named, Table.deleted_at.is_(None), ~Table.hold)
            .values(deleted_at=now_ms(), version=Table.version + 1)
        )
        data = {"reason": reason, "tracks": [list(track) for track in tracks], "noted": done.rowcount}
        await audit.note_within(connection, actor, "recording.deleted", reason[:60], data)
        return done.rowcount


async def hold(
    store: Store, call_id: str, track: str, *, on: bool, reason: str, actor: str, version: int
) -> Track:
    """Put a legal hold on a track, or lift it, saying why.  Audited.

    Raises RowNotFound, VersionConflict, IllegalTransition (deleted), FieldInvalid."""
    if not reason.strip() or len(reason) > _LONGEST_REASON:
        raise FieldInvalid(f"请填写原因（最多 {_LONGEST_REASON} 字）", field="reason", value=reason[:80])
    async with store.write() as connection:
        found = await _get(connection, call_id, track)
        same_version("录音", found.version, version)
        if found.deleted_at is not None:
            raise IllegalTransition("录音文件已按期删除，无法保全", field="deleted_at", value=call_id[:150])
        await _update(connection, found, hold=on, hold_reason=reason.strip() if on else "")
        data = {"on": on, "reason": reason, "track": track}
        await audit.note_within(connection, actor, "recording.hold", call_id, data)
        return await _get(connection, call_id, track)


# ---- finding


async def tracks(store: Store, call_id: str) -> list[Track]:
    """All tracks of a call."""
    query = select(*_TRACK).where(Table.call_id == call_id).order_by(Table.track)
    async with store.read() as connection:
        return [Track(*row) for row in await connection.execute(query)]


async def page(
    store: Store,
    *,
    since: int | None = None,
    until: int | None = None,
    seat: str | None = None,
    line: str | None = None,
    group: str | None = None,
    caller: str | None = None,
    outcome: str | None = None,
    least_ms: int | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> paging.Page[Recorded]:
    """Recorded calls, the newest first.  `caller`: a number in any spelling, found by its keyed hash;
    `least_ms`: at least one track lasts so long; `since`, `until`: of the call's arrival.

    Raises CursorInvalid."""
    query = select(*_CALL).where(_recorded(least_ms))
    if since is not None:
        query = query.where(Call.arrived_at >= since)
    if until is not None:
        query = query.where(Call.arrived_at < until)
    wanted = {Call.seat: seat, Call.line: line, Call.skill_group: group, Call.outcome: outcome}
    for column, value in wanted.items():
        if value is not None:
            query = query.where(column == value)
    if caller is not None:
        query = query.where(Call.caller_key == store.vault.lookup(normalise(caller).lookup))
    if cursor is not None:
        at, call_id = paging.decode(cursor, int, str)
        query = query.where(
            or_(Call.arrived_at < at, and_(Call.arrived_at == at, Call.call_id < call_id)),
            Call.arrived_at <= at,
        )
    size = paging.size(limit)
    query = query.order_by(Call.arrived_at.desc(), Call.call_id.desc()).limit(size + 1)
    async with store.read() as connection:
        rows = [tuple(row) for row in await connection.execute(query)]
        found = await _tracks_of(connection, [row[0] for row in rows])
    calls = [Recorded(*(*row, tuple(found.get(row[0], ())))) for row in rows]
    return paging.cut(calls, size, lambda row: [row.arrived_at, row.call_id])


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept: files and bytes that are there, unhashed ones, those under legal hold."""

    files: int
    bytes: int
    unhashed: int
    held: int


async def kept(store: Store) -> Kept:
    """Figures of the files that are there."""
    query = select(
        func.count(),
        func.coalesce(func.sum(Table.bytes), 0),
        func.count().filter(Table.hashed_at.is_(None)),
        func.count().filter(Table.hold),
    ).where(Table.deleted_at.is_(None))
    async with store.read() as connection:
        row = (await connection.execute(query)).one()
    return Kept(row[0], int(row[1]), row[2], row[3])


def _inside(path: str) -> str:
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts or not parts.parts or "\0" in path:
        raise FieldInvalid("录音路径应在录音目录之内", field="path", value=path[:80])
    return str(parts)


def _recorded(least_ms: int | None) -> Any:
    some = select(Table.call_id).where(Table.call_id == Call.call_id)
    if least_ms is not None:
        some = some.where(Table.duration_ms >= least_ms)
    return some.exists()


async def _tracks_of(connection: AsyncConnection, call_ids: Sequence[str]) -> dict[str, list[Track]]:
    query: Select[Any] = select(*_TRACK).where(Table.call_id.in_(call_ids))
    found: dict[str, list[Track]] = {}
    for row in await connection.execute(query.order_by(Table.call_id, Table.track)):
        found.setdefault(row.call_id, []).append(Track(*row))
    return found


async def _get(connection: AsyncConnection, call_id: str, track: str) -> Track:
    query: Select[Any] = select(*_TRACK).where(Table.call_id == call_id, Table.track == track)
    row = (await connection.execute(query)).first()
    if row is None:
        raise RowNotFound("没有这段录音的记录", field="call_id", value=call_id[:150])
    return Track(*row)


async def _update(connection: AsyncConnection, found: Track, **values: Any) -> None:
    await connection.execute(
        update(Table)
        .where(Table.call_id == found.call_id, Table.track == found.track)
        .values(**values, version=Table.version + 1)
    )
