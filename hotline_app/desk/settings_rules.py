"""Routing rules: which groups a call waits for.  Bridges take up a change within a few seconds."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from crm import Store
from crm import routing as kept
from crm.errors import RowNotFound
from hotline_app.desk import versions
from hotline_app.desk.creating import made_once
from hotline_app.desk.endpoint import AnyEndpoint, Ask, Endpoint, Form, Nothing
from hotline_app.desk.people import Done
from hotline_app.desk.roles import LEADERS, REVIEWERS
from hotline_app.desk.settings_groups import Code
from hotline_app.desk.shapes import LineNumber, Shape

_TAG = "设置"
OriginName = Literal["carrier", "emergency", "subcenter", "department", "seat"]
Region = Annotated[str, Field(pattern=r"^[0-9]{6}$")]
Language = Literal["zh", "mn"]


class StepForm(Form):
    group: Code
    after_s: Annotated[int, Field(ge=0, le=3600)] = 0


class RuleForm(Form):
    """Empty conditions fit every call; the first active rule by position decides."""

    position: Annotated[int, Field(ge=0, le=1_000_000)]
    line: LineNumber | None = None
    origin: OriginName | None = None
    region: Region | None = None
    language: Language | None = None
    groups: Annotated[list[StepForm], Field(min_length=1, max_length=10)]
    priority: Annotated[int, Field(ge=0, le=9)] = 5
    active: bool = True


class StepOut(Shape):
    group: str
    after_s: int


class RuleOut(Shape):
    id: int
    position: int
    line: str | None
    origin: str | None
    region: str | None
    language: str | None
    groups: list[StepOut]
    priority: int
    active: bool
    version: int


class RuleList(BaseModel):
    items: list[RuleOut]


class TryQuery(BaseModel):
    """An imagined call."""

    model_config = ConfigDict(extra="forbid")

    line: LineNumber = "12345"
    origin: OriginName = "carrier"
    region: Region | None = None
    language: Language | None = None


class Tried(BaseModel):
    rule: RuleOut | None = Field(description="空：没有规则适用，进入通用组")


async def list_rules(ask: Ask[Nothing, Nothing]) -> RuleList:
    return RuleList(items=[RuleOut.model_validate(rule) for rule in await kept.rules(ask.deps.store)])


async def try_rules(ask: Ask[Nothing, TryQuery]) -> Tried:
    """Which rule such a call would take now; nothing is changed."""
    query = ask.query
    found = kept.choose(
        await kept.rules(ask.deps.store, active_only=True),
        line=query.line,
        origin=query.origin,
        region=query.region,
        language=query.language,
    )
    return Tried(rule=None if found is None else RuleOut.model_validate(found))


async def create_rule(ask: Ask[RuleForm, Nothing]) -> RuleOut:
    store, who, form = ask.deps.store, ask.who.name, ask.body
    rule = await made_once(
        ask,
        lambda: kept.put(store, None, form.model_dump(), version=None, actor=who),
        name=lambda made: str(made.id),
        read=lambda rule_id: _one(store, int(rule_id)),
    )
    ask.headers["Location"] = f"/api/v1/routing-rules/{rule.id}"
    return _out(ask, rule)


async def put_rule(ask: Ask[RuleForm, Nothing]) -> RuleOut:
    version = versions.wanted(ask.request)
    form = ask.body.model_dump()
    return _out(
        ask,
        await kept.put(ask.deps.store, int(ask.path("num")), form, version=version, actor=ask.who.name),
    )


async def delete_rule(ask: Ask[Nothing, Nothing]) -> Done:
    version = versions.wanted(ask.request)
    await kept.remove(ask.deps.store, int(ask.path("num")), version=version, actor=ask.who.name)
    return Done()


async def _one(store: Store, rule_id: int) -> kept.RuleInfo:
    for rule in await kept.rules(store):
        if rule.id == rule_id:
            return rule
    raise RowNotFound("这条路由规则已被删除", field="id", value=str(rule_id))


def _out(ask: Ask[Any, Any], rule: kept.RuleInfo) -> RuleOut:
    ask.headers["ETag"] = versions.etag(rule.version)
    return RuleOut.model_validate(rule)


ENDPOINTS: list[AnyEndpoint] = [
    Endpoint("GET", "/routing-rules", "路由规则", list_rules, RuleList, REVIEWERS, tag=_TAG),
    Endpoint(
        "GET",
        "/routing-rules/try",
        "试算：这样的来电会走哪条规则",
        try_rules,
        Tried,
        REVIEWERS,
        query=TryQuery,
        tag=_TAG,
    ),
    Endpoint(
        "POST",
        "/routing-rules",
        "新建路由规则",
        create_rule,
        RuleOut,
        LEADERS,
        body=RuleForm,
        status=201,
        etag=True,
        idempotency=True,
        errors=("redis-away",),
        tag=_TAG,
    ),
    Endpoint(
        "PUT",
        "/routing-rules/{num}",
        "修改路由规则",
        put_rule,
        RuleOut,
        LEADERS,
        body=RuleForm,
        etag=True,
        if_match=True,
        tag=_TAG,
    ),
    Endpoint(
        "DELETE",
        "/routing-rules/{num}",
        "删除路由规则",
        delete_rule,
        Done,
        LEADERS,
        if_match=True,
        errors=("invalid",),
        tag=_TAG,
    ),
]
