"""Every request enters here: identity, role, CSRF, form, handler; every error leaves as a problem."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ValidationError

from crm import Role
from hotline_app.desk import asked, wording
from hotline_app.desk.deps import Deps
from hotline_app.desk.endpoint import AnyEndpoint, Ask, Nothing, RawEndpoint
from hotline_app.desk.faults import as_problem
from hotline_app.desk.headers import SECURITY
from hotline_app.desk.problems import Problem, forbidden, not_found
from hotline_app.desk.sessions import COOKIE, Session

PREFIX = "/api/v1"
_USER = web.RequestKey("user", str)
_SAFE = frozenset({"GET", "HEAD"})
# What a name in a path may look like: anything else cannot exist, and nothing deeper has to guard against it.
_NAMES = {
    "ext": ("坐席", re.compile(r"\d{1,12}", re.ASCII)),
    "id": ("通话", re.compile(r"[\w.:@-]{1,150}", re.ASCII)),
    "no": ("工单", re.compile(r"\d{14}", re.ASCII)),
    "message": ("消息", re.compile(r"[0-9a-f]{32}", re.ASCII)),
    "code": ("代码", re.compile(r"[a-z0-9][a-z0-9_-]{0,31}", re.ASCII)),
    "num": ("记录", re.compile(r"\d{1,18}", re.ASCII)),
    "task": ("回拨任务", re.compile(r"[\w.:@-]{1,160}", re.ASCII)),
    "track": ("录音", re.compile(r"caller|seat|both|voicemail")),
}


def mount(
    app: web.Application, deps: Deps, endpoints: Sequence[AnyEndpoint], raw: Sequence[RawEndpoint]
) -> None:
    """Puts the declared routes into the application."""
    for endpoint in endpoints:
        app.router.add_route(endpoint.method, PREFIX + endpoint.path, _served(deps, endpoint))
    for route in raw:
        app.router.add_get(PREFIX + route.path, _streamed(deps, route), allow_head=False)


async def missing(request: web.Request) -> web.StreamResponse:
    """Every other address below /api: the wrong method, or nothing there."""
    allowed: set[str] = set()
    for resource in request.app.router.resources():
        if resource.canonical.startswith(f"{PREFIX}/"):
            _, methods = await resource.resolve(request)
            allowed |= methods
    if not allowed:
        raise not_found("地址", request.path)
    raise web.HTTPMethodNotAllowed(request.method, sorted(allowed))


def _check_names(request: web.Request) -> None:
    for name, value in request.match_info.items():
        what, pattern = _NAMES[name]
        if not pattern.fullmatch(value):
            raise not_found(what, value)


def _served(deps: Deps, endpoint: AnyEndpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def serve(request: web.Request) -> web.StreamResponse:
        session = await admit(deps, request, endpoint.roles)
        _check_names(request)
        ask: Ask[Any, Any] = Ask(
            request=request,
            deps=deps,
            session=session,
            body=await _body(request, endpoint),
            query=Nothing() if endpoint.query is Nothing else asked.query(request, endpoint.query),
        )
        answer = await endpoint.handler(ask)
        response = web.Response(
            text=answer.model_dump_json(by_alias=True),
            status=ask.status or endpoint.status,
            content_type="application/json",
            headers={"Cache-Control": "no-store", **ask.headers},
        )
        for name, value, age_s in ask.cookies:
            response.set_cookie(
                name,
                value,
                max_age=age_s,
                path="/",
                httponly=True,
                samesite="Strict",
                secure=deps.config.secure_cookie,
            )
        return response

    return serve


def _streamed(deps: Deps, route: RawEndpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def serve(request: web.Request) -> web.StreamResponse:
        session = await admit(deps, request, route.roles)
        assert session is not None
        _check_names(request)
        return await route.handler(request, deps, session)

    return serve


async def admit(deps: Deps, request: web.Request, roles: frozenset[Role] | None) -> Session | None:
    """Who asks.  Raises the 401, 403 or 503 problem; None on a public route."""
    if roles is None:
        return None
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        session = await deps.sessions.of_token(token.strip())
    else:
        session = await deps.sessions.of_cookie(request.cookies.get(COOKIE, ""))
    if session is None:
        raise Problem("not-signed-in", "尚未登录，或登录已过期", remedy="请重新登录")
    request[_USER] = session.name
    if session.role not in roles:
        raise forbidden()
    if request.method not in _SAFE and not session.csrf_fits(request.headers.get("X-CSRF-Token", "")):
        raise Problem("csrf", "请求缺少有效的页面令牌（X-CSRF-Token）", remedy="请刷新页面后重试")
    return session


async def _body(request: web.Request, endpoint: AnyEndpoint) -> BaseModel:
    if not endpoint.has_body:
        return Nothing()
    if request.content_type != "application/json":
        raise Problem(
            "media-type",
            "请求内容应为 JSON",
            field="Content-Type",
            value=request.content_type,
            remedy="请以 Content-Type: application/json 提交",
        )
    try:
        body: BaseModel = endpoint.body.model_validate_json(await request.read())
    except ValidationError as error:
        raise wording.problem(error) from None
    return body


def guard(deps: Deps) -> Any:
    """The middleware around everything: problems, security headers, latency, one log line a request."""

    @web.middleware
    async def middleware(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        began = time.perf_counter()
        try:
            response = await handler(request)
        except web.HTTPException as refusal:
            response = _refused(request, refusal).response()
        except Exception as fault:
            found = as_problem(fault, deps)
            if found is None:
                deps.log.exception("request failed", route=_route(request), method=request.method)
                found = Problem(
                    "internal", "系统处理这个请求时出错，已记录", remedy="请重试；仍然出错请联系系统管理员"
                )
            response = found.response()
        if not response.prepared:
            response.headers.update({k: v for k, v in SECURITY.items() if k not in response.headers})
        seconds = time.perf_counter() - began
        if response.status != 101:  # an event stream lasts a shift
            labels = (request.method, _route(request), str(response.status))
            deps.metrics.latency.labels(*labels).observe(seconds)
        deps.log.info(
            "request",
            method=request.method,
            route=_route(request),
            status=response.status,
            ms=round(seconds * 1000, 1),
            user=request.get(_USER),
        )
        return response

    return middleware


def _route(request: web.Request) -> str:
    """The route's template: paths themselves may hold call ids and would make endless labels."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "none"


def _refused(request: web.Request, refusal: web.HTTPException) -> Problem:
    """aiohttp's own refusals in our form."""
    if refusal.status == 404:
        return not_found("地址", request.path)
    if refusal.status == 405:
        return Problem(
            "method",
            f"此地址不支持 {request.method}",
            remedy=f"可用：{refusal.headers.get('Allow', '')}",
            headers={"Allow": refusal.headers.get("Allow", "")},
        )
    if refusal.status == 413:
        return Problem("too-large", "请求内容超过上限", remedy="请缩短内容后再提交")
    return Problem("malformed", "请求无法读懂", remedy="请核对地址与内容")
