"""MixMonitorMute: a recording was muted or goes on. Direction read, write or both."""

from dataclasses import dataclass
from typing import ClassVar, Self

from ..wire import Headers
from .base import ChannelEvent, call_of, when


@dataclass(frozen=True, slots=True, kw_only=True)
class MixMonitorMute(ChannelEvent):
    name: ClassVar[str] = "MixMonitorMute"

    direction: str
    muted: bool

    @classmethod
    def from_headers(cls, headers: Headers) -> Self:
        return cls(
            at=when(headers),
            call_id=call_of(headers),
            channel=headers.get("Channel", ""),
            uniqueid=headers.get("Uniqueid", ""),
            linkedid=headers.get("Linkedid", ""),
            direction=headers.get("Direction", ""),
            muted=headers.get("State") == "1",
        )
