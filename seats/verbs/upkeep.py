"""The groups' rules, and what a node's owner does to keep Redis true."""

import json
import re
from collections.abc import Iterable, Sequence

from seats import feeds
from seats.keys import GROUPS
from seats.model import DEFAULT_GROUP, GroupRules, LiveCall, Repair, Strategy
from seats.verbs.base import CALL, GROUP, LANGUAGE, Verbs, group_words, named

SWEEP_BATCH = 500
_RULES = re.compile(r"([a-z_]+)\|(\d+)\|(\d*)\|(\d*)\|(\d+)")


class UpkeepVerbs(Verbs):
    async def configure(self, groups: Iterable[GroupRules]) -> int:
        """These are the groups' rules, all of them; any other group has the defaults.  A changed strategy
        re-ranks the seats that are free.  Returns how many groups changed; the same again changes nothing."""
        rules = {named(GROUP, each.group, "group"): _as_text(each) for each in groups}
        return int(await self._store.run("configure", json.dumps(rules)))

    async def group_rules(self) -> dict[str, GroupRules]:
        """The rules as configured last."""
        stored = feeds.as_fields(await self._store.ask("HGETALL", GROUPS))
        return {group: _from_text(group, text) for group, text in sorted(stored.items())}

    async def sweep(self) -> int:
        """Run every second: settles what time has decided; how many things it changed."""
        return int(await self._store.run("sweep", SWEEP_BATCH))

    async def restore(self, node: str, live: Sequence[LiveCall], *, as_of_ms: int = 0) -> list[Repair]:
        """Makes Redis agree with Asterisk about one node.

        as_of_ms: clock_ms() before the snapshot was taken; whatever changed later is left alone.  0: trust
        ``live`` against everything.  Callbacks whose citizen has not been called are not judged.
        """
        facts = [
            {
                "call_id": named(CALL, call.call_id, "call id"),
                "channel": call.channel,
                "phase": call.phase,
                "seat": call.seat or "",
                "since_ms": call.since_ms,
                "groups": group_words(call.groups or (DEFAULT_GROUP,)),
                "language": named(LANGUAGE, call.language, "language"),
                "priority": call.priority,
                "kind": call.kind.value,
            }
            for call in live
        ]
        answer = await self._store.run("restore", node, json.dumps(facts), as_of_ms)
        repairs = [json.loads(entry) for entry in answer]
        return [
            Repair(found["kind"], found["call_id"] or None, found["seat"] or None, found["was"], found["now"])
            for found in repairs
        ]


def _as_text(rules: GroupRules) -> str:
    if rules.capacity < 0:
        raise ValueError(f"capacity of {rules.group} is {rules.capacity}")
    times = [
        "" if seconds is None else str(round(seconds * 1000))
        for seconds in (rules.wrap_up_s, rules.wrap_up_extension_s, rules.service_s)
    ]
    return "|".join([Strategy(rules.strategy).value, str(rules.capacity), *times])


def _from_text(group: str, text: str) -> GroupRules:
    found = _RULES.fullmatch(text)
    if found is None:
        raise ValueError(f"rules of {group} read {text!r}")
    strategy, capacity, wrap_up, extension, service = found.groups()
    return GroupRules(
        group,
        Strategy(strategy),
        int(capacity),
        int(wrap_up) / 1000 if wrap_up else None,
        int(extension) / 1000 if extension else None,
        int(service) / 1000,
    )
