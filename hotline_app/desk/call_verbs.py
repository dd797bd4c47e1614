"""What is done about a call from a page: pull it, move it, stop its recording for a moment, dial out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from crm import NumberKind, audit, normalise
from crm import groups as skill_groups
from hotline_app.desk.deps import Deps
from hotline_app.desk.dialling import dial, request_of
from hotline_app.desk.endpoint import AnyEndpoint, Ask, Endpoint, Form, Nothing
from hotline_app.desk.own import seat_of
from hotline_app.desk.problems import Problem, forbidden
from hotline_app.desk.roles import LEADERS, SEATED
from hotline_app.desk.supervision import Given
from seats import CallState, CallView

_TAG = "通话"
Plain = Ask[Nothing, Nothing]
Group = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,32}$")]


class MoveForm(Form):
    """The call keeps its original time of waiting."""

    groups: Annotated[list[Group], Field(min_length=1, max_length=10)]
    language: Literal["zh", "mn"]


class Moved(BaseModel):
    call_id: str
    groups: list[str]
    language: str


class DialForm(Form):
    number: Annotated[str, Field(min_length=3, max_length=32)] = Field(description="任意写法的电话号码")
    ticket_no: Annotated[str, Field(pattern=r"^[0-9]{14}$")] | None = Field(
        default=None, description="为哪张工单而打"
    )


class Dialling(BaseModel):
    call_id: str
    ticket_no: str | None
    seat: str
    callee_masked: str


class RecordingOut(BaseModel):
    call_id: str
    recording: Literal["on", "paused"]


async def pull(ask: Plain) -> Given:
    """A waiting caller comes to the leader's own seat, before everybody else."""
    call_id, who, deps = ask.path("id"), ask.who, ask.deps
    seat = seat_of(who, "接听")
    call = await _known(deps, call_id)
    if call.state is CallState.TALKING:
        raise Problem(
            "conflict",
            "这通电话已有坐席在接听",
            field="state",
            value=call.state.value,
            remedy="要接过来请用“接管”",
        )
    await audit.note(deps.store, who.name, "call.pull", call_id, {"seat": seat})
    if await deps.acd.assign(call_id, seat, by=who.name) is None:
        raise _over(call_id)
    return Given(call_id=call_id, seat=seat)


async def move(ask: Ask[MoveForm, Nothing]) -> Moved:
    call_id, who, deps, form = ask.path("id"), ask.who, ask.deps, ask.body
    known = {group.code for group in await skill_groups.groups(deps.store, active_only=True)}
    for code in form.groups:
        if code not in known:
            raise Problem(
                "invalid",
                "没有这个技能组，或它已停用",
                field="groups",
                value=code,
                remedy="请从列表中选择",
            )
    await audit.note(
        deps.store, who.name, "call.move", call_id, {"groups": form.groups, "language": form.language}
    )
    call = await _known(deps, call_id)
    data = {"call_id": call_id, "groups": form.groups, "language": form.language}
    await deps.ordering.ask(call.node, "move", data, by=who.name)
    return Moved(call_id=call_id, groups=form.groups, language=form.language)


async def record_pause(ask: Plain) -> RecordingOut:
    """While a caller says a secret (a card's number, a password); the gap stands in the call's marks."""
    await _recording(ask, "record-pause")
    return RecordingOut(call_id=ask.path("id"), recording="paused")


async def record_resume(ask: Plain) -> RecordingOut:
    await _recording(ask, "record-resume")
    return RecordingOut(call_id=ask.path("id"), recording="on")


async def _recording(ask: Plain, order: str) -> None:
    call_id, who, deps = ask.path("id"), ask.who, ask.deps
    call = await _known(deps, call_id)
    if who.role not in LEADERS and (who.seat is None or call.seat != who.seat):
        raise forbidden("只能暂停自己正在接听的通话的录音")
    if call.state is not CallState.TALKING:
        raise Problem(
            "conflict",
            "通话尚未接通或已经结束，没有录音可以暂停",
            field="state",
            value=call.state.value,
            remedy="请在通话中操作",
        )
    await audit.note(deps.store, who.name, f"call.{order}", call_id)
    await deps.ordering.ask(call.node, order, {"call_id": call_id}, by=who.name)


async def dial_out(ask: Ask[DialForm, Nothing]) -> Dialling:
    """The seat's own phone rings first, then the number is called.  With an Idempotency-Key once a minute."""
    who, deps, form = ask.who, ask.deps, ask.body
    seat = seat_of(who, "外呼")
    number = normalise(form.number, deps.config.area_code)
    if number.kind is NumberKind.UNKNOWN:
        raise Problem("invalid", "这不是一个能拨打的电话号码", field="number", remedy="请核对后重新输入")
    told = {"to": number.masked, "ticket": form.ticket_no}
    await audit.note(deps.store, who.name, "call.dial-out", seat, told)
    request_id = request_of(who.name, ask.request.headers.get("Idempotency-Key"))
    made = await dial(deps, seat=seat, number=number, by=who.name, request_id=request_id)
    return Dialling(call_id=made.call_id, ticket_no=made.ticket_no, seat=seat, callee_masked=number.masked)


async def _known(deps: Deps, call_id: str) -> CallView:
    call = await deps.acd.call(call_id)
    if call is None:
        raise _over(call_id)
    return call


def _over(call_id: str) -> Problem:
    return Problem("conflict", "这通电话已经结束", field="id", value=call_id, remedy="请以页面显示的状态为准")


_MOVES = ("conflict", "redis-away")
_ORDERED = ("conflict", "redis-away", "node-away")
ENDPOINTS: list[AnyEndpoint] = [
    Endpoint(
        "POST",
        "/calls",
        "外呼",
        dial_out,
        Dialling,
        SEATED,
        body=DialForm,
        status=202,
        idempotency=True,
        errors=_ORDERED,
        tag=_TAG,
    ),
    Endpoint(
        "POST",
        "/calls/{id}/pull",
        "抢接（到我的坐席）",
        pull,
        Given,
        LEADERS,
        status=202,
        errors=_MOVES,
        tag=_TAG,
    ),
    Endpoint(
        "POST",
        "/calls/{id}/move",
        "转到其他技能组排队",
        move,
        Moved,
        LEADERS,
        body=MoveForm,
        errors=_ORDERED,
        tag=_TAG,
    ),
    Endpoint(
        "POST",
        "/calls/{id}/record-pause",
        "暂停录音",
        record_pause,
        RecordingOut,
        SEATED,
        errors=_ORDERED,
        tag=_TAG,
    ),
    Endpoint(
        "POST",
        "/calls/{id}/record-resume",
        "恢复录音",
        record_resume,
        RecordingOut,
        SEATED,
        errors=_ORDERED,
        tag=_TAG,
    ),
]
