"""Not-ready reasons as the seats choose them: configured in the database, remembered while it is away."""

from __future__ import annotations

from dataclasses import dataclass

from crm import Store, StoreUnavailable, seed
from crm import reasons as kept
from hotline_app.desk.hall_shapes import Choice
from hotline_app.desk.problems import Problem
from hotline_app.desk.remembered import Remembered

# A changed reason is offered after this many seconds at the latest.
_FRESH_S = 5.0


@dataclass(frozen=True, slots=True)
class _Reason:
    code: str
    name: str
    selectable: bool


class Reasons:
    """While the database is away: those last read, or those the house began with."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept = Remembered(self._read, fresh_s=_FRESH_S)

    async def choices(self) -> list[Choice]:
        """In the order in which they are shown; those that only the system sets come as not selectable."""
        return [
            Choice(code=reason.code, name=reason.name, selectable=reason.selectable)
            for reason in await self._known()
        ]

    async def check(self, code: str) -> None:
        """Raises the 422 problem for a reason that no person may choose."""
        choices = {reason.code: reason.name for reason in await self._known() if reason.selectable}
        if code not in choices:
            raise Problem(
                "invalid",
                "没有这个示忙原因，或它已停用",
                field="reason",
                value=code,
                remedy="可选：" + "、".join(choices.values()),
            )

    async def _known(self) -> tuple[_Reason, ...]:
        try:
            return await self._kept.get()
        except StoreUnavailable:
            return self._kept.last or _first()

    async def _read(self) -> tuple[_Reason, ...]:
        found = await kept.reasons(self._store, active_only=True)
        return tuple(_Reason(reason.code, reason.name, reason.selectable) for reason in found)


def _first() -> tuple[_Reason, ...]:
    return tuple(_Reason(row["code"], row["name"], row["selectable"]) for row in seed.reasons())
