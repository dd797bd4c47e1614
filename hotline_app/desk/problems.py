"""Errors as RFC 9457 problem details: what is wrong, where, and what to do, in Chinese."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web
from pydantic import BaseModel, Field

from hotline_app.logs import mask

MEDIA_TYPE = "application/problem+json"
_VALUE_LIMIT = 80

# type → (status, title)
KINDS: Mapping[str, tuple[int, str]] = {
    "malformed": (400, "请求无法读懂"),
    "not-signed-in": (401, "尚未登录"),
    "login-refused": (401, "用户名或密码不正确"),
    "forbidden": (403, "没有权限"),
    "csrf": (403, "页面已过期"),
    "not-found": (404, "没有找到"),
    "method": (405, "不支持这种操作"),
    "conflict": (409, "当前状态不允许"),
    "in-progress": (409, "同一请求正在处理"),
    "changed": (412, "内容已被他人修改"),
    "too-large": (413, "内容过大"),
    "media-type": (415, "内容格式不支持"),
    "range": (416, "所要的片段不存在"),
    "invalid": (422, "填写有误"),
    "precondition": (428, "缺少版本号"),
    "too-many": (429, "尝试过于频繁"),
    "internal": (500, "系统内部错误"),
    "database-away": (503, "数据库暂时不可用"),
    "redis-away": (503, "坐席服务暂时不可用"),
    "not-spoken": (503, "语音没有合成"),
    "node-away": (503, "电话节点暂时不可用"),
}


class ProblemBody(BaseModel):
    """The body of every error answer."""

    type: str = Field(description="错误种类，稳定不变")
    title: str
    status: int
    detail: str
    field: str | None = Field(default=None, description="出错的字段")
    value: str | None = Field(default=None, description="出错的值（号码已脱敏）")
    remedy: str | None = Field(default=None, description="怎样改正")


class Problem(Exception):
    """Raise it anywhere below a request; the door turns it into an answer.

    `kind` is a key of KINDS; `headers` go out with the answer (Retry-After, Allow, ETag).
    """

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        field: str | None = None,
        value: str | None = None,
        remedy: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.status, self.title = KINDS[kind]
        self.detail = detail
        self.field = field
        self.value = None if value is None else mask(value)[:_VALUE_LIMIT]
        self.remedy = remedy
        self.headers = dict(headers or {})

    def body(self) -> ProblemBody:
        return ProblemBody(
            type=f"urn:hotline:problem:{self.kind}",
            title=self.title,
            status=self.status,
            detail=self.detail,
            field=self.field,
            value=self.value,
            remedy=self.remedy,
        )

    def response(self) -> web.Response:
        return web.Response(
            text=self.body().model_dump_json(exclude_none=True),
            status=self.status,
            content_type=MEDIA_TYPE,
            headers=self.headers,
        )


def not_found(what: str, value: str) -> Problem:
    return Problem("not-found", f"没有这个{what}", value=value, remedy="请核对编号，或回到列表重新选择")


def forbidden(detail: str = "您的角色不能做这项操作") -> Problem:
    return Problem("forbidden", detail, remedy="如确有需要，请联系班长或系统管理员")


def database_away() -> Problem:
    return Problem(
        "database-away",
        "工单与通话记录暂时读写不了，来电仍在正常接听，稍后自动补录",
        remedy="请稍候重试；持续一分钟以上请通知系统管理员检查数据库",
        headers={"Retry-After": "5"},
    )


def redis_away() -> Problem:
    return Problem(
        "redis-away",
        "坐席状态暂时读写不了，来电由交换机的备用队列接听",
        remedy="请稍候重试；持续一分钟以上请通知系统管理员检查 Redis",
        headers={"Retry-After": "5"},
    )
