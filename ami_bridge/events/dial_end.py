"""DialEnd: the dialled channel answered or not: ANSWER, BUSY, NOANSWER, CANCEL, CHANUNAVAIL, …"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import ClassVar, Self

from ..wire import Headers
from .base import ChannelEvent, call_of, when


@dataclass(frozen=True, slots=True, kw_only=True)
class DialEnd(ChannelEvent):
    name: ClassVar[str] = "DialEnd"

    dest_channel: str
    dest_uniqueid: str
    status: str

    @classmethod
    def from_headers(cls, headers: Headers) -> Self:
        return cls(
            at=when(headers),
            call_id=call_of(headers),
            channel=headers.get("Channel", ""),
            uniqueid=headers.get("Uniqueid", ""),
            linkedid=headers.get("Linkedid", ""),
            dest_channel=headers.get("DestChannel", ""),
            dest_uniqueid=headers.get("DestUniqueid", ""),
            status=headers.get("DialStatus", ""),
        )

    @property
    def identity(self) -> Hashable:
        return (self.name, self.dest_uniqueid)
