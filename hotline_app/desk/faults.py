"""What the layers below raise, as problems."""

from __future__ import annotations

from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from crm import (
    CallNotFound,
    CrmError,
    CursorInvalid,
    FieldInvalid,
    IllegalTransition,
    LedgerUnavailable,
    StoreUnavailable,
    TicketNotFound,
    UserExists,
    UserNotFound,
    VersionConflict,
)
from crm.errors import AlreadyClaimed, ClaimLost, RowNotFound
from hotline_app.desk.deps import Deps
from hotline_app.desk.health import DATABASE, REDIS
from hotline_app.desk.problems import Problem, database_away, not_found, redis_away
from seats import AcdUnavailable, RefusedTransition

_NOT_FOUND = {CallNotFound: "通话", TicketNotFound: "工单", UserNotFound: "用户"}
_STATES = {
    "signed_out": "未签入",
    "ready": "空闲",
    "not_ready": "示忙",
    "reserved": "待振铃",
    "ringing": "振铃中",
    "talking": "通话中",
    "wrap_up": "话后整理",
}


def as_problem(fault: Exception, deps: Deps) -> Problem | None:
    """The problem for a known fault, None for one nobody foresaw."""
    if isinstance(fault, Problem):
        return fault
    if isinstance(fault, AcdUnavailable | RedisError):
        deps.health.report(REDIS, False, type(fault).__name__)
        return redis_away()
    if isinstance(fault, StoreUnavailable | LedgerUnavailable | PoolTimeout) or (
        isinstance(fault, DBAPIError) and (fault.connection_invalidated or _is_away(fault))
    ):
        deps.health.report(DATABASE, False, type(fault).__name__)
        return database_away()
    if isinstance(fault, RefusedTransition):
        return _refused(fault)
    return _of_crm(fault) if isinstance(fault, CrmError) else None


def _refused(fault: RefusedTransition) -> Problem:
    """Why the seat could not: its phone, if the event says so, else its state."""
    state = _STATES.get(str(fault.from_state), str(fault.from_state))
    detail, remedy = f"坐席 {fault.seat} 现在是“{state}”，不能这样操作", "请以页面显示的坐席状态为准"
    if fault.event.endswith("_unregistered"):
        detail, remedy = f"坐席 {fault.seat} 的话机没有注册", "请先让话机上线"
    elif fault.event.endswith("_engaged"):
        detail, remedy = f"坐席 {fault.seat} 的话机正在使用", "请先挂断话机"
    elif fault.event == "wrap_up_extend" and fault.from_state == "wrap_up":
        detail, remedy = f"坐席 {fault.seat} 的话后整理不能再延长", "每次整理只能延长一次；来不及请改为示忙"
    return Problem("conflict", detail, field="state", value=str(fault.from_state), remedy=remedy)


def _is_away(fault: DBAPIError) -> bool:
    """A database that is locked, full or refusing; not a query that is wrong."""
    return type(fault).__name__ in {"OperationalError", "InterfaceError"}


def _of_crm(fault: CrmError) -> Problem | None:
    for kind, what in _NOT_FOUND.items():
        if isinstance(fault, kind):
            return not_found(what, fault.value or "")
    if isinstance(fault, VersionConflict):
        return Problem(
            "changed",
            fault.detail,
            field=fault.field,
            value=fault.value,
            remedy="请重新读取后再修改",
            headers={"ETag": f'"{fault.current}"'},
        )
    if isinstance(fault, RowNotFound):
        return Problem("not-found", fault.detail, field=fault.field, value=fault.value, remedy=_again(fault))
    if isinstance(fault, FieldInvalid):
        remedy = fault.remedy or "请更正此项"
        return Problem("invalid", fault.detail, field=fault.field, value=fault.value, remedy=remedy)
    if isinstance(fault, CursorInvalid):
        return Problem("invalid", fault.detail, field="cursor", remedy="请从第一页重新读取")
    if isinstance(fault, IllegalTransition | UserExists | AlreadyClaimed | ClaimLost):
        return Problem("conflict", fault.detail, field=fault.field, value=fault.value, remedy=_again(fault))
    return None


def _again(fault: CrmError) -> str:
    return fault.remedy or "请刷新后再操作"
