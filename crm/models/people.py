"""Users, their sessions, scripts' tokens, and the audit."""

from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import COUNTED, Base


class User(Base):
    __tablename__ = "users"
    name: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    unit: Mapped[str | None]
    seat: Mapped[str | None]
    password_hash: Mapped[str]
    active: Mapped[bool]
    created_at: Mapped[int]


class Session(Base):
    """A browser's login.  Only the token's keyed hash is kept."""

    __tablename__ = "sessions"
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column(index=True)
    csrf: Mapped[str]
    created_at: Mapped[int]
    expires_at: Mapped[int]


class ApiToken(Base):
    """A script's bearer token; only its keyed hash is kept."""

    __tablename__ = "api_tokens"
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    role: Mapped[str]
    created_at: Mapped[int]
    expires_at: Mapped[int | None]
    revoked_at: Mapped[int | None]


class Audit(Base):
    """Who did or saw what.  Append-only: a trigger refuses change and removal."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(COUNTED, primary_key=True)
    at: Mapped[int] = mapped_column(index=True)
    actor: Mapped[str]
    action: Mapped[str]
    object: Mapped[str]
    data: Mapped[str]
