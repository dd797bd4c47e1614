"""Not-ready reasons: which there are, and whether their time counts as work."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from crm import Store
from crm import reasons as kept
from hotline_app.desk import versions
from hotline_app.desk.creating import made_once
from hotline_app.desk.endpoint import AnyEndpoint, Ask, Endpoint, Form, Nothing
from hotline_app.desk.roles import LEADERS, REVIEWERS
from hotline_app.desk.shapes import Shape

_TAG = "设置"


class ReasonForm(Form):
    name: Annotated[str, Field(min_length=1, max_length=32)]
    productive: bool = Field(default=False, description="计入工作时间")
    selectable: bool = Field(default=True, description="坐席可以自己选择")
    position: Annotated[int, Field(ge=0, le=10_000)] = 100
    active: bool = True


class NewReason(ReasonForm):
    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]


class ReasonOut(Shape):
    code: str
    name: str
    productive: bool
    selectable: bool
    position: int
    active: bool
    version: int
    system: bool = Field(default=False, description="由系统自动设置，不能停用")


class ReasonList(BaseModel):
    items: list[ReasonOut]


async def list_not_ready_reasons(ask: Ask[Nothing, Nothing]) -> ReasonList:
    return ReasonList(items=[_shown(reason) for reason in await kept.reasons(ask.deps.store)])


async def create_reason(ask: Ask[NewReason, Nothing]) -> ReasonOut:
    store, who, form = ask.deps.store, ask.who.name, ask.body
    reason = await made_once(
        ask,
        lambda: kept.put(store, form.code, form.model_dump(exclude={"code"}), version=None, actor=who),
        name=lambda made: made.code,
        read=lambda code: _one(store, code),
    )
    return _out(ask, reason)


async def put_reason(ask: Ask[ReasonForm, Nothing]) -> ReasonOut:
    version = versions.wanted(ask.request)
    return _out(
        ask,
        await kept.put(
            ask.deps.store, ask.path("code"), ask.body.model_dump(), version=version, actor=ask.who.name
        ),
    )


async def _one(store: Store, code: str) -> kept.ReasonInfo:
    return next(reason for reason in await kept.reasons(store) if reason.code == code)


def _shown(reason: kept.ReasonInfo) -> ReasonOut:
    shown = ReasonOut.model_validate(reason)
    return shown.model_copy(update={"system": reason.code in kept.SYSTEM})


def _out(ask: Ask[Any, Any], reason: kept.ReasonInfo) -> ReasonOut:
    ask.headers["ETag"] = versions.etag(reason.version)
    return _shown(reason)


ENDPOINTS: list[AnyEndpoint] = [
    Endpoint(
        "GET", "/not-ready-reasons", "示忙原因设置", list_not_ready_reasons, ReasonList, REVIEWERS, tag=_TAG
    ),
    Endpoint(
        "POST",
        "/not-ready-reasons",
        "新建示忙原因",
        create_reason,
        ReasonOut,
        LEADERS,
        body=NewReason,
        status=201,
        etag=True,
        idempotency=True,
        errors=("redis-away",),
        tag=_TAG,
    ),
    Endpoint(
        "PUT",
        "/not-ready-reasons/{code}",
        "修改示忙原因",
        put_reason,
        ReasonOut,
        LEADERS,
        body=ReasonForm,
        etag=True,
        if_match=True,
        tag=_TAG,
    ),
]
