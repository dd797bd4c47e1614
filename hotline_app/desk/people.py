"""Signing in and out, and who I am."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from crm import LoginRefused, Person, Role
from hotline_app.desk.endpoint import AnyEndpoint, Ask, Endpoint, Form, Nothing
from hotline_app.desk.problems import Problem
from hotline_app.desk.roles import EVERYONE
from hotline_app.desk.sessions import COOKIE

_TAG = "登录"


class Credentials(Form):
    name: Annotated[str, Field(min_length=1, max_length=64)]
    password: Annotated[str, Field(min_length=1, max_length=256)]


class Me(BaseModel):
    name: str
    role: Role
    seat: str | None
    unit: str | None
    csrf: str = Field(description="写操作须在 X-CSRF-Token 头中送回；令牌登录时为空")

    @classmethod
    def of(cls, person: Person) -> Me:
        return cls(name=person.name, role=person.role, seat=person.seat, unit=person.unit, csrf=person.csrf)


class LoggedIn(BaseModel):
    me: Me
    csrf: str


class Done(BaseModel):
    done: bool = True


async def login(ask: Ask[Credentials, Nothing]) -> LoggedIn:
    """Counts failures by name and by address before and after the password is tried."""
    deps, form = ask.deps, ask.body
    address = ask.request.remote or ""
    await deps.throttle.check(form.name, address)
    try:
        fresh = await deps.sessions.login(form.name, form.password)
    except LoginRefused:
        deps.metrics.logins.labels("refused").inc()
        await deps.throttle.failed(form.name, address)
        raise Problem(
            "login-refused",
            "用户名或密码不正确，或该用户已停用",
            remedy="请核对后重试；忘记密码请联系系统管理员",
        ) from None
    await deps.throttle.succeeded(form.name)
    deps.metrics.logins.labels("accepted").inc()
    ask.cookies.append((COOKIE, fresh.token, deps.config.session_s))
    return LoggedIn(me=Me.of(fresh.person), csrf=fresh.person.csrf)


async def logout(ask: Ask[Nothing, Nothing]) -> Done:
    """Ends this login only; a bearer token is revoked with ./hotline token, not here."""
    if not ask.who.person.token:
        await ask.deps.sessions.logout(ask.who)
    ask.cookies.append((COOKIE, "", 0))
    return Done()


async def me(ask: Ask[Nothing, Nothing]) -> Me:
    return Me.of(ask.who.person)


ENDPOINTS: list[AnyEndpoint] = [
    Endpoint(
        "POST",
        "/login",
        "登录",
        login,
        LoggedIn,
        None,
        body=Credentials,
        errors=("login-refused", "too-many"),
        tag=_TAG,
    ),
    Endpoint("POST", "/logout", "退出", logout, Done, EVERYONE, tag=_TAG),
    Endpoint("GET", "/me", "当前用户", me, Me, EVERYONE, tag=_TAG),
]
