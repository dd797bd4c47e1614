"""The rules by which calls are routed, in memory: groups, routing rules, surges.

Read anew every few seconds, so that a change needs no restart; while the database is away the last ones hold.
The ACD is told the groups' rules too, for it keeps its own in Redis, which may come back empty.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

import structlog

from crm import CrmError, Store, groups, routing, surges
from crm.surges import Surge
from seats import Acd, AcdUnavailable, GroupRules, Strategy
from transfer.groups import Groups
from transfer.routes import Routes

EVERY_S = 5.0
READ_S = 2.0


class RuleBook:
    """`routes`, `surges`: as read last.  `general_group`: where calls go that no rule speaks of."""

    def __init__(
        self, store: Store, acd: Acd, *, general_group: str, office: tuple[str, str], every_s: float = EVERY_S
    ) -> None:
        self._store = store
        self._acd = acd
        self._every_s = every_s
        self.routes = Routes(general_group, groups=Groups(office=office))
        self.surges: tuple[Surge, ...] = ()
        self._log = structlog.get_logger("agi.rulebook")

    @property
    def groups(self) -> Groups:
        """The skill groups' rules."""
        return self.routes.groups

    async def refresh(self) -> bool:
        """Reads everything anew; False when something was away (what was known then holds)."""
        try:
            async with asyncio.timeout(READ_S):
                infos = await groups.groups(self._store, active_only=True)
                rules = await routing.rules(self._store, active_only=True)
                self.surges = tuple(await surges.active(self._store))
            known = Groups({info.code: info for info in infos}, self.groups.office)
            self.routes = replace(self.routes, rules=tuple(rules), groups=known)
            await self._acd.configure(map(_for_acd, infos))
        except (CrmError, AcdUnavailable, TimeoutError) as away:
            self._log.warning("rulebook.as_before", reason=str(away) or type(away).__name__)
            return False
        return True

    async def follow(self) -> None:
        """Refreshes until cancelled."""
        while True:
            try:
                await self.refresh()
            except Exception:  # noqa: BLE001 - a rule that cannot be read must not stop the others from being read later
                self._log.exception("rulebook.failed")
            await asyncio.sleep(self._every_s)


def _for_acd(info: groups.GroupInfo) -> GroupRules:
    return GroupRules(
        info.code,
        strategy=Strategy(info.strategy),
        capacity=info.capacity or 0,
        wrap_up_s=info.wrap_up_s,
        wrap_up_extension_s=info.wrap_up_extension_s,
        service_s=info.service_s,
    )
