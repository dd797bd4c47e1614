"""What the journey writes into the ledger about a call."""

from __future__ import annotations

from typing import Any

from agi.decision import Question
from crm import Ledger, Mark, Outcome, now_ms


class Book:
    """Marks and outcomes, dated now."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def mark(
        self,
        call: Question,
        kind: str,
        *,
        seat: str | None = None,
        key: str = "",
        data: dict[str, Any] | None = None,
    ) -> None:
        """One fact; told twice with the same key it is kept once."""
        await self._ledger.mark(Mark(call.call_id, kind, now_ms(), seat=seat, key=key, data=data or {}))

    async def close(self, call: Question, outcome: Outcome) -> None:
        """The call's one outcome, told before its last words: who hangs up in them changes nothing."""
        await self._ledger.close(call.call_id, outcome, now_ms(), None)
