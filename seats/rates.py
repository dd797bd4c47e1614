"""How long a new caller will wait, by the matches of the last minutes: what offer() tells, for boards.

Keep in step with seats/scripts/lib/rates.lua.
"""

from collections.abc import Mapping
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from seats.errors import AcdUnavailable
from seats.feeds import as_fields
from seats.keys import RATES

_MINUTE_MS = 60_000


async def read(redis: Redis) -> Mapping[str, str]:
    """Lane → its matches by minute, as stored.  Raises AcdUnavailable."""
    try:
        return as_fields(await redis.execute_command("HGETALL", RATES))  # type: ignore[no-untyped-call]
    except (RedisError, OSError, TimeoutError) as error:
        raise AcdUnavailable(f"rates: {error or type(error).__name__}") from error


def expected_s(stored: str, ahead: int, *, now_ms: int, window_s: float = 600.0) -> float | None:
    """Seconds until whoever has so many ahead is matched; None while nobody was."""
    oldest = now_ms // _MINUTE_MS - round(window_s / 60)
    told = [tuple(map(int, entry.split(":"))) for entry in stored.split()]
    counted = [(minute, count) for minute, count in told if minute > oldest]
    matches = sum(count for _, count in counted)
    if not matches:
        return None
    since = min(minute for minute, _ in counted) * _MINUTE_MS
    return (ahead + 1) * max(_MINUTE_MS, now_ms - since) / matches / 1000


def lane_of(group: str, languages: Any) -> str:
    """The lane by which a group is judged: Chinese where it is spoken, else the first language."""
    spoken = sorted(languages)
    return f"{group}.{'zh' if 'zh' in spoken or not spoken else spoken[0]}"
