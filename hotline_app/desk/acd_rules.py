"""What the skill groups' rules are to the ACD: told at once when a leader changes them.

Bridges read the rules anew every few seconds (agi/rulebook.py) and tell the ACD too, after a loss of Redis as
well: an ACD that cannot be told now hears it then, and the edit itself stands.
"""

from __future__ import annotations

from crm import groups
from hotline_app.desk.deps import Deps
from hotline_app.desk.health import REDIS
from seats import AcdUnavailable, GroupRules, Strategy


async def push(deps: Deps) -> None:
    """Reads all active groups and tells the ACD.  Raises StoreUnavailable."""
    infos = await groups.groups(deps.store, active_only=True)
    try:
        await deps.acd.configure([rules(info) for info in infos])
    except AcdUnavailable as away:
        deps.health.report(REDIS, False, type(away).__name__)
        deps.log.warning("groups' rules not told yet", reason=str(away))


def rules(info: groups.GroupInfo) -> GroupRules:
    """The part of a group's rules that is the ACD's."""
    return GroupRules(
        info.code,
        strategy=Strategy(info.strategy),
        capacity=info.capacity or 0,
        wrap_up_s=info.wrap_up_s,
        wrap_up_extension_s=info.wrap_up_extension_s,
        service_s=info.service_s,
    )
