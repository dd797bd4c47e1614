"""Endless feeds from Redis: wakes for a node's owner, acknowledged pops for bridges, events for desks.

Each feed outlives a Redis that goes away, frozen or restarted, and goes on where it stopped.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from seats.keys import EVENTS, POPPED, WAKES
from seats.model import Event, Wake
from seats.states import CallKind
from seats.views import CallView, SeatView
from seats.wiring import POLL_BLOCK_S

_RETRY_S = 0.25
_BATCH = 200

Entry = tuple[str, dict[str, str]]


async def read_stream(poll: Redis, stream: str, last_id: str) -> AsyncIterator[Entry]:
    """Entries after ``last_id``, for ever."""
    away = False
    while True:
        try:
            found: Any = await poll.xread({stream: last_id}, count=_BATCH, block=int(POLL_BLOCK_S * 1000))
        except (RedisError, OSError, TimeoutError) as error:
            if not away:
                structlog.get_logger().warning("feed_interrupted", stream=stream, error=str(error))
            away = True
            await asyncio.sleep(_RETRY_S)
            continue
        if away:
            structlog.get_logger().info("feed_resumed", stream=stream)
            away = False
        for entry_id, fields in _entries(found, stream):
            last_id = entry_id
            yield entry_id, fields


async def read_wakes(poll: Redis, node: str, last_id: str) -> AsyncIterator[Wake]:
    async for entry_id, fields in read_stream(poll, WAKES, last_id):
        if fields["node"] == node:
            yield Wake(
                id=entry_id,
                call_id=fields["call"],
                seat=fields["seat"],
                fence=int(fields["fence"]),
                channel=fields["channel"],
                node=node,
                kind=CallKind(fields.get("kind", "call")),
                by=fields.get("by", ""),
            )


async def read_events(poll: Redis, last_id: str) -> AsyncIterator[Event]:
    async for entry_id, fields in read_stream(poll, EVENTS, last_id):
        yield as_event(entry_id, fields)


async def read_popped(poll: Redis) -> AsyncIterator[tuple[str, int]]:
    """(call id, fence) of each pop that a console has shown.  What is published meanwhile elsewhere is lost:
    an acknowledgement is only a hint, nobody waits long for it."""
    while True:
        subscription = poll.pubsub(ignore_subscribe_messages=True)
        try:
            await subscription.subscribe(POPPED)
            while True:
                message: Any = await subscription.get_message(timeout=POLL_BLOCK_S)
                if message is not None:
                    call_id, _, fence = str(message["data"]).rpartition(" ")
                    if call_id and fence.isdigit():
                        yield call_id, int(fence)
        except (RedisError, OSError, TimeoutError) as error:
            structlog.get_logger().warning("feed_interrupted", stream=POPPED, error=str(error))
            await asyncio.sleep(_RETRY_S)
        finally:
            await subscription.aclose()  # type: ignore[no-untyped-call]


def as_event(entry_id: str, fields: dict[str, str]) -> Event:
    kind, data = fields["type"], json.loads(fields["data"])
    if kind == "seat.changed":
        data = SeatView.from_document(data).as_json()
    elif kind in ("call.changed", "call.ended"):
        data = CallView.from_document(data).as_json()
    elif kind == "group.changed":
        data["longest_since_ms"] = data["longest_since_ms"] or None
    return Event(
        id=entry_id,
        type=kind,
        at=int(entry_id.partition("-")[0]),
        seat=fields["seat"] or None,
        call_id=fields["call"] or None,
        data=data,
    )


def _entries(found: Any, stream: str) -> list[Entry]:
    """XREAD's answer in either protocol of redis-py."""
    if not found:
        return []
    batch = found[stream] if isinstance(found, dict) else found[0][1]
    if batch and isinstance(batch[0], list) and batch[0] and isinstance(batch[0][0], list):
        batch = batch[0]
    return [(entry[0], as_fields(entry[1])) for entry in batch]


def as_fields(flat: Any) -> dict[str, str]:
    if isinstance(flat, dict):
        return flat
    return dict(zip(flat[::2], flat[1::2], strict=True))
