"""QueueCallerAbandon: a caller hung up in a plain queue. Seconds."""

from dataclasses import dataclass
from typing import ClassVar, Self

from ..wire import Headers
from .base import ChannelEvent, call_of, when, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCallerAbandon(ChannelEvent):
    name: ClassVar[str] = "QueueCallerAbandon"

    queue: str
    position: int
    hold_s: int

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
            hold_s=whole(headers, "HoldTime"),
        )
