"""Business hours as data: weekly spans, closed days, and days with hours of their own (make-up workdays)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timezone

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Span:
    """Open from `opens` up to, but not including, `closes` (minutes after midnight; closes ≤ 1440)."""

    opens: int
    closes: int

    def holds(self, at: time) -> bool:
        return self.opens <= at.hour * 60 + at.minute < self.closes


@dataclass(frozen=True, slots=True)
class Hours:
    """When an office is open.

    `zone` is a fixed offset: the whole country keeps +08:00 the year round, so no time zone files are
    needed.  A day in `days` has exactly those spans (none = closed) and overrides the week: holidays and
    make-up workdays.
    """

    name: str
    zone: timezone
    week: tuple[tuple[Span, ...], ...]
    days: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)

    def open_at(self, now: datetime) -> bool:
        """`now` must carry its zone; a naive one is an error of the caller (ValueError)."""
        if now.tzinfo is None:
            raise ValueError("business hours need a time with its zone")
        local = now.astimezone(self.zone)
        spans = self.days.get(local.date(), self.week[local.weekday()])
        return any(span.holds(local.time()) for span in spans)
