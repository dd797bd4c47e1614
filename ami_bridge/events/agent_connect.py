"""AgentConnect: a plain queue's member answered. Seconds."""

from dataclasses import dataclass
from typing import ClassVar, Self

from ..wire import Headers
from .base import ChannelEvent, call_of, when, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentConnect(ChannelEvent):
    name: ClassVar[str] = "AgentConnect"

    queue: str
    member: str
    interface: str
    dest_channel: str
    dest_uniqueid: str
    ring_s: int
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
            member=headers.get("MemberName", ""),
            interface=headers.get("Interface", ""),
            dest_channel=headers.get("DestChannel", ""),
            dest_uniqueid=headers.get("DestUniqueid", ""),
            ring_s=whole(headers, "RingTime"),
            hold_s=whole(headers, "HoldTime"),
        )
