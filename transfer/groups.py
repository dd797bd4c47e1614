"""What the rules of the skill groups mean for a caller: open or closed, and what becomes of one whom nobody
can answer.  Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from crm import groups as crm_groups
from crm.groups import GroupInfo


class Way(StrEnum):
    """What a group does with a caller whom it cannot take now (nobody signed in, queue full, closed)."""

    OVERFLOW = "overflow"
    VOICEMAIL = "voicemail"
    CALLBACK = "callback"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Groups:
    """The active groups' rules.  `office`: opening and closing time ("08:30", "17:30") of office hours.

    The working-day calendar is not asked here: office hours hold every day.
    """

    rules: Mapping[str, GroupInfo] = field(default_factory=dict)
    office: tuple[str, str] = ("08:30", "17:30")

    def known(self, code: str) -> bool:
        """Whether calls may be sent there; before any rules have been read, anywhere."""
        return not self.rules or code in self.rules

    def of(self, code: str) -> GroupInfo:
        """A group that nobody has described never closes, and its callers wait."""
        return self.rules.get(code) or replace(_UNDESCRIBED, code=code)

    def open(self, code: str, now: datetime) -> bool:
        """Whether the group takes calls at `now` (city time)."""
        hours = self.of(code).hours
        clock = f"{now:%H:%M}"
        if hours == "always":
            return True
        if hours == "office":
            return self.office[0] <= clock < self.office[1]
        spans = crm_groups.spans(hours) or ()
        return any(now.isoweekday() in span.days and span.start <= clock < span.end for span in spans)

    def way_out(self, codes: Sequence[str], *, full: bool = False) -> tuple[tuple[str, ...], Way]:
        """Where a caller goes whom `codes` cannot take: groups to try as well, then what to do.

        Follows the overflow from group to group, each once; an overflow that leads nowhere waits."""
        tried = list(codes)
        for code in tried:  # grows while it is walked
            rule = self.of(code)
            way = Way(rule.full_rule if full else rule.empty_rule)
            if way is not Way.OVERFLOW:
                return tuple(tried[len(codes) :]), way
            if rule.overflow_group and rule.overflow_group not in tried:
                tried.append(rule.overflow_group)
        return tuple(tried[len(codes) :]), Way.WAIT


_UNDESCRIBED = GroupInfo(
    code="", name="", strategy="longest_idle", capacity=None, overflow_group=None, overflow_after_s=None,
    hours="always", empty_rule="wait", full_rule="wait", wrap_up_s=None, wrap_up_extension_s=0, service_s=15,
    announce_every_s=30, callback_after_s=None, active=True, version=0,
)  # fmt: skip
