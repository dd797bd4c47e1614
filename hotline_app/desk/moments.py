"""Moments: epoch milliseconds inside, ISO 8601 with Beijing's offset in the API."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Annotated

from pydantic import BeforeValidator

# China keeps one time and no summer time, so a fixed offset is right and needs no tz database.
BEIJING = timezone(timedelta(hours=8))
DAY_MS = 24 * 3_600_000


def moment(ms: int) -> datetime:
    """Epoch milliseconds as a moment in Beijing's time."""
    return datetime.fromtimestamp(ms / 1000, BEIJING)


def milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def today(now: int) -> tuple[int, int]:
    """Beijing's day that holds this moment: its first millisecond and that of the next day."""
    midnight = milliseconds(moment(now).replace(hour=0, minute=0, second=0, microsecond=0))
    return midnight, midnight + DAY_MS


def spelled(value: object) -> object:
    """A moment as people and URLs write it: a bare date or a time without a zone is Beijing's, and the plus
    sign of an offset that arrived as a blank is put back."""
    if not isinstance(value, str):
        return value
    try:
        at = datetime.fromisoformat(value.replace(" ", "+") if "T" in value else value)
    except ValueError:
        return value
    return at if at.tzinfo else at.replace(tzinfo=BEIJING)


def _read(value: object) -> object:
    return moment(value) if isinstance(value, int) and not isinstance(value, bool) else value


Moment = Annotated[datetime, BeforeValidator(_read)]
"""A model's field: takes epoch milliseconds, is written as 2026-11-23T09:30:00.250000+08:00."""
