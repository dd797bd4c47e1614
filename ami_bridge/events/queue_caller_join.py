"""QueueCallerJoin: a caller entered a plain queue."""

from dataclasses import dataclass
from typing import ClassVar, Self

from ..wire import Headers
from .base import ChannelEvent, call_of, when, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCallerJoin(ChannelEvent):
    name: ClassVar[str] = "QueueCallerJoin"

    queue: str
    position: int
    count: int

    @classmethod
    def from_headers(cls, headers: Headers) -> Self:
        return cls(
            at=when(headers),
            call_id=call_of(headers),
            channel=headers.get("Channel", ""),
            uniqueid=headers.get("Uniqueid", ""),
            linkedid=headers.get("Linkedid", ""),
            queue=headers.get("Queue", ""),
            position=whole(headers, "Position"),
            count=whole(headers, "Count"),
        )
