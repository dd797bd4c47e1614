"""Recordings: searched, and kept from deletion for a court (legal hold)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from crm import Role, audit
from crm import recordings as kept
from hotline_app.desk.endpoint import AnyEndpoint, Ask, Endpoint, Form, Nothing
from hotline_app.desk.moments import Moment, milliseconds
from hotline_app.desk.own import seat_of
from hotline_app.desk.problems import not_found
from hotline_app.desk.roles import DIRECTORS, LISTENERS
from hotline_app.desk.settings_groups import Code
from hotline_app.desk.shapes import Cursor, Limit, LineNumber, Shape, When

_TAG = "录音"


class _Filters(BaseModel):
    """The newest calls first.  A seat finds its own calls only."""

    model_config = ConfigDict(extra="forbid")

    since: When | None = Field(default=None, alias="from")
    until: When | None = Field(default=None, alias="to")
    seat: Annotated[str, Field(pattern=r"^[0-9]{1,12}$")] | None = None
    line: LineNumber | None = None
    group: Code | None = None
    outcome: Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")] | None = None
    least_s: Annotated[int, Field(ge=0, le=86_400)] | None = Field(default=None, description="最短时长（秒）")
    cursor: Cursor | None = None
    limit: Limit = 50


class RecordingQuery(_Filters):
    pass


class RecordingSearch(_Filters):
    """In a body, since a citizen's number has no place in an address that proxies log."""

    caller: Annotated[str, Field(min_length=3, max_length=32)] = Field(description="来电号码，任意写法")


class HoldForm(Form):
    reason: Annotated[str, Field(min_length=2, max_length=300)]


class TrackOut(Shape):
    track: str
    bytes: int
    duration_ms: int
    sha256: str | None = Field(description="空：尚未计算")
    deleted_at: Moment | None
    hold: bool
    hold_reason: str


class RecordedOut(Shape):
    call_id: str
    line: str
    line_name: str
    caller_masked: str
    place: str
    seat: str | None
    skill_group: str | None
    outcome: str | None
    arrived_at: Moment
    answered_at: Moment | None
    ended_at: Moment | None
    tracks: list[TrackOut]


class RecordingPage(BaseModel):
    items: list[RecordedOut]
    next_cursor: str | None


class HeldOut(BaseModel):
    call_id: str
    tracks: list[TrackOut]


async def list_recordings(ask: Ask[Nothing, RecordingQuery]) -> RecordingPage:
    return await _found(ask, ask.query, None)


async def search_recordings(ask: Ask[RecordingSearch, Nothing]) -> RecordingPage:
    await audit.note(ask.deps.store, ask.who.name, "recording.search", "caller")
    return await _found(ask, ask.body, ask.body.caller)


async def _found(ask: Ask[Any, Any], wanted: _Filters, caller: str | None) -> RecordingPage:
    seat = seat_of(ask.who, "查找录音") if ask.who.role is Role.SEAT else wanted.seat
    page = await kept.page(
        ask.deps.store,
        since=None if wanted.since is None else milliseconds(wanted.since),
        until=None if wanted.until is None else milliseconds(wanted.until),
        seat=seat,
        line=wanted.line,
        group=wanted.group,
        caller=caller,
        outcome=wanted.outcome,
        least_ms=None if wanted.least_s is None else wanted.least_s * 1000,
        cursor=wanted.cursor,
        limit=wanted.limit,
    )
    items = [RecordedOut.model_validate(row) for row in page.items]
    return RecordingPage(items=items, next_cursor=page.next_cursor)


async def hold_recording(ask: Ask[HoldForm, Nothing]) -> HeldOut:
    return await _hold(ask, on=True)


async def release_recording(ask: Ask[HoldForm, Nothing]) -> HeldOut:
    return await _hold(ask, on=False)


async def _hold(ask: Ask[HoldForm, Nothing], *, on: bool) -> HeldOut:
    """Every track whose file is there; one that stands so already is left alone, so this may be repeated."""
    store, call_id = ask.deps.store, ask.path("id")
    rows = await kept.tracks(store, call_id)
    if not rows:
        raise not_found("录音", call_id)
    there = [row for row in rows if row.deleted_at is None] or rows
    for row in there:
        if row.hold != on or row.deleted_at is not None:
            await kept.hold(
                store,
                call_id,
                row.track,
                on=on,
                reason=ask.body.reason,
                actor=ask.who.name,
                version=row.version,
            )
    after = await kept.tracks(store, call_id)
    return HeldOut(call_id=call_id, tracks=[TrackOut.model_validate(row) for row in after])


ENDPOINTS: list[AnyEndpoint] = [
    Endpoint(
        "GET",
        "/recordings",
        "录音查询",
        list_recordings,
        RecordingPage,
        LISTENERS,
        query=RecordingQuery,
        errors=("conflict",),
        tag=_TAG,
    ),
    Endpoint(
        "POST",
        "/recordings/search",
        "按来电号码查录音（记入审计）",
        search_recordings,
        RecordingPage,
        LISTENERS,
        body=RecordingSearch,
        errors=("conflict",),
        tag=_TAG,
    ),
    Endpoint(
        "POST",
        "/recordings/{id}/hold",
        "保全（到期也不删除）",
        hold_recording,
        HeldOut,
        DIRECTORS,
        body=HoldForm,
        errors=("conflict", "changed"),
        tag=_TAG,
    ),
    Endpoint(
        "POST",
        "/recordings/{id}/release",
        "解除保全",
        release_recording,
        HeldOut,
        DIRECTORS,
        body=HoldForm,
        errors=("conflict", "changed"),
        tag=_TAG,
    ),
]
