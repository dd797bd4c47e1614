"""Reconciles the ledger with Asterisk's own record (CEL): no call without an entry, none without an end.

Calls that the plain queue handled while no bridge lived get their ticket here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Container
from pathlib import Path

import structlog

from agi.legs import is_callback, made_by_us, tracks_of
from agi.voicemail import Voicemails
from ami_bridge import CelCall as Told
from ami_bridge import CelReader
from crm import CelCall, Ledger, LedgerUnavailable, Mark, Outcome
from transfer.routes import CALLBACK

#: Contexts of first channels that are no caller's: a seat's own phone, a leg that another node dials here.
_NO_CALLER = frozenset({"from-seat", "from-node"})


class Accounts:
    """Reads one node's CEL file.  ``bookmark`` keeps how far that is done; losing it costs only time."""

    def __init__(
        self, *, node: str, cel: Path, bookmark: Path, ledger: Ledger, voicemails: Voicemails
    ) -> None:
        self._node = node
        self._voicemails = voicemails
        self._cel = cel
        self._bookmark = bookmark
        self._ledger = ledger
        self._reader: CelReader | None = None
        self._reading = asyncio.Lock()
        self._log = structlog.get_logger("agi.accounts").bind(node=node)

    async def settle(self, *, booted_at: float | None = None, alive: Container[str] = ()) -> int:
        """Deals with every call that has ended since the last time; returns how many those were.

        ``booted_at`` (epoch seconds) tells that Asterisk has restarted: what lived before has ended with it,
        but for the calls that are ``alive`` now.
        """
        async with self._reading:
            reader = self._reader = self._reader or CelReader(self._cel, await self._read_bookmark())
            settled = 0
            more = True
            while more:
                batch = await asyncio.to_thread(reader.read)
                more = batch.more
                settled += await self._settle_all(batch.ended)
            if booted_at is not None:
                settled += await self._settle_all(reader.asterisk_restarted(booted_at, alive))
            await asyncio.to_thread(self._write_bookmark, reader.offset)
            return settled

    async def _settle_all(self, ended: tuple[Told, ...]) -> int:
        calls = [call for call in ended if await self._is_callers(call)]
        outgoing = [call for call in ended if call.context == "from-seat" and made_by_us(call.call_id)]
        for call in outgoing:
            await self._settle_outgoing(call)
        for call in calls:
            try:
                await self._message(call)
                await self._ledger.reconcile(self._as_crm(call))
            except LedgerUnavailable:
                self._reader = None  # read again from the bookmark when there is somewhere to write
                raise
            if call.via_plain and call.seat is not None and call.ended_at is not None:
                at = round(call.ended_at * 1000)
                await self._ledger.mark(Mark(call.call_id, "recording", at, data=tracks_of(call.call_id)))
        return len(calls) + len(outgoing)

    async def _settle_outgoing(self, call: Told) -> None:
        """A seat's call out: it was put on record before it was made, so only its end can be missing."""
        if call.ended_at is None or call.own_seat is None:
            return
        answered = call.other_answered_at is not None
        if call.other_answered_at is not None:
            at = round(call.other_answered_at * 1000)
            await self._ledger.mark(Mark(call.call_id, "answered", at, seat=call.own_seat, key=call.other))
        outcome = Outcome.ANSWERED if answered else Outcome.FAILED
        kept = tracks_of(call.call_id) if answered else None
        ended = round(call.ended_at * 1000)
        await self._ledger.close(call.call_id, outcome, ended, call.cause, seat=call.own_seat, recording=kept)

    async def _is_callers(self, call: Told) -> bool:
        """Whether this was a citizen's call.  A callback is one from the moment the citizen has picked up."""
        if is_callback(call.call_id):
            return call.seat is not None or call.call_id in await self._ledger.open_call_ids(self._node)
        return call.context.startswith("from-") and call.context not in _NO_CALLER

    async def _message(self, call: Told) -> None:
        """A message that was left while nobody followed the call: told before the end is explained."""
        if call.seat is not None or call.ended_at is None:
            return
        message = await self._voicemails.of(call.call_id)
        if message is not None:
            at = round(call.ended_at * 1000)
            await self._ledger.mark(Mark(call.call_id, "voicemail", at, data=message.data))
            await self._ledger.close(call.call_id, Outcome.VOICEMAIL, at, call.cause)

    def _as_crm(self, call: Told) -> CelCall:
        return CelCall(
            call_id=call.call_id,
            node=self._node,
            origin=CALLBACK if is_callback(call.call_id) else call.context.removeprefix("from-"),
            line=call.line,
            caller=call.caller,
            caller_name=call.caller_name,
            arrived_at=round(call.arrived_at * 1000),
            answered_at=None if call.answered_at is None else round(call.answered_at * 1000),
            seat=call.seat,
            ended_at=None if call.ended_at is None else round(call.ended_at * 1000),
            via_plain=call.via_plain,
            cause=call.cause,
        )

    async def _read_bookmark(self) -> str:
        try:
            return (await asyncio.to_thread(self._bookmark.read_text)).strip()
        except FileNotFoundError:
            return ""

    def _write_bookmark(self, offset: str) -> None:
        whole = self._bookmark.with_suffix(".new")
        whole.write_text(offset)
        whole.replace(self._bookmark)
