"""Who is signed in.  The truth is in the database; a short memory saves a query a request and lets the seats
go on working while the database is away."""

from __future__ import annotations

import hmac
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from crm import Login, People, Person, Role, StoreUnavailable
from hotline_app.desk.health import DATABASE, Health

COOKIE = "hl_session"
# A logout or a changed role is known to the other desks after this many seconds at the latest.
_FRESH_S = 5.0
_LONGEST_TOKEN = 200


@dataclass(frozen=True, slots=True)
class Session:
    """One signed-in person, or a script with a token (then `token` is the bearer's)."""

    person: Person
    token: str = field(repr=False)

    @property
    def name(self) -> str:
        return self.person.name

    @property
    def role(self) -> Role:
        return self.person.role

    @property
    def seat(self) -> str | None:
        return self.person.seat

    def csrf_fits(self, given: str) -> bool:
        """A bearer's token is never sent by a browser on its own, so it needs no second proof."""
        return self.person.token or hmac.compare_digest(given.encode(), self.person.csrf.encode())


class Sessions:
    """Finds the person behind a cookie or a bearer token.

    Raises StoreUnavailable when the database is away and the person was not seen within `grace_s` seconds."""

    def __init__(self, people: People, health: Health, *, grace_s: float) -> None:
        self._people = people
        self._health = health
        self._grace_s = grace_s
        self._seen: dict[str, tuple[Session, float]] = {}

    async def login(self, name: str, password: str) -> Login:
        """Raises LoginRefused."""
        return await self._people.login(name, password)

    async def logout(self, session: Session) -> None:
        await self._people.logout(session.token)
        self._seen.pop(session.token, None)

    async def of_cookie(self, token: str) -> Session | None:
        return await self._find(token, self._people.session)

    async def of_token(self, token: str) -> Session | None:
        return await self._find(token, self._people.bearer)

    async def still(self, session: Session) -> bool:
        """Whether the login behind an open event stream is still good; in doubt (database away) yes."""
        find = self.of_token if session.person.token else self.of_cookie
        try:
            return await find(session.token) is not None
        except StoreUnavailable:
            return True

    async def _find(self, token: str, ask: Callable[[str], Awaitable[Person | None]]) -> Session | None:
        if not token or len(token) > _LONGEST_TOKEN:
            return None
        now = time.monotonic()
        known, at = self._seen.get(token, (None, 0.0))
        fresh_s = _FRESH_S if self._health.up[DATABASE] else self._grace_s
        if known is not None and now - at < fresh_s:
            return known
        try:
            person = await ask(token)
        except StoreUnavailable:
            if known is not None and now - at < self._grace_s:
                return known
            raise
        if person is None:
            self._seen.pop(token, None)
            return None
        self._forget_old(now)
        session = Session(person, token)
        self._seen[token] = (session, now)
        return session

    def _forget_old(self, now: float) -> None:
        """Tokens nobody used for the grace time go, so that the memory stays as large as the hall."""
        if len(self._seen) >= 1024:
            self._seen = {k: v for k, v in self._seen.items() if now - v[1] < self._grace_s}
