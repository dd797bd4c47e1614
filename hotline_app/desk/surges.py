"""Surge notices: many call about one thing, and a shift leader lets them hear of it.

The notice is spoken before it is promised: a surge whose words could not be spoken is ended again.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from crm import now_ms
from crm import surges as kept
from hotline_app.desk import versions
from hotline_app.desk.creating import made_once
from hotline_app.desk.deps import Deps
from hotline_app.desk.endpoint import AnyEndpoint, Ask, Endpoint, Form, Nothing
from hotline_app.desk.moments import Moment, milliseconds
from hotline_app.desk.problems import Problem
from hotline_app.desk.roles import LEADERS, REVIEWERS
from hotline_app.desk.settings_rules import Region
from hotline_app.desk.shapes import Cursor, Limit, LineNumber, Shape, When
from hotline_app.desk.voice import NotSpoken

_TAG = "突发公告"
Words = Annotated[str, Field(min_length=4, max_length=kept.LONGEST_TEXT)]


class SurgeQuery(BaseModel):
    """The newest first."""

    model_config = ConfigDict(extra="forbid")

    cursor: Cursor | None = None
    limit: Limit = 50


class SurgeForm(Form):
    """No regions and no lines: every caller hears it."""

    topic: Annotated[str, Field(min_length=2, max_length=60)]
    text: Words = Field(description="播报的话；其后系统会提示“按1登记为同一事项并挂机”")
    regions: Annotated[list[Region], Field(max_length=20)] = Field(default=[])
    lines: Annotated[list[LineNumber], Field(max_length=40)] = Field(default=[])
    active_until: When


class SurgeEdit(Form):
    text: Words | None = None
    active_until: When | None = None


class SurgeOut(Shape):
    id: int
    topic: str
    text: str
    regions: list[str]
    lines: list[str]
    active_from: Moment
    active_until: Moment
    created_by: str
    created_at: Moment
    ended_by: str | None
    version: int
    joined: int = Field(description="按键加入的通话数")
    callers: int = Field(description="按键加入的来电人数")
    active: bool = Field(description="现在正在播报")


class SurgePage(BaseModel):
    items: list[SurgeOut]
    next_cursor: str | None


class SuggestionOut(Shape):
    count: int = Field(description="最近半小时的工单数")
    usual: float = Field(description="前七天同一时段的平均")
    region_code: str | None
    kind: str | None
    field: str | None
    line: str | None


class SuggestionList(BaseModel):
    items: list[SuggestionOut]


async def list_surges(ask: Ask[Nothing, SurgeQuery]) -> SurgePage:
    page = await kept.page(ask.deps.store, cursor=ask.query.cursor, limit=ask.query.limit)
    return SurgePage(items=[_shown(surge) for surge in page.items], next_cursor=page.next_cursor)


async def suggest_surges(ask: Ask[Nothing, Nothing]) -> SuggestionList:
    found = await kept.suggest(ask.deps.store)
    return SuggestionList(items=[SuggestionOut.model_validate(one) for one in found])


async def start_surge(ask: Ask[SurgeForm, Nothing]) -> SurgeOut:
    """On from this moment; every node plays it within a few seconds."""
    deps, who, form = ask.deps, ask.who.name, ask.body
    told = form.model_dump() | {"active_until": milliseconds(form.active_until)}

    async def start() -> kept.Surge:
        surge = await kept.start(deps.store, told, actor=who)
        try:
            await _speak(deps, surge.id, surge.text)
        except BaseException:
            await kept.end(deps.store, surge.id, version=surge.version, actor=who)
            raise
        return surge

    surge = await made_once(
        ask, start, name=lambda made: str(made.id), read=lambda row: kept.get(deps.store, int(row))
    )
    return _out(ask, surge)


async def edit_surge(ask: Ask[SurgeEdit, Nothing]) -> SurgeOut:
    """Other words, or another end.  Words that could not be spoken are taken back: what is written is what
    callers hear."""
    deps, form, surge, who = ask.deps, ask.body, int(ask.path("num")), ask.who.name
    version = versions.wanted(ask.request)
    before = await kept.get(deps.store, surge)
    told: dict[str, Any] = form.model_dump(exclude_none=True)
    if not told:
        raise Problem("invalid", "没有要修改的内容", remedy="请至少填写一项")
    if form.active_until is not None:
        told["active_until"] = milliseconds(form.active_until)
    changed = await kept.edit(deps.store, surge, told, version=version, actor=who)
    if form.text is not None:
        try:
            await _speak(deps, surge, changed.text)
        except BaseException:
            await kept.edit(deps.store, surge, {"text": before.text}, version=changed.version, actor=who)
            raise
    return _out(ask, changed)


async def end_surge(ask: Ask[Nothing, Nothing]) -> SurgeOut:
    version = versions.wanted(ask.request)
    return _out(
        ask, await kept.end(ask.deps.store, int(ask.path("num")), version=version, actor=ask.who.name)
    )


async def _speak(deps: Deps, surge: int, text: str) -> None:
    """The name is the one under which the journey looks for it (agi/surge.py)."""
    try:
        await deps.speak(f"surge-{surge}", text)
    except NotSpoken as fault:
        deps.log.warning("surge not spoken", surge=surge, reason=str(fault))
        raise Problem(
            "not-spoken",
            "公告没有合成语音，因此没有播报",
            field="text",
            remedy="请重试，或换一种说法；仍不行请通知系统管理员检查语音合成",
        ) from None


def _shown(surge: kept.Surge) -> SurgeOut:
    now = now_ms()
    told = {name: getattr(surge, name) for name in surge.__slots__}
    return SurgeOut(**told, active=surge.active_from <= now < surge.active_until)


def _out(ask: Ask[Any, Any], surge: kept.Surge) -> SurgeOut:
    ask.headers["ETag"] = versions.etag(surge.version)
    return _shown(surge)


ENDPOINTS: list[AnyEndpoint] = [
    Endpoint("GET", "/surges", "突发公告", list_surges, SurgePage, REVIEWERS, query=SurgeQuery, tag=_TAG),
    Endpoint(
        "GET",
        "/surges/suggestions",
        "异常增多的诉求（建议，由人决定）",
        suggest_surges,
        SuggestionList,
        REVIEWERS,
        tag=_TAG,
    ),
    Endpoint(
        "POST",
        "/surges",
        "开启突发公告",
        start_surge,
        SurgeOut,
        LEADERS,
        body=SurgeForm,
        status=201,
        etag=True,
        idempotency=True,
        errors=("not-spoken", "redis-away"),
        tag=_TAG,
    ),
    Endpoint(
        "PATCH",
        "/surges/{num}",
        "修改播报内容或延长",
        edit_surge,
        SurgeOut,
        LEADERS,
        body=SurgeEdit,
        etag=True,
        if_match=True,
        errors=("conflict", "not-spoken"),
        tag=_TAG,
    ),
    Endpoint(
        "POST",
        "/surges/{num}/end",
        "结束突发公告",
        end_surge,
        SurgeOut,
        LEADERS,
        etag=True,
        if_match=True,
        errors=("conflict", "invalid"),
        tag=_TAG,
    ),
]
