"""DialEnd: the dialled channel answered or not: ANSWER, BUSY, NOANSWER, CANCEL, CHANUNAVAIL, …

`leg`, `dest_leg`: HL_LEG of the channel that dialled and of the one that was dialled.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import ClassVar, Self

from ..wire import Headers
from .base import DEST_LEG, OWN_LEG, ChannelEvent, call_of, when


@dataclass(frozen=True, slots=True, kw_only=True)
class DialEnd(ChannelEvent):
    name: ClassVar[str] = "DialEnd"

    dest_channel: str
    dest_uniqueid: str
    status: str
    leg: str = ""
    dest_leg: str = ""

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
            leg=headers.get(OWN_LEG, ""),
            dest_leg=headers.get(DEST_LEG, ""),
        )

    @property
    def identity(self) -> Hashable:
        return (self.name, self.dest_uniqueid)
