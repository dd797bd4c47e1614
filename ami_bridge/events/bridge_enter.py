"""BridgeEnter: a channel joined others; `members` counts it in."""

from dataclasses import dataclass
from typing import ClassVar, Self

from ..wire import Headers
from .base import ChannelEvent, call_of, when, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeEnter(ChannelEvent):
    name: ClassVar[str] = "BridgeEnter"

    bridge_id: str
    technology: str
    members: int

    @classmethod
    def from_headers(cls, headers: Headers) -> Self:
        return cls(
            at=when(headers),
            call_id=call_of(headers),
            channel=headers.get("Channel", ""),
            uniqueid=headers.get("Uniqueid", ""),
            linkedid=headers.get("Linkedid", ""),
            bridge_id=headers.get("BridgeUniqueid", ""),
            technology=headers.get("BridgeTechnology", ""),
            members=whole(headers, "BridgeNumChannels"),
        )
