"""The ledger: every call is kept before its first prompt plays, and closed with exactly one outcome.

One task writes; calls that arrive while a commit is under way share the next one.  A database that is away
costs one `commit_timeout_s`; from then on entries go to the journal at once, until the prober finds the
database back and has replayed everything.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import select

from crm import numbers
from crm.directory import Directory, LineInfo
from crm.entries import (
    CelEntry,
    CloseEntry,
    Entry,
    KeepEntry,
    OpenEntry,
    Scribe,
    as_json,
    call_key,
    leg_entry,
    mark_entry,
    moment,
)
from crm.errors import LedgerUnavailable, StoreUnavailable
from crm.journal import Journal
from crm.models import Call
from crm.replay import Replay
from crm.store import Store
from crm.types import Arrival, CelCall, Leg, Mark, Opened, Outcome
from crm.writer import BatchRefused, writer_for

_BATCH = 500
_KEEP = 20_000


@dataclass(slots=True)
class LedgerFigures:
    """Counted since start.  `commits` ÷ `entries` shows how well calls share commits."""

    entries: int = 0
    commits: int = 0
    journaled: int = 0
    replayed: int = 0
    damaged: int = 0
    refused: int = 0
    lost: int = 0
    away: bool = True


@dataclass(slots=True)
class _Told:
    entry: Entry
    done: asyncio.Future[str | None] | None = None


class Ledger:
    """`journal` is a folder; each process keeps a file of its own in it.  Moments are epoch ms."""

    def __init__(
        self,
        store: Store,
        *,
        journal: Path,
        commit_timeout_s: float = 1.5,
        area_code: str = "0476",
        linger_s: float = 0.2,
        probe_s: float = 0.5,
    ) -> None:
        self.figures = LedgerFigures()
        self._store = store
        self._folder = journal
        self._timeout_s = commit_timeout_s
        self._area_code = area_code
        self._linger_s = linger_s
        self._probe_s = probe_s
        self._directory = Directory(area_code)
        self._scribe = Scribe(store.vault, self._directory, area_code)
        self._writer = writer_for(store)
        self._queue: list[_Told] = []
        self._wake = asyncio.Event()
        self._urgent = asyncio.Event()
        self._stopping = False
        self._gate = asyncio.Lock()
        """Held while a batch is kept, and while the prober decides that the journal is empty for good."""
        self._journal: Journal | None = None
        self._replay: Replay | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._probe_now = asyncio.Event()
        self._log = structlog.get_logger().bind(part="ledger")

    # ---- life

    async def start(self) -> None:
        """Take up what earlier processes left in the journal, then serve.  Returns also when the database
        is away, after at most `commit_timeout_s`.  Raises OSError when the journal's folder is unusable."""
        await asyncio.to_thread(numbers.warm, self._area_code)
        self._journal = await asyncio.to_thread(Journal.create, self._folder, self._store.vault)
        self._replay = Replay(self._store, self._folder, self._journal, self.figures)
        await self._try_database()
        self._tasks = [
            asyncio.create_task(self._write_forever(), name="ledger-writer"),
            asyncio.create_task(self._probe_forever(), name="ledger-prober"),
        ]

    async def stop(self) -> None:
        """Keep everything that was told, then let go.  An unreplayed journal stays for the next start."""
        self._stopping = True
        self._wake.set()
        self._urgent.set()
        if self._tasks:
            writer, prober = self._tasks
            await writer
            while not prober.done():  # a driver's own time limit can swallow a cancellation: asked again
                prober.cancel()
                await asyncio.wait((prober,), timeout=0.5)
            self._tasks = []
        await self._writer.close()
        if self._replay is not None:
            await self._replay.close()
        if self._journal is not None:
            journal, self._journal = self._journal, None
            journal.release() if journal.length else journal.remove()

    # ---- what is told

    async def open(self, arrival: Arrival) -> Opened:
        """Keep a call's entry and its draft ticket.  Durable on return; told twice it is kept once.

        Raises LedgerUnavailable when neither database nor journal took it (the entry is then still kept in
        memory and written as soon as possible; the caller must be served all the same).
        """
        entry = self._scribe.opening(arrival, source="journey")
        number = await self._durable(entry)
        return Opened(
            entry.call_id,
            number,
            number is None,
            entry.caller_masked,
            entry.place,
            entry.line_name,
            entry.department,
        )

    async def mark(self, mark: Mark) -> None:
        """Note a fact.  Returns once queued; written within some 0.2 s, together with others."""
        self._tell(_Told(mark_entry(mark)))

    async def leg(self, leg: Leg) -> None:
        """Note a channel, or one more piece of it.  Returns once queued."""
        self._tell(_Told(leg_entry(leg)))

    async def close(
        self,
        call_id: str,
        outcome: Outcome | str,
        ended_at: int,
        cause: int | None,
        seat: str | None = None,
        recording: Mapping[str, Any] | None = None,
    ) -> None:
        """End a call; the first outcome told wins.  Returns once queued (`flush` waits for the disk)."""
        kept = as_json(recording) if recording else None
        value = Outcome(outcome).value
        self._tell(_Told(CloseEntry(call_key(call_id), value, moment(ended_at), cause, seat, kept)))

    async def keep_place(
        self,
        call_id: str,
        callback_id: str,
        number: str | bytes,
        at: int,
        *,
        line: str,
        queue: Mapping[str, Any],
    ) -> None:
        """Keep a caller's place for a callback to `number`; durable on return, told twice kept once.

        `queue`: what the ACD needs to queue it anew (node, groups, language, priority, since_ms …); it comes
        back from `callbacks.kept`.  The call itself is still to be closed (Outcome.CALLBACK_KEPT).
        Raises FieldInvalid for what is no number, LedgerUnavailable as `open` does.
        """
        await self._durable(self._scribe.keeping(call_id, callback_id, number, line, at, queue))

    async def reconcile(self, call: CelCall) -> None:
        """Make good what nobody told: a missing entry and ticket, a missing end.  Durable on return."""
        await self._durable(
            CelEntry(
                self._scribe.opening(call, source="cel"),
                None if call.answered_at is None else moment(call.answered_at),
                call.seat,
                None if call.ended_at is None else moment(call.ended_at),
                call.via_plain,
                call.cause,
            )
        )

    async def flush(self) -> None:
        """Wait until everything told so far is in the database or in the journal."""
        while self._queue or self._gate.locked():
            self._urgent.set()
            self._wake.set()
            async with self._gate:
                pass
            await asyncio.sleep(0)

    # ---- what is asked

    def line(self, dialled: str) -> LineInfo:
        """The dialled line, from memory."""
        return self._directory.find(dialled)

    async def open_call_ids(self, node: str) -> list[str]:
        """Calls of a node that have no outcome yet.  Raises StoreUnavailable."""
        await self.flush()
        async with self._store.read() as connection:
            rows = await connection.scalars(
                select(Call.call_id)
                .where(Call.node == node, Call.outcome.is_(None))
                .order_by(Call.arrived_at)
            )
            return list(rows)

    # ---- the writer

    async def _durable(self, entry: OpenEntry | CelEntry | KeepEntry) -> str | None:
        done: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._tell(_Told(entry, done))
        self._urgent.set()
        return await done

    def _tell(self, told: _Told) -> None:
        if self._journal is None or self._stopping:
            raise LedgerUnavailable("呼叫台账未启动或正在停止")
        self._queue.append(told)
        if len(self._queue) >= _BATCH:
            self._urgent.set()
        self._wake.set()

    async def _write_forever(self) -> None:
        while True:
            await self._wake.wait()
            if not self._urgent.is_set():
                # Nobody waits for marks: let them gather, and go with the next opening.
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._urgent.wait(), self._linger_s)
            async with self._gate:
                batch, self._queue = self._queue[:_BATCH], self._queue[_BATCH:]
                if not self._queue:
                    self._wake.clear()
                    self._urgent.clear()
                if batch:
                    await self._keep(batch)
            if self._stopping and not self._queue:
                return

    async def _keep(self, batch: list[_Told]) -> None:
        entries = [told.entry for told in batch]
        self.figures.entries += len(batch)
        if not self.figures.away:
            try:
                numbers_by_call = await self._writer.write(entries, self._timeout_s)
            except StoreUnavailable as away:
                self._log.error("ledger.database_away", reason=away.detail)
                self.figures.away = True
                self._probe_now.set()
            except BatchRefused as refused:
                await self._one_by_one(batch, refused)
                return
            else:
                self.figures.commits += 1
                _answer(batch, numbers_by_call)
                return
        await self._shelter(batch)

    async def _one_by_one(self, batch: list[_Told], refused: BatchRefused) -> None:
        """One entry spoils a batch: keep the others, set that one aside where a person finds it."""
        if len(batch) > 1:
            for told in batch:
                await self._keep([told])
            return
        self.figures.refused += 1
        assert self._journal is not None
        path = await asyncio.to_thread(self._journal.refuse, [batch[0].entry])
        self._log.error("ledger.entry_refused", kept_in=str(path), exc_info=refused)
        if batch[0].done is not None and not batch[0].done.done():
            batch[0].done.set_exception(LedgerUnavailable(refused.detail))

    async def _shelter(self, batch: list[_Told]) -> None:
        assert self._journal is not None
        try:
            await asyncio.to_thread(self._journal.append, [told.entry for told in batch])
        except OSError as error:
            self._log.critical("ledger.journal_failed", reason=str(error), waiting=len(self._queue))
            await self._hold(batch, error)
        else:
            self.figures.journaled += len(batch)
            _answer(batch, {})

    async def _hold(self, batch: Sequence[_Told], error: OSError) -> None:
        # Nothing durable is left: callers are told so, and the entries wait in memory for better times.
        for told in batch:
            if told.done is not None and not told.done.done():
                told.done.set_exception(LedgerUnavailable(f"数据库与本地日志均无法写入（{error}）"))
        if self._stopping:
            self.figures.lost += len(batch)
            return
        room = max(0, _KEEP - len(self._queue))
        self.figures.lost += max(0, len(batch) - room)
        self._queue = [_Told(told.entry) for told in batch[:room]] + self._queue
        await asyncio.sleep(self._probe_s)

    # ---- the prober

    async def _probe_forever(self) -> None:
        while True:
            with suppress(TimeoutError):
                pause = self._probe_s if self.figures.away else 30 * self._probe_s
                await asyncio.wait_for(self._probe_now.wait(), pause)
            if self._probe_now.is_set():
                self._probe_now.clear()
                await asyncio.sleep(self._probe_s)
            await self._try_database()

    async def _try_database(self) -> None:
        """If the database answers: replay, and trust it again.  Also looks after orphans and the lines."""
        assert self._replay is not None
        try:
            async with asyncio.timeout(None if self._store.ready else self._timeout_s):
                await self._store.prepare()
                await self._directory.refresh(self._store)
            await self._replay.orphans(self._timeout_s)
            if self.figures.away:
                await self._replay.own(self._timeout_s)
                async with self._gate:
                    await self._replay.own(self._timeout_s)
                    self._replay.forget_own()
                    self.figures.away = False
                self._log.info("ledger.database_back", replayed=self.figures.replayed)
        except (StoreUnavailable, TimeoutError, OSError) as error:
            self._log.warning("ledger.still_away", reason=str(error))


def _answer(batch: Sequence[_Told], numbers_by_call: Mapping[str, str]) -> None:
    for told in batch:
        if told.done is not None and not told.done.done():
            told.done.set_result(numbers_by_call.get(told.entry.call_id))
