"""UserEvent: written by our dialplan; `body` holds its own headers beside the channel's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Self

from ..wire import Headers
from .base import ChannelEvent, call_of, when


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEvent(ChannelEvent):
    name: ClassVar[str] = "UserEvent"

    kind: str
    body: Mapping[str, str] = field(repr=False)

    @classmethod
    def from_headers(cls, headers: Headers) -> Self:
        return cls(
            at=when(headers),
            call_id=call_of(headers),
            channel=headers.get("Channel", ""),
            uniqueid=headers.get("Uniqueid", ""),
            linkedid=headers.get("Linkedid", ""),
            kind=headers.get("UserEvent", ""),
            body=headers,
        )
