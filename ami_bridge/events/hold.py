"""Hold: this party put the other on hold."""

from dataclasses import dataclass
from typing import ClassVar, Self

from ..wire import Headers
from .base import ChannelEvent, call_of, when


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(ChannelEvent):
    name: ClassVar[str] = "Hold"

    @classmethod
    def from_headers(cls, headers: Headers) -> Self:
        return cls(
            at=when(headers),
            call_id=call_of(headers),
            channel=headers.get("Channel", ""),
            uniqueid=headers.get("Uniqueid", ""),
            linkedid=headers.get("Linkedid", ""),
        )
