"""Tickets: pages, the form with its version, registering, and tickets that no call made."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

import crm
from crm import audit
from hotline_app.desk import versions
from hotline_app.desk.endpoint import AnyEndpoint, Ask, Endpoint, Nothing
from hotline_app.desk.idempotency import Once
from hotline_app.desk.moments import milliseconds
from hotline_app.desk.problems import Problem
from hotline_app.desk.roles import CENTRE, TICKET_WRITERS
from hotline_app.desk.shapes import (
    Cursor,
    Limit,
    LineNumber,
    NewTicket,
    TicketFields,
    TicketOut,
    TicketPage,
    When,
    listed,
)

_TAG = "工单"


class TicketQuery(BaseModel):
    """The newest number first."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["draft", "registered"] | None = None
    since: When | None = Field(default=None, alias="from")
    until: When | None = Field(default=None, alias="to")
    line: LineNumber | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class TicketSearch(BaseModel):
    """In a body, since a citizen's number has no place in an address that proxies log."""

    model_config = ConfigDict(extra="forbid")

    caller: Annotated[str, Field(min_length=3, max_length=32)] = Field(description="来电号码，任意写法")
    cursor: Cursor | None = None
    limit: Limit = 50


async def list_tickets(ask: Ask[Nothing, TicketQuery]) -> TicketPage:
    query = ask.query
    page = await crm.tickets.page(
        ask.deps.store,
        state=query.state,
        since=None if query.since is None else milliseconds(query.since),
        until=None if query.until is None else milliseconds(query.until),
        line=query.line,
        cursor=query.cursor,
        limit=query.limit,
    )
    return TicketPage(items=[listed(row) for row in page.items], next_cursor=page.next_cursor)


async def search_tickets(ask: Ask[TicketSearch, Nothing]) -> TicketPage:
    form = ask.body
    await audit.note(ask.deps.store, ask.who.name, "ticket.search", "caller")
    page = await crm.tickets.page(ask.deps.store, caller=form.caller, cursor=form.cursor, limit=form.limit)
    return TicketPage(items=[listed(row) for row in page.items], next_cursor=page.next_cursor)


async def get_ticket(ask: Ask[Nothing, Nothing]) -> TicketOut:
    ticket = await crm.tickets.get(ask.deps.store, ask.path("no"))
    if ticket.confidential:
        await audit.note(ask.deps.store, ask.who.name, "ticket.view", ticket.no, {"confidential": True})
    return _out(ask.headers, ticket)


async def create_ticket(ask: Ask[NewTicket, Nothing]) -> TicketOut:
    """With an Idempotency-Key the same request makes one ticket however often it is sent."""
    store, form = ask.deps.store, ask.body
    once = await Once.begin(
        ask.deps.redis, ask.who.name, ask.request.headers.get("Idempotency-Key"), form.model_dump_json()
    )
    if once.result is not None:
        return _out(ask.headers, await crm.tickets.get(store, once.result))
    try:
        fields = form.model_dump(exclude_unset=True, exclude={"source"})
        ticket = await crm.tickets.create(store, fields, actor=ask.who.name, source=form.source)
    except BaseException:
        await once.give_up()
        raise
    await once.finish(ticket.no)
    ask.headers["Location"] = f"/api/v1/tickets/{ticket.no}"
    return _out(ask.headers, ticket)


async def edit_ticket(ask: Ask[TicketFields, Nothing]) -> TicketOut:
    no = ask.path("no")
    version = versions.wanted(ask.request)
    fields = ask.body.model_dump(exclude_unset=True)
    if not fields:
        raise Problem("invalid", "没有要修改的内容", remedy="请至少填写一项")
    return _out(
        ask.headers,
        await crm.tickets.edit(ask.deps.store, no, fields, version=version, actor=ask.who.name),
    )


async def register_ticket(ask: Ask[Nothing, Nothing]) -> TicketOut:
    """With If-Match only the version the seat has seen is registered."""
    version = versions.given(ask.request)
    ticket = await crm.tickets.register(ask.deps.store, ask.path("no"), actor=ask.who.name, version=version)
    return _out(ask.headers, ticket)


def _out(headers: dict[str, str], ticket: crm.Ticket) -> TicketOut:
    headers["ETag"] = versions.etag(ticket.version)
    return TicketOut.model_validate(ticket)


ENDPOINTS: list[AnyEndpoint] = [
    Endpoint("GET", "/tickets", "工单列表", list_tickets, TicketPage, CENTRE, query=TicketQuery, tag=_TAG),
    Endpoint(
        "POST",
        "/tickets",
        "新建工单（非来电）",
        create_ticket,
        TicketOut,
        TICKET_WRITERS,
        body=NewTicket,
        status=201,
        etag=True,
        idempotency=True,
        errors=("redis-away",),
        tag=_TAG,
    ),
    Endpoint(
        "POST",
        "/tickets/search",
        "按来电号码查工单（记入审计）",
        search_tickets,
        TicketPage,
        TICKET_WRITERS,
        body=TicketSearch,
        tag=_TAG,
    ),
    Endpoint("GET", "/tickets/{no}", "工单", get_ticket, TicketOut, CENTRE, etag=True, tag=_TAG),
    Endpoint(
        "PATCH",
        "/tickets/{no}",
        "填写工单",
        edit_ticket,
        TicketOut,
        TICKET_WRITERS,
        body=TicketFields,
        etag=True,
        if_match=True,
        tag=_TAG,
    ),
    Endpoint(
        "POST",
        "/tickets/{no}/register",
        "登记工单",
        register_ticket,
        TicketOut,
        TICKET_WRITERS,
        etag=True,
        errors=("conflict", "invalid", "changed"),
        tag=_TAG,
    ),
]
