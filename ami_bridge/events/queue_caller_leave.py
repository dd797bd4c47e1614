"""QueueCallerLeave: a caller left a plain queue, answered or not."""

from dataclasses import dataclass
from typing import ClassVar, Self

from ..wire import Headers
from .base import ChannelEvent, call_of, when, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCallerLeave(ChannelEvent):
    name: ClassVar[str] = "QueueCallerLeave"

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
