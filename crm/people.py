"""Users, their logins and scripts' tokens.  Passwords as argon2 hashes, tokens as keyed hashes."""

import asyncio
import secrets
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from crm import audit
from crm.errors import FieldInvalid, LoginRefused, UserExists, UserNotFound
from crm.models import ApiToken, Session, User
from crm.store import Store
from crm.types import Role, now_ms

SHORTEST_PASSWORD = 8


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts: a user, or a script with a token (then `token` is True and `seat`, `unit` are None)."""

    name: str
    role: Role
    seat: str | None
    unit: str | None
    csrf: str = ""
    token: bool = False


@dataclass(frozen=True, slots=True)
class Login:
    """A fresh session.  `token` goes into the cookie and is kept nowhere else."""

    person: Person
    token: str
    expires_at: int


class People:
    """Made once a process.  Methods raise StoreUnavailable when the database is away."""

    def __init__(
        self, store: Store, *, session_s: int = 12 * 3600, hasher: PasswordHasher | None = None
    ) -> None:
        self._store = store
        self._session_ms = session_s * 1000
        self._hasher = hasher or PasswordHasher()
        # Checked when the name is unknown, so that the answer takes as long as for a known one.
        self._decoy = self._hasher.hash(secrets.token_urlsafe())

    async def add(
        self, name: str, password: str, role: Role | str, *, unit: str | None = None, seat: str | None = None,
        actor: str = "cli",
    ) -> Person:  # fmt: skip
        """Raises UserExists, FieldInvalid."""
        if not name or len(name) > 64 or name != name.strip() or not name.isprintable():
            raise FieldInvalid("用户名应为 1 至 64 个字符，首尾不能有空格", field="name", value=name[:80])
        known = _role(role)
        row = {
            "name": name, "role": known.value, "unit": unit, "seat": seat,
            "password_hash": await self._hash(password), "active": True, "created_at": now_ms(),
        }  # fmt: skip
        try:
            async with self._store.write() as connection:
                await connection.execute(insert(User), row)
                await audit.note_within(connection, actor, "user.add", name, {"role": known.value})
        except IntegrityError as error:
            raise UserExists(f"用户 {name} 已存在", field="name", value=name) from error
        return Person(name, known, seat, unit)

    async def set_password(self, name: str, password: str, *, actor: str) -> None:
        """Also ends the user's sessions.  Raises UserNotFound, FieldInvalid."""
        hashed = await self._hash(password)
        async with self._store.write() as connection:
            changed = await connection.execute(
                update(User).where(User.name == name).values(password_hash=hashed)
            )
            if not changed.rowcount:
                raise UserNotFound(f"没有用户 {name[:64]}", field="name", value=name[:64])
            await connection.execute(delete(Session).where(Session.user == name))
            await audit.note_within(connection, actor, "user.password", name)

    async def disable(self, name: str, *, actor: str) -> None:
        """The user can no longer log in; sessions end.  Raises UserNotFound."""
        async with self._store.write() as connection:
            changed = await connection.execute(update(User).where(User.name == name).values(active=False))
            if not changed.rowcount:
                raise UserNotFound(f"没有用户 {name[:64]}", field="name", value=name[:64])
            await connection.execute(delete(Session).where(Session.user == name))
            await audit.note_within(connection, actor, "user.disable", name)

    async def all(self) -> list[Person]:
        """The active users by name."""
        async with self._store.read() as connection:
            rows = await connection.execute(
                select(User.name, User.role, User.seat, User.unit).where(User.active).order_by(User.name)
            )
            return [Person(name, Role(role), seat, unit) for name, role, seat, unit in rows]

    async def login(self, name: str, password: str) -> Login:
        """Raises LoginRefused, the same for an unknown name and a wrong password; both are audited."""
        async with self._store.read() as connection:
            row = (
                await connection.execute(
                    select(User.name, User.role, User.seat, User.unit, User.password_hash).where(
                        User.name == name.replace("\0", ""), User.active
                    )
                )
            ).first()
        right = await asyncio.to_thread(self._verify, row.password_hash if row else self._decoy, password)
        if row is None or not right:
            await audit.note(self._store, "anonymous", "login.refused", row.name if row else "?")
            raise LoginRefused("用户名或密码不正确")
        token, csrf, now = secrets.token_urlsafe(32), secrets.token_urlsafe(24), now_ms()
        expires = now + self._session_ms
        async with self._store.write() as connection:
            await connection.execute(delete(Session).where(Session.expires_at < now))
            await connection.execute(
                insert(Session),
                {"token_hash": self._key(token), "user": row.name, "csrf": csrf, "created_at": now,
                 "expires_at": expires},
            )  # fmt: skip
            await audit.note_within(connection, row.name, "login", row.name)
        return Login(Person(row.name, Role(row.role), row.seat, row.unit, csrf), token, expires)

    async def session(self, token: str) -> Person | None:
        """Whose session this is; None when unknown, expired, or its user disabled."""
        async with self._store.read() as connection:
            row = (
                await connection.execute(
                    select(User.name, User.role, User.seat, User.unit, Session.csrf)
                    .join_from(Session, User, User.name == Session.user)
                    .where(Session.token_hash == self._key(token), Session.expires_at > now_ms(), User.active)
                )
            ).first()
        return None if row is None else Person(row.name, Role(row.role), row.seat, row.unit, row.csrf)

    async def logout(self, token: str) -> None:
        async with self._store.write() as connection:
            await connection.execute(delete(Session).where(Session.token_hash == self._key(token)))

    async def issue_token(
        self, name: str, role: Role | str, *, expires_at: int | None = None, actor: str = "cli"
    ) -> str:
        """A bearer token for a script; shown once.  `expires_at` in epoch ms, None for never."""
        token, known = f"hl_{secrets.token_urlsafe(32)}", _role(role)
        async with self._store.write() as connection:
            await connection.execute(
                insert(ApiToken),
                {"token_hash": self._key(token), "name": name, "role": known.value, "created_at": now_ms(),
                 "expires_at": expires_at, "revoked_at": None},
            )  # fmt: skip
            await audit.note_within(connection, actor, "token.issue", name, {"role": known.value})
        return token

    async def bearer(self, token: str) -> Person | None:
        """Who this token acts as; None when unknown, expired or revoked."""
        async with self._store.read() as connection:
            row = (
                await connection.execute(
                    select(ApiToken.name, ApiToken.role).where(
                        ApiToken.token_hash == self._key(token),
                        ApiToken.revoked_at.is_(None),
                        or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now_ms()),
                    )
                )
            ).first()
        return None if row is None else Person(row.name, Role(row.role), None, None, token=True)

    async def revoke_token(self, name: str, *, actor: str) -> int:
        """Revoke every token of that name; how many there were."""
        async with self._store.write() as connection:
            done = await connection.execute(
                update(ApiToken)
                .where(ApiToken.name == name, ApiToken.revoked_at.is_(None))
                .values(revoked_at=now_ms())
            )
            await audit.note_within(connection, actor, "token.revoke", name)
            return done.rowcount

    def _key(self, token: str) -> str:
        return self._store.vault.lookup(token.encode(errors="replace").decode(), "token")

    async def _hash(self, password: str) -> str:
        if len(password) < SHORTEST_PASSWORD:
            raise FieldInvalid(f"密码至少 {SHORTEST_PASSWORD} 位", field="password")
        return await asyncio.to_thread(self._hasher.hash, password)

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError, UnicodeEncodeError):
            return False


def _role(role: Role | str) -> Role:
    try:
        return Role(role)
    except ValueError as error:
        allowed = "、".join(Role)
        raise FieldInvalid(f"没有这个角色，可选：{allowed}", field="role", value=str(role)[:40]) from error
