"""The card of a call: what the seat's screen shows first.  Making it is what puts the call on record."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import structlog

from agi.decision import Question
from crm import Arrival, Ledger, LedgerUnavailable

_KEPT = 4096  # calls; beyond the live calls of a node by far


class Cards:
    """Opens the ledger entry and the draft ticket of a call, once, and remembers what the seat needs of it.

    The dialplan keeps a call with one bridge, so the memory nearly always has it; another bridge asks the
    ledger again, which is idempotent by call id.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._cards: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._log = structlog.get_logger("agi.cards")

    async def of(self, call: Question) -> dict[str, Any]:
        """The card; on return the call is durable (in the database, or in the journal if that is away)."""
        known = self._cards.get(call.call_id)
        if known is not None:
            return known
        arrival = Arrival(
            call_id=call.call_id,
            node=call.node,
            origin=call.origin,
            line=call.line,
            caller=call.caller,
            caller_name=call.caller_name,
            arrived_at=call.arrived_ms,
        )
        card: dict[str, Any] = {"ticket_no": None, "line": call.line, "origin": call.origin}
        try:
            opened = await self._ledger.open(arrival)
        except LedgerUnavailable:
            # Neither database nor journal: the entry waits in memory, CEL has it too, the caller is served.
            self._log.critical("cards.call_not_durable", call=call.call_id)
            return card
        card |= {
            "ticket_no": opened.ticket_no,
            "caller_masked": opened.caller_masked,
            "place": opened.place,
            "line_name": opened.line_name,
            "department": opened.department,
        }
        self._cards[call.call_id] = card
        if len(self._cards) > _KEPT:
            self._cards.popitem(last=False)
        return card

    def forget(self, call_id: str) -> None:
        """The call has ended."""
        self._cards.pop(call_id, None)
