"""The ledger's few statements, written in SQLAlchemy Core, compiled once, and run on the bare driver.

Why bare: SQLAlchemy's execution costs more processor time per statement than SQLite takes to run it, and
every call of the day passes here.  Names and columns still live once, in `crm.models`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Protocol, cast

from sqlalchemy import ARRAY, Dialect, Table, Text, any_, bindparam, func, literal_column, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.elements import ColumnElement

from crm.batch import Before, Rows, days_needed, marks_needed, returned, work_out
from crm.entries import Entry, MarkEntry
from crm.models import (
    Call,
    Callback,
    Caller,
    CallLeg,
    CallMark,
    SurgeJoin,
    Ticket,
    TicketEvent,
    TicketSequence,
)
from crm.projection import GIVEN, PROJECTED, Known
from crm.returning import STICKY, TASK, KnownCaller, Missed, Task, Told, halved
from crm.types import MISSED, Origin, Outcome


class Cursor(Protocol):
    """What both drivers' cursors can do."""

    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> Any: ...
    def executemany(self, sql: str, rows: Sequence[Sequence[Any]], /) -> Any: ...
    def fetchall(self) -> Any: ...


# What is known of a caller beside the number; written by `_changed_callers` alone.
_OF_CALLER = ("flags", *STICKY)
_CLOSING = ("state", "closed_at", "closed_by", "claimed_by", "claimed_until", "claim", "version")


class _Prepared:
    """One statement's text for one database, and the order of its parameters."""

    def __init__(self, statement: Executable, dialect: Dialect, columns: Iterable[str] = ()) -> None:
        compiled = cast(Any, statement).compile(dialect=dialect, column_keys=list(columns) or None)
        self.sql = str(compiled)
        names: list[str] = compiled.positiontup or []
        pick = itemgetter(*names) if names else None
        self._pick = pick if len(names) != 1 or pick is None else (lambda row: (pick(row),))

    def many(self, cursor: Cursor, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows and self._pick is not None:
            cursor.executemany(self.sql, [self._pick(row) for row in rows])


class Statements:
    """All statements of one database."""

    def __init__(self, dialect_name: str) -> None:
        self._postgres = dialect_name == "postgresql"
        dialect = cast(Dialect, (postgresql.asyncpg if self._postgres else sqlite.aiosqlite).dialect())
        call, ticket = Call.__table__.c, Ticket.__table__.c
        self._known = _Prepared(
            select(call.call_id, ticket.no, *(call[name] for name in (*PROJECTED, *GIVEN)))
            .outerjoin_from(Call.__table__, Ticket.__table__, ticket.call_id == call.call_id)
            .where(self._among(call.call_id)),
            dialect,
        )
        mark = CallMark.__table__.c
        self._marks_of = _Prepared(
            select(mark.call_id, mark.kind, mark.key, mark.at, mark.seat, mark.data)
            .where(self._among(mark.call_id))
            .order_by(mark.at),
            dialect,
        )
        sequence = TicketSequence.__table__
        self._sequence = _Prepared(
            select(sequence.c.day, sequence.c.last).where(self._among(sequence.c.day)), dialect
        )
        self._calls = self._insert(Call.__table__, dialect)
        self._tickets = self._insert(Ticket.__table__, dialect)
        self._ticket_events = self._insert(TicketEvent.__table__, dialect, leave_out=("id",))
        self._marks = self._insert(CallMark.__table__, dialect, conflict="nothing")
        self._callers = self._insert(
            Caller.__table__, dialect, conflict={"key": ("last_seen_at",)}, leave_out=_OF_CALLER
        )
        self._next = self._insert(sequence, dialect, conflict={"day": ("last",)})
        self._legs = _Prepared(self._leg_upsert(), dialect)
        self._callers_known = _Prepared(self._known_callers(), dialect)
        self._missed_of = _Prepared(
            select(call.caller_key, call.call_id, call.ended_at, call.line, call.outcome).where(
                self._among(call.caller_key),
                call.outcome.in_([literal_column(f"'{outcome}'") for outcome in sorted(MISSED)]),
                call.origin != literal_column(f"'{Origin.SEAT}'"),
            ),
            dialect,
        )
        caller, callback = Caller.__table__.c, Callback.__table__.c
        self._changed_callers = _Prepared(
            update(Caller)
            .where(caller.key == bindparam("b_key"))
            .values({name: bindparam(name) for name in STICKY}),
            dialect,
        )
        self._callbacks = self._insert(Callback.__table__, dialect, conflict="nothing")
        self._changed_callbacks, self._closed_callbacks = (
            _Prepared(
                update(Callback)
                .where(callback.id == bindparam("b_id"))
                .values({name: bindparam(name) for name in columns}),
                dialect,
            )
            for columns in ((*TASK[1:], "version"), _CLOSING)
        )
        self._surge_joins = self._insert(SurgeJoin.__table__, dialect, conflict="nothing")
        self._changed_calls = _Prepared(
            update(Call)
            .where(call.call_id == bindparam("b_call_id"))
            .values({name: bindparam(name) for name in PROJECTED}),
            dialect,
        )
        self._ticket_languages = _Prepared(
            update(Ticket)
            .where(ticket.call_id == bindparam("b_call_id"), ticket.language.is_(None))
            .values(language=bindparam("language")),
            dialect,
        )

    def run(self, cursor: Cursor, entries: Sequence[Entry]) -> dict[str, str]:
        """Write a batch inside the transaction that is open.  Gives each opened call's ticket number."""
        known = self._load_known(cursor, {entry.call_id for entry in entries})
        days = list(days_needed(entries, known))
        sequence = dict(self._fetch(cursor, self._sequence, days)) if days else {}
        marks = self._load_marks(cursor, list(marks_needed(entries, known)))
        rows, numbers, told = work_out(entries, Before(known, marks, sequence))
        if told:
            callers = self._load_callers(cursor, list(told))
            returned(rows, told, callers, self._load_missed(cursor, told, callers))
        self._write(cursor, rows)
        return numbers

    def _write(self, cursor: Cursor, rows: Rows) -> None:
        self._callers.many(cursor, rows.callers)
        self._calls.many(cursor, rows.calls)
        self._changed_calls.many(cursor, rows.changed_calls)
        self._next.many(cursor, rows.sequence)
        self._tickets.many(cursor, rows.tickets)
        self._ticket_events.many(cursor, rows.ticket_events)
        self._ticket_languages.many(cursor, rows.ticket_languages)
        self._marks.many(cursor, rows.marks)
        self._legs.many(cursor, rows.legs)
        self._changed_callers.many(cursor, rows.changed_callers)
        self._closed_callbacks.many(cursor, rows.closed_callbacks)
        self._changed_callbacks.many(cursor, rows.changed_callbacks)
        self._callbacks.many(cursor, rows.callbacks)
        self._surge_joins.many(cursor, rows.surge_joins)

    def _load_known(self, cursor: Cursor, call_ids: set[str]) -> dict[str, Known]:
        return {row[0]: Known(*row[1:]) for row in self._fetch(cursor, self._known, list(call_ids))}

    def _load_marks(self, cursor: Cursor, call_ids: list[str]) -> dict[str, list[MarkEntry]]:
        found: dict[str, list[MarkEntry]] = {}
        if call_ids:
            for row in self._fetch(cursor, self._marks_of, call_ids):
                found.setdefault(row[0], []).append(MarkEntry(*row))
        return found

    def _load_callers(self, cursor: Cursor, keys: list[str]) -> dict[str, KnownCaller]:
        found: dict[str, KnownCaller] = {}
        for row in self._fetch(cursor, self._callers_known, keys):
            task = Task(*row[6:]) if row[6] is not None else None
            language, language_at, last_seat, answered_at, covered_until = row[1:6]
            found[row[0]] = KnownCaller(language, language_at, last_seat, answered_at, covered_until, task)
        return found

    def _load_missed(
        self, cursor: Cursor, told: Mapping[str, Told], callers: Mapping[str, KnownCaller]
    ) -> dict[str, list[Missed]]:
        found: dict[str, list[Missed]] = {}
        since = halved(told, callers)
        if since:
            for key, call_id, at, line, outcome in self._fetch(cursor, self._missed_of, list(since)):
                if at >= since[key]:
                    miss = Missed(call_id, at, line, voicemail=outcome == Outcome.VOICEMAIL)
                    found.setdefault(key, []).append(miss)
        return found

    def _fetch(self, cursor: Cursor, statement: _Prepared, values: list[str]) -> list[Any]:
        # One parameter however many values, so that the statement's text, and its plan, stay the same.
        cursor.execute(statement.sql, (values if self._postgres else json.dumps(values, ensure_ascii=False),))
        return list(cursor.fetchall())

    def _among(self, column: ColumnElement[str]) -> ColumnElement[bool]:
        if self._postgres:
            return column == any_(bindparam("values", type_=ARRAY(Text)))
        each = func.json_each(bindparam("values", type_=Text)).table_valued("value")
        return column.in_(select(each.c.value))

    def _insert(
        self,
        table: Any,
        dialect: Dialect,
        *,
        conflict: str | Mapping[str, Sequence[str]] | None = None,
        leave_out: Sequence[str] = (),
    ) -> _Prepared:
        columns = [column.name for column in cast(Table, table).columns if column.name not in leave_out]
        statement: Any = (postgresql.insert if self._postgres else sqlite.insert)(table)
        if conflict == "nothing":
            statement = statement.on_conflict_do_nothing()
        elif isinstance(conflict, Mapping):
            for key, updated in conflict.items():
                statement = statement.on_conflict_do_update(
                    index_elements=[key], set_={name: statement.excluded[name] for name in updated}
                )
        return _Prepared(statement, dialect, columns)

    def _known_callers(self) -> Executable:
        """Of each caller: what sticks, when a task was last closed, and the open task."""
        caller: Any = Caller.__table__
        task: Any = Callback.__table__.alias("task")
        closed: Any = Callback.__table__.alias("closed")
        covered = (
            select(func.max(closed.c.closed_at)).where(closed.c.caller_key == caller.c.key).scalar_subquery()
        )
        columns = [caller.c[name] for name in STICKY] + [covered] + [task.c[name] for name in TASK]
        is_open = (task.c.caller_key == caller.c.key) & (task.c.state == literal_column("'open'"))
        return (
            select(caller.c.key, *columns, task.c.version)
            .select_from(caller.outerjoin(task, is_open))
            .where(self._among(caller.c.key))
        )

    def _leg_upsert(self) -> Executable:
        table: Any = CallLeg.__table__
        statement: Any = (postgresql.insert if self._postgres else sqlite.insert)(table)
        columns = [column.name for column in table.columns]
        statement = statement.values({name: bindparam(name) for name in columns})
        pieces = ("seat", "started_at", "answered_at", "ended_at", "cause")
        return cast(
            Executable,
            statement.on_conflict_do_update(
                index_elements=["call_id", "leg_id"],
                set_={name: func.coalesce(table.c[name], statement.excluded[name]) for name in pieces},
            ),
        )
