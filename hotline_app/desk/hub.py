"""One reader of the ACD's event stream, many listeners.

The reader task follows the stream with XREAD and hands the events to the sockets' bounded queues.  What every
screen sees is gathered for a moment and sent as one message, encoded once: in a full hall each screen is told
of every call, and a message costs far more than the event in it.  What one seat alone sees goes at once.

A socket that does not keep up is cut: it comes back with the id of the last event it saw and reads the rest
from the stream, so nothing is lost and the desk's memory stays bounded.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from hotline_app.desk.health import REDIS, Health
from seats.feeds import as_event

Position = tuple[int, int]
START: Position = (0, 0)
_BLOCK_MS = 2000
_PAGE = 500
_RETRY_S = 0.5
_BUNDLE = 64  # events


def position(event_id: str) -> Position:
    """A stream id as a comparable pair; ValueError when it is none."""
    high, _, low = event_id.partition("-")
    if not (high.isascii() and high.isdigit() and len(high) < 20):
        raise ValueError(event_id)
    if low and not (low.isascii() and low.isdigit() and len(low) < 20):
        raise ValueError(event_id)
    return int(high), int(low or 0)


def written(at: Position) -> str:
    return f"{at[0]}-{at[1]}"


@dataclass(frozen=True, slots=True)
class Event:
    """`text` is what goes down the socket, encoded once for all; `at` is None for the desk's own events
    (degraded, recovered), which have no place in the stream."""

    at: Position | None
    type: str
    seat: str
    text: str

    @property
    def personal(self) -> bool:
        """For the seat that the event names, and for nobody else.  A message without one is for several."""
        return self.type == "pop" or (self.type == "message" and self.seat != "")


class Bundle:
    """Events in order and the message that tells them: one event as an object, several as an array."""

    __slots__ = ("events", "text")

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = tuple(events)
        texts = [event.text for event in self.events]
        self.text = texts[0] if len(texts) == 1 else f"[{','.join(texts)}]"

    def after(self, place: Position) -> Bundle | None:
        """What of it comes after that place; None when nothing does."""
        first = self.events[0].at
        if first is None or first > place:
            return self
        fresh = [event for event in self.events if event.at is None or event.at > place]
        return Bundle(fresh) if fresh else None

    @property
    def at(self) -> Position | None:
        """The place that a socket has reached with it."""
        return self.events[-1].at


class Listener:
    """A bounded queue of one socket.  `cut` is set when it overflowed: close the socket, it will resume."""

    def __init__(self, wants: Callable[[Event], bool], size: int) -> None:
        self.wants = wants
        self.queue: asyncio.Queue[Bundle] = asyncio.Queue(size)
        self.cut = asyncio.Event()

    def offer(self, bundle: Bundle) -> None:
        if self.cut.is_set():
            return
        try:
            self.queue.put_nowait(bundle)
        except asyncio.QueueFull:
            self.cut.set()


class Lost(Exception):
    """The stream no longer holds what the client missed: it has to read everything again."""


class Hub:
    """`redis` must decode responses and belong to the hub alone: XREAD holds its connection."""

    def __init__(
        self,
        redis: Redis,
        key: str,
        health: Health,
        *,
        queue_size: int,
        replay_limit: int,
        gather_s: float,
    ) -> None:
        self._redis = redis
        self._key = key
        self._health = health
        self._queue_size = queue_size
        self._replay_limit = replay_limit
        self._gather_s = gather_s
        self._gathered: list[Event] = []
        self._due: asyncio.TimerHandle | None = None
        self._listeners: set[Listener] = set()
        self._log: Any = structlog.get_logger("desk.hub")
        self.at: Position = START
        self.ready = asyncio.Event()

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    def listen(self, wants: Callable[[Event], bool]) -> Listener:
        listener = Listener(wants, self._queue_size)
        self._listeners.add(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        self._listeners.discard(listener)

    def tell(self, kind: str, data: dict[str, Any], at: Position | None = None) -> None:
        """An event of the desk's own, to every socket."""
        self._flush()
        self._to_all(Bundle([own_event(kind, data, at)]))

    async def run(self) -> None:
        """Follows the stream for ever; Redis away is reported and tried again."""
        while True:
            try:
                await self._find_place()
                self.ready.set()
                self._health.report(REDIS, True)
                while True:
                    answer = await self._redis.xread({self._key: written(self.at)}, _PAGE, _BLOCK_MS)
                    for event in _events(answer):
                        self.at = event.at or self.at
                        self._spread(event)
            except (RedisError, OSError) as fault:
                self._health.report(REDIS, False, type(fault).__name__)
                await asyncio.sleep(_RETRY_S)

    async def missed(self, after: Position) -> AsyncIterator[Event]:
        """What the stream holds after that place, oldest first.

        Raises Lost when part of it is gone, when the place was never reached, or when there is more than the
        replay limit; RedisError."""
        first, last = await self._ends()
        if after > last or (START < after < first):
            raise Lost
        count = 0
        while True:
            page: Any = await self._redis.xrange(self._key, "(" + written(after), "+", _PAGE) or []
            for event_id, fields in page:
                event = _event(event_id, fields)
                assert event.at is not None
                after = event.at
                yield event
            count += len(page)
            if len(page) < _PAGE:
                return
            if count >= self._replay_limit:
                raise Lost

    async def _ends(self) -> tuple[Position, Position]:
        """The first and the last id of the stream; an empty one begins and ends at zero."""
        newest: Any = await self._redis.xrevrange(self._key, count=1)
        oldest: Any = await self._redis.xrange(self._key, count=1)
        if not newest or not oldest:
            return START, START
        return position(oldest[0][0]), position(newest[0][0])

    async def _find_place(self) -> None:
        """At the start: the end of the stream.  Later: where we were, unless the stream was lost meanwhile
        and counts from a lower id again."""
        _, last = await self._ends()
        if not self.ready.is_set():
            self.at = last
        elif last < self.at:
            self._log.warning("event stream was lost", had=written(self.at), has=written(last))
            self.at = last
            self.tell("resync", {}, last)

    def _spread(self, event: Event) -> None:
        if event.personal:
            self._at_once(event)
            return
        self._gathered.append(event)
        if len(self._gathered) >= _BUNDLE:
            self._flush()
        elif self._due is None:
            self._due = asyncio.get_running_loop().call_later(self._gather_s, self._flush)

    def _at_once(self, event: Event) -> None:
        """To the one it is for, with what that one has not been told yet: a socket's places only go up."""
        for listener in self._listeners:
            if listener.wants(event):
                listener.offer(Bundle([*self._gathered, event]))

    def _flush(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None
        if self._gathered:
            bundle = Bundle(self._gathered)
            self._gathered = []
            self._to_all(bundle)

    def _to_all(self, bundle: Bundle) -> None:
        for listener in self._listeners:
            listener.offer(bundle)


def own_event(kind: str, data: dict[str, Any], at: Position | None = None) -> Event:
    body = {"id": written(at) if at else None, "type": kind, "at": None, "data": data}
    return Event(None, kind, "", json.dumps(body, ensure_ascii=False))


def _events(answer: Any) -> list[Event]:
    """XREAD answers pairs of stream and entries, or nothing when the time was over."""
    return [_event(event_id, fields) for _, entries in answer or [] for event_id, fields in entries]


def _event(event_id: str, fields: dict[str, str]) -> Event:
    found = as_event(event_id, fields)
    told = {"id": event_id, "type": found.type, "at": found.at, "seat": found.seat, "call": found.call_id}
    text = json.dumps(told | {"data": found.data}, ensure_ascii=False)
    return Event(position(event_id), found.type, found.seat or "", text)
