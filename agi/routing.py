"""The route of a call, by the rules in memory and by what is known of its caller."""

from __future__ import annotations

from agi.decision import Question
from agi.profiles import Profiles
from agi.rulebook import RuleBook
from transfer.routes import MANDARIN, Route


class Routing:
    """Nothing here waits for a database but the profile, once a call."""

    def __init__(self, rules: RuleBook, profiles: Profiles) -> None:
        self._rules = rules
        self._profiles = profiles

    async def first(self, call: Question, chosen: tuple[str, ...] = ()) -> Route:
        """As the call is offered; `chosen`: the groups that the menu led to."""
        return await self._of(call, chosen=chosen)

    async def again(self, call: Question) -> Route:
        """For a later question of the same call: it waits where it waited."""
        return await self._of(call, waits_in=call.groups)

    async def _of(
        self, call: Question, *, chosen: tuple[str, ...] = (), waits_in: tuple[str, ...] = ()
    ) -> Route:
        caller = await self._profiles.of(call)
        return self._rules.routes.of(
            call.line,
            call.origin,
            region=caller.region,
            language=call.language or MANDARIN,
            chosen=chosen,
            waits_in=waits_in,
            person=caller.person,
        )
