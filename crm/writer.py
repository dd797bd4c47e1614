"""The ledger's own connection: one batch, one transaction, one commit."""

import asyncio
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import asyncpg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.entries import Entry
from crm.errors import CrmError, StoreUnavailable
from crm.statements import Statements
from crm.store import POSTGRES_GATE, SQLITE_PRAGMAS, Store


class BatchRefused(CrmError):
    """The database is there but refuses the rows themselves: trying again changes nothing."""

    id = "batch_refused"


class Writer(Protocol):
    async def write(self, entries: Sequence[Entry], timeout_s: float) -> dict[str, str]:
        """Commit a batch; gives ticket numbers by call id.

        Raises StoreUnavailable when it is not known to be durable (it may still be: repeat it, entries are
        idempotent), BatchRefused when the rows are at fault.
        """

    async def close(self) -> None: ...


def writer_for(store: Store) -> Writer:
    return SqliteWriter(store) if store.is_sqlite else PostgresWriter(store)


class SqliteWriter:
    """A thread of its own with the standard library's driver: one hop per batch, not one per statement."""

    def __init__(self, store: Store) -> None:
        self._path = store.engine.url.database or ":memory:"
        self._statements = Statements("sqlite")
        self._thread: ThreadPoolExecutor | None = None
        self._connection: sqlite3.Connection | None = None

    async def write(self, entries: Sequence[Entry], timeout_s: float) -> dict[str, str]:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        job = asyncio.get_running_loop().run_in_executor(self._thread, self._transact, entries, timeout_s)
        try:
            # A lock is given up by SQLite's own timer; this one is for a disk that does not answer at all.
            return await asyncio.wait_for(job, timeout_s + 0.25)
        except TimeoutError as error:
            self._abandon()
            raise StoreUnavailable("数据库写入超时") from error

    def _transact(self, entries: Sequence[Entry], timeout_s: float) -> dict[str, str]:
        try:
            if self._connection is None:
                self._connection = self.connect()
            connection = self._connection
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout={max(1, int(timeout_s * 1000))}")
            cursor.execute("BEGIN IMMEDIATE")
            try:
                numbers = self._statements.run(cursor, entries)
                cursor.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.rollback()
        except (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError, OverflowError) as error:
            raise BatchRefused(f"数据库拒绝写入（{error}）") from error
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailable(f"数据库暂时不可用（{error}）") from error
        except Exception as error:
            # A fault of our own must neither stop the writer nor pass for a database that is away.
            raise BatchRefused(f"写入台账时出错（{error!r}）") from error
        return numbers

    def connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        for pragma in SQLITE_PRAGMAS:
            connection.execute(pragma)
        return connection

    def _abandon(self) -> None:
        if self._connection is not None:
            self._connection.interrupt()
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)
        self._thread = self._connection = None

    async def close(self) -> None:
        if self._thread is not None:
            thread, self._thread = self._thread, None
            await asyncio.to_thread(thread.shutdown, wait=True)
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class PostgresWriter:
    """One asyncpg connection, kept; dropped and made anew after any trouble."""

    def __init__(self, store: Store) -> None:
        self._engine = store.engine
        self._statements = Statements("postgresql")
        self._connection: AsyncConnection | None = None
        self._socket: Any = None

    async def write(self, entries: Sequence[Entry], timeout_s: float) -> dict[str, str]:
        try:
            async with asyncio.timeout(timeout_s):
                if self._connection is None:
                    self._connection = await self._engine.connect()
                    self._socket = (await self._connection.get_raw_connection()).driver_connection
                return await self._connection.run_sync(self._transact, entries)
        except BaseException as error:
            await self._drop()
            if isinstance(error, DBAPIError) and error.orig is not None:
                error = error.orig
            if isinstance(error, Exception):
                raise self._translate(error) from error
            raise

    def _transact(self, connection: Connection, entries: Sequence[Entry]) -> dict[str, str]:
        raw: Any = connection.connection.dbapi_connection
        cursor = raw.cursor()
        try:
            cursor.execute(f"SELECT pg_advisory_xact_lock({POSTGRES_GATE})")
            numbers = self._statements.run(cursor, entries)
        finally:
            cursor.close()
        raw.commit()
        return numbers

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if self._socket is not None:
            # Hang up first: everything gentler waits for a server that may be frozen.
            self._socket.terminate()
            self._socket = None
        if connection is not None:
            await connection.invalidate()
            await connection.close()

    async def close(self) -> None:
        await self._drop()

    def _translate(self, error: Exception) -> CrmError:
        state = str(getattr(error, "sqlstate", "") or "")
        # 22 data, 23 integrity, 42 a statement that does not fit the schema: asking again will not help.
        if state[:2] in ("22", "23", "42") or isinstance(error, asyncpg.DataError):
            return BatchRefused(f"数据库拒绝写入（{error}）")
        driver = self._engine.dialect.loaded_dbapi.Error
        if isinstance(
            error, OSError | SQLAlchemyError | asyncpg.PostgresError | asyncpg.InterfaceError | driver
        ):
            return StoreUnavailable(f"数据库暂时不可用（{type(error).__name__}: {error}）")
        return BatchRefused(f"写入台账时出错（{error!r}）")
