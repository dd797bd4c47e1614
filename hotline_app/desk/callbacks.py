"""Missed calls: who is to be called back, by whom it is being done, and what came of it.

Tasks open and close by themselves (crm/returning.py): here they are only listed, claimed, dialled, reported.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from crm import audit, normalise
from crm import callbacks as kept
from crm.callbacks.agenda import agenda
from hotline_app.desk import dialling, versions
from hotline_app.desk.endpoint import AnyEndpoint, Ask, Endpoint, Form, Nothing
from hotline_app.desk.moments import Moment, milliseconds
from hotline_app.desk.own import seat_of
from hotline_app.desk.problems import Problem
from hotline_app.desk.roles import CENTRE, LEADERS, SEATED
from hotline_app.desk.shapes import Cursor, Limit, Shape, When

_TAG = "回拨"
_PURPOSE = "回拨"
Kind = Literal["missed", "voicemail", "kept_place"]
Result = Literal["reached", "no_answer", "busy", "failed"]


class CallbackQuery(BaseModel):
    """`order` due: open tasks, the longest due first; newest: any state, those first left unserved last."""

    model_config = ConfigDict(extra="forbid")

    order: Literal["due", "newest"] = "newest"
    state: Literal["open", "reached", "given_up", "closed"] | None = None
    kind: Kind | None = None
    since: When | None = Field(default=None, alias="from")
    until: When | None = Field(default=None, alias="to")
    cursor: Cursor | None = None
    limit: Limit = 50


class CallbackOut(Shape):
    id: str
    kind: str
    state: str
    caller_masked: str
    place: str
    line: str
    call_id: str = Field(description="最近一次未接的通话")
    missed: int
    first_at: Moment
    last_at: Moment
    kept_at: Moment | None
    due_at: Moment
    tries: int
    claimed_by: str | None
    claimed_until: Moment | None
    last_result: str | None
    closed_at: Moment | None
    closed_by: str | None
    note: str
    version: int


class CallbackPage(BaseModel):
    items: list[CallbackOut]
    next_cursor: str | None


class CallbackCounts(BaseModel):
    due: int = Field(description="现在就该回拨的")
    missed: int
    voicemail: int
    kept_place: int


class AttemptOut(Shape):
    id: int
    seat: str
    started_at: Moment
    ended_at: Moment | None
    result: str | None


class CallbackDetail(CallbackOut):
    attempts: list[AttemptOut]


class Claimed(BaseModel):
    attempt: int = Field(description="报告结果时送回")
    until: Moment = Field(description="到时未报告结果，其他坐席可接手")
    callback: CallbackOut


class Dialling(Claimed):
    call_id: str
    ticket_no: str | None


class ResultForm(Form):
    attempt: int
    result: Result
    note: Annotated[str, Field(max_length=300)] = ""


class CancelForm(Form):
    note: Annotated[str, Field(min_length=2, max_length=300)] = Field(description="关闭原因，记入审计")


async def list_callbacks(ask: Ask[Nothing, CallbackQuery]) -> CallbackPage:
    query, store = ask.query, ask.deps.store
    if query.order == "due":
        if query.state not in (None, "open") or query.since or query.until:
            raise Problem(
                "invalid",
                "按到期排序只列未完成的任务",
                field="order",
                value="due",
                remedy="请去掉状态与时间条件，或改用 order=newest",
            )
        page = await agenda(store, kind=query.kind, cursor=query.cursor, limit=query.limit)
    else:
        page = await kept.page(
            store,
            state=query.state,
            kind=query.kind,
            since=None if query.since is None else milliseconds(query.since),
            until=None if query.until is None else milliseconds(query.until),
            cursor=query.cursor,
            limit=query.limit,
        )
    items = [CallbackOut.model_validate(row) for row in page.items]
    return CallbackPage(items=items, next_cursor=page.next_cursor)


async def count_callbacks(ask: Ask[Nothing, Nothing]) -> CallbackCounts:
    return CallbackCounts(**await kept.counts(ask.deps.store))


async def get_callback(ask: Ask[Nothing, Nothing]) -> CallbackDetail:
    task = await kept.get(ask.deps.store, ask.path("task"))
    tried = await kept.attempts(ask.deps.store, task.id)
    ask.headers["ETag"] = versions.etag(task.version)
    shown = CallbackOut.model_validate(task)
    return CallbackDetail(**dict(shown), attempts=[AttemptOut.model_validate(attempt) for attempt in tried])


async def claim_callback(ask: Ask[Nothing, Nothing]) -> Claimed:
    """Nobody else rings the citizen meanwhile.  Again by the same seat: the same attempt, a longer lease."""
    return _claimed(await kept.claim(ask.deps.store, ask.path("task"), seat=seat_of(ask.who, _PURPOSE)))


async def dial_callback(ask: Ask[Nothing, Nothing]) -> Dialling:
    """Claims the task, if it is not mine already, and calls the citizen from my phone.

    A call that could not be begun gives the claim back."""
    seat, who, deps = seat_of(ask.who, _PURPOSE), ask.who.name, ask.deps
    claim = await kept.claim(deps.store, ask.path("task"), seat=seat)
    task = claim.callback
    try:
        await audit.note(deps.store, who, "callback.dial", task.id, {"seat": seat, "to": task.caller_masked})
        number = normalise(await kept.number(deps.store, task.id), deps.config.area_code)
        key = dialling.request_of(who, ask.request.headers.get("Idempotency-Key"))
        called = await dialling.dial(deps, seat=seat, number=number, by=who, request_id=key)
    except BaseException:
        await kept.release(deps.store, claim.attempt, seat=seat)
        raise
    return Dialling(**dict(_claimed(claim)), call_id=called.call_id, ticket_no=called.ticket_no)


async def report_callback(ask: Ask[ResultForm, Nothing]) -> CallbackOut:
    """Told twice, the first counts."""
    store, form, seat = ask.deps.store, ask.body, seat_of(ask.who, _PURPOSE)
    task = await kept.get(store, ask.path("task"))
    if form.attempt not in {attempt.id for attempt in await kept.attempts(store, task.id)}:
        raise Problem(
            "invalid",
            "这次回拨不属于这条任务",
            field="attempt",
            value=str(form.attempt),
            remedy="请刷新列表后再报告结果",
        )
    return _out(ask, await kept.finish(store, form.attempt, form.result, seat=seat, note=form.note.strip()))


async def cancel_callback(ask: Ask[CancelForm, Nothing]) -> CallbackOut:
    version = versions.wanted(ask.request)
    task = await kept.close(
        ask.deps.store, ask.path("task"), note=ask.body.note, actor=ask.who.name, version=version
    )
    return _out(ask, task)


def _claimed(claim: kept.Claim) -> Claimed:
    return Claimed(
        attempt=claim.attempt,
        until=claim.until,  # the validator takes milliseconds
        callback=CallbackOut.model_validate(claim.callback),
    )


def _out(ask: Ask[Any, Any], task: kept.Callback) -> CallbackOut:
    ask.headers["ETag"] = versions.etag(task.version)
    return CallbackOut.model_validate(task)


_CLAIMS = ("conflict",)
ENDPOINTS: list[AnyEndpoint] = [
    Endpoint(
        "GET",
        "/callbacks",
        "未接回拨任务",
        list_callbacks,
        CallbackPage,
        CENTRE,
        query=CallbackQuery,
        tag=_TAG,
    ),
    Endpoint("GET", "/callbacks/counts", "未完成的回拨数", count_callbacks, CallbackCounts, CENTRE, tag=_TAG),
    Endpoint(
        "GET", "/callbacks/{task}", "一条回拨任务", get_callback, CallbackDetail, CENTRE, etag=True, tag=_TAG
    ),
    Endpoint(
        "POST",
        "/callbacks/{task}/claim",
        "领取（期间别人不再拨）",
        claim_callback,
        Claimed,
        SEATED,
        errors=_CLAIMS,
        tag=_TAG,
    ),
    Endpoint(
        "POST",
        "/callbacks/{task}/dial",
        "领取并拨打（先振自己的话机）",
        dial_callback,
        Dialling,
        SEATED,
        status=202,
        idempotency=True,
        errors=("conflict", "redis-away", "node-away"),
        tag=_TAG,
    ),
    Endpoint(
        "POST",
        "/callbacks/{task}/result",
        "报告回拨结果",
        report_callback,
        CallbackOut,
        SEATED,
        body=ResultForm,
        etag=True,
        errors=_CLAIMS,
        tag=_TAG,
    ),
    Endpoint(
        "POST",
        "/callbacks/{task}/cancel",
        "不再回拨（写明原因，记入审计）",
        cancel_callback,
        CallbackOut,
        LEADERS,
        body=CancelForm,
        etag=True,
        if_match=True,
        errors=_CLAIMS,
        tag=_TAG,
    ),
]
