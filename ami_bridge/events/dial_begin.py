"""DialBegin: Dial or Queue rings a channel. No caller's side (an Originate): channel is empty."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import ClassVar, Self

from ..wire import Headers
from .base import ChannelEvent, call_of, when


@dataclass(frozen=True, slots=True, kw_only=True)
class DialBegin(ChannelEvent):
    name: ClassVar[str] = "DialBegin"

    dest_channel: str
    dest_uniqueid: str
    dial_string: str = field(repr=False)

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
            dial_string=headers.get("DialString", ""),
        )

    @property
    def identity(self) -> Hashable:
        return (self.name, self.dest_uniqueid)
