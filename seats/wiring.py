"""Redis clients: impatient ones for the call path, patient ones for long polls."""

from dataclasses import dataclass
from typing import Any

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

CALL_TIMEOUT_S = 0.3
CALL_RETRIES = 1
POLL_BLOCK_S = 5.0
POLL_TIMEOUT_S = POLL_BLOCK_S + 5.0


@dataclass(frozen=True, slots=True)
class Clients:
    call: Redis
    poll: Redis

    async def close(self) -> None:
        await self.call.aclose()
        await self.poll.aclose()


def connect(url: str, *, timeout_s: float = CALL_TIMEOUT_S) -> Clients:
    """Makes both clients; ``url`` as redis-py reads it (``redis://…``, ``unix:///path?db=0``).

    redis-py's own defaults (5 s, ten tries) would keep a caller waiting for a minute.
    Nothing is sent yet: a Redis that is away shows at first use.
    """
    call = Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), CALL_RETRIES),
    )
    return Clients(call=call, poll=long_poll_like(call))


def long_poll_like(redis: Redis) -> Redis:
    """A client of the same server that may wait, so that a blocking read has limits of its own."""
    pool: ConnectionPool = redis.connection_pool
    settings: dict[str, Any] = dict(pool.connection_kwargs) | {
        "decode_responses": True,
        "socket_timeout": POLL_TIMEOUT_S,
        "socket_connect_timeout": 2.0,
        "retry": Retry(NoBackoff(), 0),
    }
    return Redis(connection_pool=ConnectionPool(connection_class=pool.connection_class, **settings))
