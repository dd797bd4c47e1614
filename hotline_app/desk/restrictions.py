"""Numbers that harass: a seat proposes, a supervisor reviews, and nothing lasts for ever (DOMAIN §3)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from crm import restrictions as kept
from hotline_app.desk import versions
from hotline_app.desk.creating import made_once
from hotline_app.desk.endpoint import AnyEndpoint, Ask, Endpoint, Form, Nothing
from hotline_app.desk.moments import Moment
from hotline_app.desk.roles import DIRECTORS, REVIEWERS, SEATED
from hotline_app.desk.shapes import Cursor, Limit, Shape

_TAG = "来电限制"
Reason = Annotated[str, Field(min_length=2, max_length=300)]
Days = Annotated[int, Field(ge=1, le=kept.LONGEST_DAYS)]


class RestrictionQuery(BaseModel):
    """The newest proposals first."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["proposed", "active", "refused", "ended", "expired"] | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class ProposalForm(Form):
    """The number is that of the call; nobody has to type it."""

    call_id: Annotated[str, Field(pattern=r"^[\w.:@-]{1,150}$")]
    kind: Literal["block", "throttle"] = Field(
        default="throttle", description="block 拒接，throttle 排在最后"
    )
    reason: Reason
    days: Days = 7


class ReviewForm(Form):
    agree: bool
    note: Annotated[str, Field(max_length=300)] = Field(default="", description="不同意时必填")
    days: Days | None = Field(default=None, description="空：按申请的天数")


class EndForm(Form):
    reason: Reason


class RestrictionOut(Shape):
    id: int
    caller_masked: str
    kind: str
    reason: str
    call_id: str | None
    days: int
    state: str
    proposed_by: str
    proposed_at: Moment
    reviewed_by: str | None
    reviewed_at: Moment | None
    review_note: str
    until: Moment | None
    ended_by: str | None
    ended_at: Moment | None
    end_reason: str
    version: int


class RestrictionPage(BaseModel):
    items: list[RestrictionOut]
    next_cursor: str | None


async def list_restrictions(ask: Ask[Nothing, RestrictionQuery]) -> RestrictionPage:
    query = ask.query
    page = await kept.page(ask.deps.store, state=query.state, cursor=query.cursor, limit=query.limit)
    items = [RestrictionOut.model_validate(row) for row in page.items]
    return RestrictionPage(items=items, next_cursor=page.next_cursor)


async def propose_restriction(ask: Ask[ProposalForm, Nothing]) -> RestrictionOut:
    store, who, form = ask.deps.store, ask.who.name, ask.body
    return _out(
        ask,
        await made_once(
            ask,
            lambda: kept.propose(
                store, form.call_id, kind=form.kind, reason=form.reason, days=form.days, actor=who
            ),
            name=lambda made: str(made.id),
            read=lambda row: kept.get(store, int(row)),
        ),
    )


async def review_restriction(ask: Ask[ReviewForm, Nothing]) -> RestrictionOut:
    version, form = versions.wanted(ask.request), ask.body
    return _out(
        ask,
        await kept.review(
            ask.deps.store,
            int(ask.path("num")),
            agree=form.agree,
            actor=ask.who.name,
            version=version,
            note=form.note,
            days=form.days,
        ),
    )


async def end_restriction(ask: Ask[EndForm, Nothing]) -> RestrictionOut:
    version = versions.wanted(ask.request)
    return _out(
        ask,
        await kept.end(
            ask.deps.store,
            int(ask.path("num")),
            reason=ask.body.reason,
            actor=ask.who.name,
            version=version,
        ),
    )


def _out(ask: Ask[Any, Any], row: kept.Restriction) -> RestrictionOut:
    ask.headers["ETag"] = versions.etag(row.version)
    return RestrictionOut.model_validate(row)


ENDPOINTS: list[AnyEndpoint] = [
    Endpoint(
        "GET",
        "/restrictions",
        "来电限制",
        list_restrictions,
        RestrictionPage,
        REVIEWERS,
        query=RestrictionQuery,
        tag=_TAG,
    ),
    Endpoint(
        "POST",
        "/restrictions",
        "骚扰来电：申请限制（复核后生效）",
        propose_restriction,
        RestrictionOut,
        SEATED,
        body=ProposalForm,
        status=201,
        etag=True,
        idempotency=True,
        errors=("not-found", "redis-away"),
        tag=_TAG,
    ),
    Endpoint(
        "POST",
        "/restrictions/{num}/review",
        "复核",
        review_restriction,
        RestrictionOut,
        DIRECTORS,
        body=ReviewForm,
        etag=True,
        if_match=True,
        errors=("conflict",),
        tag=_TAG,
    ),
    Endpoint(
        "POST",
        "/restrictions/{num}/end",
        "提前解除",
        end_restriction,
        RestrictionOut,
        DIRECTORS,
        body=EndForm,
        etag=True,
        if_match=True,
        errors=("conflict",),
        tag=_TAG,
    ),
]
