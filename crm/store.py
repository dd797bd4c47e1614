"""The database: one URL, its engine, its schema brought up to date, and two ways in: read and write."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from crm import migrate, seed
from crm.errors import StoreUnavailable
from crm.vault import Vault

# Every writer of every process passes this gate, so that both databases have one writer at a time: no
# deadlocks, and a ticket sequence without gaps.  The number is only a name ("12345").
POSTGRES_GATE = 12_345
_WRITE = "hotline_write"
_WAL_S = 5.0
_AWAY = (OperationalError, DBAPIError, OSError, TimeoutError)


class Store:
    """Holds engine and vault.  Made by `open`; `close` when done."""

    def __init__(self, engine: AsyncEngine, vault: Vault, state_dir: Path) -> None:
        self.engine = engine
        self.vault = vault
        self.state_dir = state_dir
        self.ready = False

    @classmethod
    async def open(cls, url: str, *, vault: Vault, state_dir: Path, tolerate_away: bool = False) -> "Store":
        """Connect, migrate to head, seed an empty directory.

        `sqlite:///path` and `postgresql://…` (with or without a driver) are understood.
        Raises StoreUnavailable when the database is away, unless `tolerate_away`: then `ready` stays
        False until a later `prepare()` succeeds, which the ledger's prober takes care of.
        """
        await asyncio.to_thread(state_dir.mkdir, parents=True, exist_ok=True)
        store = cls(_engine(url), vault, state_dir)
        try:
            await store.prepare()
        except StoreUnavailable as away:
            if not tolerate_away:
                await store.close()
                raise
            structlog.get_logger().warning("store.away_at_start", reason=away.detail)
        return store

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    async def prepare(self) -> None:
        """Migrate and seed, once.  Safe to repeat and to run from several processes."""
        if self.ready:
            return
        if self.is_sqlite and self.engine.url.database:
            await asyncio.to_thread(_set_wal, self.engine.url.database)
        async with self.write() as connection:
            await connection.run_sync(_prepare)
        self.ready = True

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A consistent read.  Raises StoreUnavailable when the database is away."""
        async with self._connection(write=False) as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that excludes every other writer; commits at the end.  Keep it short."""
        async with self._connection(write=True) as connection:
            if not self.is_sqlite:
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({POSTGRES_GATE})"))
            yield connection

    @asynccontextmanager
    async def _connection(self, *, write: bool) -> AsyncIterator[AsyncConnection]:
        try:
            async with self.engine.connect() as connection:
                await connection.execution_options(**{_WRITE: write})
                async with connection.begin():
                    yield connection
        except _AWAY as error:
            if isinstance(error, DBAPIError) and not _is_away(error):
                raise
            raise _unavailable(error) from error

    async def close(self) -> None:
        await self.engine.dispose()


def _prepare(connection: Connection) -> None:
    migrate.upgrade(connection)
    seed.directory(connection)


def _is_away(error: DBAPIError) -> bool:
    return isinstance(error, OperationalError) or error.connection_invalidated or _starting(error)


def _starting(error: DBAPIError) -> bool:
    # PostgreSQL: 08 connection, 53 out of resources (disk full), 55P03 lock not available, 57 shutting down.
    state = str(getattr(error.orig, "sqlstate", "") or "")
    return state[:2] in ("08", "53", "57") or state == "55P03" or error.statement is None


def _unavailable(error: BaseException) -> StoreUnavailable:
    cause = getattr(error, "orig", None) or error
    return StoreUnavailable(f"数据库暂时不可用（{type(cause).__name__}: {cause}）")


def _engine(url: str) -> AsyncEngine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_async_engine(
            parsed.set(drivername="sqlite+aiosqlite"), connect_args={"timeout": 5.0}, pool_size=4
        )
        _teach_sqlite(engine.sync_engine)
        return engine
    return create_async_engine(
        parsed.set(drivername="postgresql+asyncpg"),
        pool_size=4,
        pool_pre_ping=True,
        connect_args={
            "timeout": 3.0,
            "command_timeout": 10.0,
            "server_settings": {"lock_timeout": "5000", "application_name": "hotline"},
        },
    )


def _teach_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        # The driver must not open transactions by itself: `begun` below decides which kind.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in SQLITE_PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        write = connection.get_execution_options().get(_WRITE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


# FULL: with WAL, NORMAL would let a power cut undo a commit that a caller was already told about.
SQLITE_PRAGMAS = ("PRAGMA synchronous=FULL",)


def _set_wal(path: str) -> None:
    """The file keeps this mode for good.  Of several processes that begin with an empty file, SQLite tells
    all but one at once that it is locked, whatever their patience: asked again until it is done."""
    deadline = time.monotonic() + _WAL_S
    while True:
        try:
            connection = sqlite3.connect(path, isolation_level=None)
            try:
                connection.execute("PRAGMA journal_mode=WAL")
            finally:
                connection.close()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise _unavailable(error) from error
            time.sleep(0.02)
        else:
            return
