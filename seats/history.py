"""The event stream read without gaps: whoever keeps a copy is told when something is missing in between."""

from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from seats.errors import AcdUnavailable
from seats.feeds import as_event, as_fields
from seats.keys import EVENTS
from seats.model import AcdRules, Event
from seats.store import ScriptStore
from seats.wiring import POLL_BLOCK_S

BEGINNING = "0-0"


@dataclass(frozen=True, slots=True)
class Slice:
    """Events after a place, oldest first.

    `missing`: why there may have been others before the first of them, "trimmed" (the reader was too far
    behind) or "emptied" (this stream never held the place); "": there were none."""

    events: list[Event]
    missing: str = ""


class History:
    """Reads {acd}:events for one reader.  Every method raises AcdUnavailable."""

    def __init__(self, redis: Redis, poll: Redis, *, rules: AcdRules) -> None:
        self._store = ScriptStore(redis, rules)
        self._poll = poll

    async def after(self, place: str, *, limit: int = 500) -> Slice:
        """Up to `limit` events after `place`, the id of the last one that was read (BEGINNING: all)."""
        entries = await self._store.ask("XRANGE", EVENTS, place, "+", "COUNT", limit + 1)
        events = [as_event(entry_id, as_fields(fields)) for entry_id, fields in entries]
        if events and events[0].id == place:
            return Slice(events[1:])
        if not events:
            return Slice([], "emptied" if place != BEGINNING and await self._gone_back(place) else "")
        if place == BEGINNING or _number(events[0].id) == _next(place):
            return Slice(events)
        return Slice(events, await self._why())

    async def more(self, place: str) -> bool:
        """Waits for an event after `place`, up to POLL_BLOCK_S; whether there is one."""
        try:
            found: Any = await self._poll.xread({EVENTS: place}, count=1, block=int(POLL_BLOCK_S * 1000))
        except (RedisError, OSError, TimeoutError) as error:
            raise AcdUnavailable(f"XREAD: {error or type(error).__name__}") from error
        return bool(found)

    async def _gone_back(self, place: str) -> bool:
        """Whether the stream ends before `place`: Redis came back with less, or with an earlier clock."""
        newest = await self._store.ask("XREVRANGE", EVENTS, "+", "-", "COUNT", 1)
        return bool(newest) and _number(newest[0][0]) < _number(place)

    async def _why(self) -> str:
        info = as_fields(await self._store.ask("XINFO", "STREAM", EVENTS))
        return "emptied" if int(info["entries-added"]) == int(info["length"]) else "trimmed"


def _number(event_id: str) -> tuple[int, int]:
    at, _, count = event_id.partition("-")
    return int(at), int(count)


def _next(event_id: str) -> tuple[int, int]:
    at, count = _number(event_id)
    return at, count + 1
