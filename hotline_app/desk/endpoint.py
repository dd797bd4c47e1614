"""One declaration a route: the server, its checks and the OpenAPI document all read the same one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from crm import Role
from hotline_app.desk.problems import Problem

if TYPE_CHECKING:
    from hotline_app.desk.deps import Deps
    from hotline_app.desk.sessions import Session


class Nothing(BaseModel):
    """No body, no query."""

    model_config = ConfigDict(extra="forbid")


class Form(BaseModel):
    """A body from outside: unknown fields are errors, so that a misspelt one is not silently dropped."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


BodyT = TypeVar("BodyT", bound=BaseModel)
QueryT = TypeVar("QueryT", bound=BaseModel)
AnswerT = TypeVar("AnswerT", bound=BaseModel)


@dataclass(slots=True)
class Ask(Generic[BodyT, QueryT]):
    """A checked request as a handler sees it."""

    request: web.Request
    deps: Deps
    session: Session | None
    body: BodyT
    query: QueryT
    headers: dict[str, str] = field(default_factory=dict)
    cookies: list[tuple[str, str, int]] = field(default_factory=list)  # name, value, max-age in seconds
    status: int | None = None

    @property
    def who(self) -> Session:
        """The signed-in person; routes with roles always have one."""
        if self.session is None:
            raise Problem("not-signed-in", "请先登录", remedy="请登录后再试")
        return self.session

    def path(self, name: str) -> str:
        return self.request.match_info[name]


@dataclass(frozen=True, slots=True)
class Endpoint(Generic[BodyT, QueryT, AnswerT]):
    """`path` is below /api/v1.  `roles` None means public.  `errors` are kinds of problems.KINDS beyond the
    ones that follow from the declaration itself."""

    method: str
    path: str
    summary: str
    handler: Callable[[Ask[BodyT, QueryT]], Awaitable[AnswerT]]
    answer: type[AnswerT]
    roles: frozenset[Role] | None
    body: type[BodyT] = Nothing  # type: ignore[assignment]
    query: type[QueryT] = Nothing  # type: ignore[assignment]
    status: int = 200
    etag: bool = False
    if_match: bool = False
    idempotency: bool = False
    errors: tuple[str, ...] = ()
    tag: str = ""

    @property
    def has_body(self) -> bool:
        return self.body is not Nothing

    @property
    def has_query(self) -> bool:
        return self.query is not Nothing


AnyEndpoint = Endpoint[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class RawEndpoint:
    """A route that does not answer JSON (a recording, the event stream); documented all the same."""

    path: str
    summary: str
    handler: Callable[[web.Request, Deps, Session], Awaitable[web.StreamResponse]]
    roles: frozenset[Role]
    media_type: str
    status: int = 200
    query: type[BaseModel] = Nothing
    errors: tuple[str, ...] = ()
    tag: str = ""
