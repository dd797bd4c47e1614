"""Calls: the ledger's pages, one call in full, the live list, the caller's number for those who need it."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

import crm
from crm import StoreUnavailable, audit, now_ms
from hotline_app.desk.deps import Deps
from hotline_app.desk.endpoint import AnyEndpoint, Ask, Endpoint, Form, Nothing
from hotline_app.desk.moments import milliseconds
from hotline_app.desk.problems import Problem, forbidden
from hotline_app.desk.roles import CENTRE, LEADERS, SEATED
from hotline_app.desk.sessions import Session
from hotline_app.desk.shapes import (
    CallDetail,
    CallPage,
    CallRow,
    Cursor,
    LegOut,
    Limit,
    LineNumber,
    MarkOut,
    RecordingLinks,
    TicketOut,
    When,
    listed,
)
from seats import AcdUnavailable, CallView
from seats.keys import CARDS

_TAG = "通话"
# A seat may look at the number while it wraps up and calls back; later it asks a leader.
_REVEAL_AFTER_MS = 15 * 60_000


class CallQuery(BaseModel):
    """`from` and `to` bound the arrival; the newest calls come first."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["live", "ended"] | None = None
    since: When | None = Field(default=None, alias="from")
    until: When | None = Field(default=None, alias="to")
    line: LineNumber | None = None
    seat: Annotated[str, Field(pattern=r"^[0-9]{1,12}$")] | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class RevealForm(Form):
    reason: Annotated[str, Field(max_length=200)] = Field(default="", description="查看原因，记入审计")


class Reveal(BaseModel):
    caller: str = Field(description="完整号码；来电未显示号码时为空")


class Accepted(BaseModel):
    call_id: str
    accepted: bool = True


async def list_calls(ask: Ask[Nothing, CallQuery]) -> CallPage:
    query = ask.query
    if query.state == "live":
        return await _live(ask.deps, query)
    page = await crm.calls.page(
        ask.deps.store,
        state=query.state,
        since=None if query.since is None else milliseconds(query.since),
        until=None if query.until is None else milliseconds(query.until),
        line=query.line,
        seat=query.seat,
        cursor=query.cursor,
        limit=query.limit,
    )
    return CallPage(items=[_row(row) for row in page.items], next_cursor=page.next_cursor)


async def _live(deps: Deps, query: CallQuery) -> CallPage:
    """Ledger and ACD together: the ledger knows who calls, the ACD where the call stands.

    With one of them away the other's half is given; with both away the problem is the ACD's."""
    try:
        page = await crm.calls.page(
            deps.store, state="live", line=query.line, cursor=query.cursor, limit=query.limit
        )
        rows, next_cursor = page.items, page.next_cursor
    except StoreUnavailable:
        rows, next_cursor = None, None
    try:
        standing = {view.call_id: view for view in await deps.acd.calls()}
    except AcdUnavailable:
        if rows is None:
            raise
        standing = {}
    items = [_stands(_row(row), standing.pop(row.id, None)) for row in rows or []]
    if rows is None:
        items = await _from_cards(deps, list(standing.values()))
    if query.seat is not None:
        items = [item for item in items if item.seat == query.seat]
    return CallPage(items=items, next_cursor=next_cursor)


def _row(row: crm.CallRow) -> CallRow:
    return CallRow.model_validate(row)


def _stands(row: CallRow, view: CallView | None) -> CallRow:
    if view is None:
        return row
    return row.model_copy(
        update={
            "state": view.state.value,
            "waiting_since_ms": view.since_ms,
            "seat": view.seat or row.seat,
        }
    )


async def _from_cards(deps: Deps, views: list[CallView]) -> list[CallRow]:
    """The live calls while the database is away: what the pops show of them is in Redis."""
    if not views:
        return []
    stored = await deps.redis.hmget(CARDS, [view.call_id for view in views])
    rows = []
    for view, text in zip(views, stored, strict=True):
        card = json.loads(text) if text else {}
        row = CallRow(
            id=view.call_id,
            node=view.node,
            caller_masked=card.get("caller_masked", ""),
            place=card.get("place", ""),
            line=card.get("line", ""),
            line_name=card.get("line_name", ""),
            department=card.get("department", ""),
            origin=card.get("origin", ""),
            language=card.get("language"),
            arrived_at=view.since_ms,  # the validator takes milliseconds
            answered_at=None,
            ended_at=None,
            outcome=None,
            seat=None,
            ticket_no=card.get("ticket_no"),
        )
        rows.append(_stands(row, view))
    return rows


async def get_call(ask: Ask[Nothing, Nothing]) -> CallDetail:
    call_id, deps = ask.path("id"), ask.deps
    found = await crm.calls.detail(deps.store, call_id)
    row = _row(found.row)
    if found.row.ended_at is None:
        try:
            row = _stands(row, await deps.acd.call(call_id))
        except AcdUnavailable:
            deps.log.warning("live state of a call is unknown", call=call_id)
    if found.ticket is not None and found.ticket.confidential:
        await audit.note(deps.store, ask.who.name, "ticket.view", found.ticket.no, {"confidential": True})
    playable = found.recording is not None and found.row.ended_at is not None
    base = f"/api/v1/calls/{call_id}/recording"
    return CallDetail(
        **row.model_dump(),
        cause=found.row.cause,
        marks=[MarkOut.model_validate(mark) for mark in found.marks],
        legs=[LegOut.model_validate(leg) for leg in found.legs],
        recording=RecordingLinks(caller=f"{base}/caller", seat=f"{base}/seat") if playable else None,
        ticket=None if found.ticket is None else TicketOut.model_validate(found.ticket),
        history=[listed(ticket) for ticket in found.history],
    )


async def reveal(ask: Ask[RevealForm, Nothing]) -> Reveal:
    """Audited before the number is read: what cannot be audited is not shown."""
    call_id, who, store = ask.path("id"), ask.who, ask.deps.store
    if who.role not in LEADERS:
        await _holds(ask.deps, who, call_id)
    await audit.note(store, who.name, "call.reveal", call_id, {"reason": ask.body.reason})
    return Reveal(caller=await crm.calls.caller_number(store, call_id))


async def _holds(deps: Deps, who: Session, call_id: str) -> None:
    """The seat has the call now, or had it a moment ago."""
    if who.seat is not None:
        try:
            view = await deps.acd.call(call_id)
        except AcdUnavailable:
            view = None
        if view is not None and view.seat == who.seat:
            return
        row = (await crm.calls.detail(deps.store, call_id)).row
        recent = row.ended_at is None or now_ms() - row.ended_at < _REVEAL_AFTER_MS
        if row.seat == who.seat and recent:
            return
    raise forbidden("只有正在接听（或刚接听完）这通电话的坐席可以查看完整号码")


async def hang_up(ask: Ask[Nothing, Nothing]) -> Accepted:
    """Asks the node's owner; the call's end comes back as an event.  Safe to repeat."""
    call_id, who, deps = ask.path("id"), ask.who, ask.deps
    view = await deps.acd.call(call_id)
    if view is None and (await crm.calls.detail(deps.store, call_id)).row.outcome is not None:
        raise Problem("conflict", "这通电话已经结束", field="id", value=call_id, remedy="请刷新列表")
    own = view is not None and who.seat is not None and view.seat == who.seat
    if not own and who.role not in LEADERS:
        raise forbidden("只能挂断自己正在接听的电话")
    await audit.note(deps.store, who.name, "call.hangup", call_id)
    await deps.ordering.hang_up(call_id, who.name)
    return Accepted(call_id=call_id)


ENDPOINTS: list[AnyEndpoint] = [
    Endpoint("GET", "/calls", "通话列表", list_calls, CallPage, CENTRE, query=CallQuery, tag=_TAG),
    Endpoint("GET", "/calls/{id}", "通话详情", get_call, CallDetail, CENTRE, tag=_TAG),
    Endpoint(
        "POST",
        "/calls/{id}/reveal",
        "查看完整号码（记入审计）",
        reveal,
        Reveal,
        SEATED,
        body=RevealForm,
        tag=_TAG,
    ),
    Endpoint(
        "POST",
        "/calls/{id}/hangup",
        "挂断",
        hang_up,
        Accepted,
        SEATED,
        status=202,
        errors=("conflict", "redis-away", "node-away"),
        tag=_TAG,
    ),
]
