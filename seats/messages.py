"""What a shift leader tells the seats: pushed as an event, and kept until each seat has read it.

An event alone would miss a console that is being reloaded, so each seat has its unread messages in a hash of
its own as well.  A message holds what a colleague wrote, never what a caller said.
"""

import json
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from seats.errors import AcdUnavailable
from seats.keys import EVENTS

UNREAD: Final = "{acd}:unread:"  # + extension → hash: message id → the message (JSON)
KEPT_S = 12 * 3600  # a message that nobody read in a whole shift is about yesterday
_EVENTS_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Message:
    """`to`: an extension, or "" for more than one; `group`: its code if only that group is meant."""

    id: str
    sender: str
    text: str
    at: int  # epoch ms, Redis's clock
    to: str = ""
    group: str = ""

    def as_json(self) -> dict[str, Any]:
        found = asdict(self)
        found["from"] = found.pop("sender")
        return found

    @classmethod
    def from_json(cls, text: str) -> "Message":
        found = json.loads(text)
        found["sender"] = found.pop("from")
        return cls(**found)


class Messages:
    """Every method raises AcdUnavailable when Redis does not answer."""

    def __init__(self, redis: Redis, *, kept_s: int = KEPT_S) -> None:
        self._redis = redis
        self._kept_s = kept_s

    async def say(
        self, seats: Iterable[str], text: str, *, sender: str, to: str = "", group: str = ""
    ) -> Message:
        """Tells these seats at once, with one event for all of them."""
        try:
            seconds, micros = await self._redis.time()
            message = Message(
                uuid.uuid4().hex, sender, text, int(seconds) * 1000 + int(micros) // 1000, to, group
            )
            told = json.dumps(message.as_json(), ensure_ascii=False)
            async with self._redis.pipeline(transaction=True) as pipe:
                for seat in seats:
                    pipe.hset(UNREAD + seat, message.id, told)
                    pipe.expire(UNREAD + seat, self._kept_s)
                event: dict[Any, Any] = {"type": "message", "seat": to, "call": "", "data": told}
                pipe.xadd(EVENTS, event, maxlen=_EVENTS_KEPT, approximate=True)
                await pipe.execute()
        except (RedisError, OSError, TimeoutError) as error:
            raise AcdUnavailable(f"message: {error or type(error).__name__}") from error
        return message

    async def unread(self, seat: str) -> list[Message]:
        """The oldest first."""
        try:
            found: Any = await self._redis.execute_command("HVALS", UNREAD + seat)  # type: ignore[no-untyped-call]
        except (RedisError, OSError, TimeoutError) as error:
            raise AcdUnavailable(f"unread: {error or type(error).__name__}") from error
        return sorted((Message.from_json(text) for text in found), key=lambda message: message.at)

    async def read(self, seat: str, message_id: str) -> bool:
        """The seat has read it.  False: it had already, or the message is too old."""
        try:
            gone: Any = await self._redis.execute_command("HDEL", UNREAD + seat, message_id)  # type: ignore[no-untyped-call]
        except (RedisError, OSError, TimeoutError) as error:
            raise AcdUnavailable(f"read: {error or type(error).__name__}") from error
        return bool(gone)
