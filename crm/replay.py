"""Brings journals back into the database, each entry once: entries are idempotent, so a replay that was
cut off begins again at the file's beginning; a file goes only after all of it is committed."""

import asyncio
from pathlib import Path
from typing import Protocol

import structlog

from crm.entries import Entry
from crm.journal import Journal
from crm.store import Store
from crm.writer import BatchRefused, Writer, writer_for


class Counted(Protocol):
    replayed: int
    damaged: int
    refused: int


class Replay:
    """Uses a connection of its own: the ledger goes on journaling meanwhile."""

    def __init__(self, store: Store, folder: Path, own: Journal, figures: Counted) -> None:
        self._vault = store.vault
        self._folder = folder
        self._own = own
        self._done_to = 0
        self._figures = figures
        self._writer: Writer = writer_for(store)
        self._log = structlog.get_logger().bind(part="ledger")

    async def orphans(self, timeout_s: float) -> None:
        """Replay and remove the files of processes that are gone.  Raises StoreUnavailable, OSError."""
        for journal in Journal.orphans(self._folder, self._vault):
            done = False
            try:
                await self._run(journal, 0, timeout_s)
                done = True
            finally:
                journal.remove() if done else journal.release()

    async def own(self, timeout_s: float) -> None:
        """Replay what this process journaled since the last time.  Raises StoreUnavailable, OSError."""
        self._done_to = await self._run(self._own, self._done_to, timeout_s)

    def forget_own(self) -> None:
        """All of the own file is in the database.  Call only while nothing can be appended."""
        if self._own.length:
            self._own.reset()
        self._done_to = 0

    async def close(self) -> None:
        await self._writer.close()

    async def _run(self, journal: Journal, offset: int, timeout_s: float) -> int:
        while True:
            page = await asyncio.to_thread(journal.page, offset)
            if page.end == offset:
                return offset
            if page.damaged:
                self._figures.damaged += len(page.damaged)
                kept = await asyncio.to_thread(journal.set_aside, page.damaged, "damaged")
                self._log.error("journal.damaged", lines=len(page.damaged), kept_in=str(kept))
            await self._commit(journal, page.entries, timeout_s)
            self._figures.replayed += len(page.entries)
            offset = page.end

    async def _commit(self, journal: Journal, entries: list[Entry], timeout_s: float) -> None:
        if not entries:
            return
        try:
            await self._writer.write(entries, timeout_s)
        except BatchRefused as refused:
            if len(entries) > 1:
                for entry in entries:
                    await self._commit(journal, [entry], timeout_s)
                return
            self._figures.refused += 1
            kept = await asyncio.to_thread(journal.refuse, entries)
            self._log.error("journal.entry_refused", kept_in=str(kept), reason=refused.detail)
