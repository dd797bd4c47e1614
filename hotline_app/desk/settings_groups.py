"""The skill groups' rules: read, made, changed.  A change is in force at once; nothing is restarted."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from crm import groups as kept
from hotline_app.desk import acd_rules, versions
from hotline_app.desk.creating import made_once
from hotline_app.desk.endpoint import AnyEndpoint, Ask, Endpoint, Form, Nothing
from hotline_app.desk.roles import LEADERS, REVIEWERS

_TAG = "设置"
Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]
Seconds = Annotated[int, Field(ge=0, le=3600)]
Rule = Literal["overflow", "voicemail", "callback", "wait"]


class Span(Form):
    """Open on these days (1 Monday … 7 Sunday) between two times of day, in China."""

    days: Annotated[list[Annotated[int, Field(ge=1, le=7)]], Field(min_length=1, max_length=7)]
    start: Clock = Field(alias="from")
    end: Clock = Field(alias="to")


class GroupForm(Form):
    """All of a group's rules; times in seconds."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    strategy: Literal["longest_idle", "least_calls", "least_talk", "highest_skill"] = "longest_idle"
    capacity: Annotated[int, Field(ge=1, le=100_000)] | None = Field(default=None, description="空：不限")
    overflow_group: Code | None = None
    overflow_after_s: Seconds | None = Field(default=None, description="空：不溢出")
    hours: Literal["always", "office"] | Annotated[list[Span], Field(min_length=1, max_length=20)] = "always"
    empty_rule: Rule = Field(default="callback", description="无人签入时")
    full_rule: Rule = Field(default="callback", description="排队已满时")
    wrap_up_s: Seconds | None = Field(default=None, description="空：按全局设置")
    wrap_up_extension_s: Seconds = 60
    service_s: Annotated[int, Field(ge=1, le=600)] = 15
    announce_every_s: Annotated[int, Field(ge=5, le=600)] = 30
    callback_after_s: Seconds | None = Field(default=60, description="空：不提供回拨")
    active: bool = True


class NewGroup(GroupForm):
    code: Code


class SpanOut(BaseModel):
    days: list[int]
    start: str = Field(serialization_alias="from")
    end: str = Field(serialization_alias="to")


class GroupOut(BaseModel):
    code: str
    name: str
    strategy: str
    capacity: int | None
    overflow_group: str | None
    overflow_after_s: int | None
    hours: Literal["always", "office"] | list[SpanOut]
    empty_rule: str
    full_rule: str
    wrap_up_s: int | None
    wrap_up_extension_s: int
    service_s: int
    announce_every_s: int
    callback_after_s: int | None
    active: bool
    version: int

    @classmethod
    def of(cls, info: kept.GroupInfo) -> GroupOut:
        told = {name: getattr(info, name) for name in info.__slots__ if name != "hours"}
        spans = kept.spans(info.hours)
        hours: Any = info.hours
        if spans is not None:
            hours = [SpanOut(days=list(span.days), start=span.start, end=span.end) for span in spans]
        return cls(**told, hours=hours)


class GroupConfigList(BaseModel):
    items: list[GroupOut]


async def list_groups_config(ask: Ask[Nothing, Nothing]) -> GroupConfigList:
    return GroupConfigList(items=[GroupOut.of(info) for info in await kept.groups(ask.deps.store)])


async def get_group_config(ask: Ask[Nothing, Nothing]) -> GroupOut:
    return _out(ask, await kept.get(ask.deps.store, ask.path("code")))


async def create_group(ask: Ask[NewGroup, Nothing]) -> GroupOut:
    store, who, form = ask.deps.store, ask.who.name, ask.body
    info = await made_once(
        ask,
        lambda: kept.put(store, form.code, _values(form), version=None, actor=who),
        name=lambda made: made.code,
        read=lambda code: kept.get(store, code),
    )
    await acd_rules.push(ask.deps)
    ask.headers["Location"] = f"/api/v1/groups-config/{info.code}"
    return _out(ask, info)


async def put_group(ask: Ask[GroupForm, Nothing]) -> GroupOut:
    version = versions.wanted(ask.request)
    info = await kept.put(
        ask.deps.store, ask.path("code"), _values(ask.body), version=version, actor=ask.who.name
    )
    await acd_rules.push(ask.deps)
    return _out(ask, info)


def _values(form: GroupForm) -> dict[str, Any]:
    values = form.model_dump(exclude={"code"}, by_alias=True)
    if not isinstance(form.hours, str):
        values["hours"] = json.dumps(values["hours"])
    return values


def _out(ask: Ask[Any, Any], info: kept.GroupInfo) -> GroupOut:
    ask.headers["ETag"] = versions.etag(info.version)
    return GroupOut.of(info)


ENDPOINTS: list[AnyEndpoint] = [
    Endpoint("GET", "/groups-config", "技能组规则", list_groups_config, GroupConfigList, REVIEWERS, tag=_TAG),
    Endpoint(
        "GET",
        "/groups-config/{code}",
        "一个技能组",
        get_group_config,
        GroupOut,
        REVIEWERS,
        etag=True,
        tag=_TAG,
    ),
    Endpoint(
        "POST",
        "/groups-config",
        "新建技能组",
        create_group,
        GroupOut,
        LEADERS,
        body=NewGroup,
        status=201,
        etag=True,
        idempotency=True,
        errors=("redis-away",),
        tag=_TAG,
    ),
    Endpoint(
        "PUT",
        "/groups-config/{code}",
        "修改技能组（立即生效）",
        put_group,
        GroupOut,
        LEADERS,
        body=GroupForm,
        etag=True,
        if_match=True,
        tag=_TAG,
    ),
]
