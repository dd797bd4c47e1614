"""Newchannel: a channel was made."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import ClassVar, Self

from ..wire import Headers, number
from .base import ChannelEvent, call_of, when


@dataclass(frozen=True, slots=True, kw_only=True)
class Newchannel(ChannelEvent):
    name: ClassVar[str] = "Newchannel"

    state: str
    caller_num: str = field(repr=False)
    caller_name: str = field(repr=False)
    context: str
    exten: str

    @classmethod
    def from_headers(cls, headers: Headers) -> Self:
        return cls(
            at=when(headers),
            call_id=call_of(headers),
            channel=headers.get("Channel", ""),
            uniqueid=headers.get("Uniqueid", ""),
            linkedid=headers.get("Linkedid", ""),
            state=headers.get("ChannelStateDesc", ""),
            caller_num=number(headers, "CallerIDNum"),
            caller_name=number(headers, "CallerIDName"),
            context=headers.get("Context", ""),
            exten=headers.get("Exten", ""),
        )

    @property
    def identity(self) -> Hashable:
        return (self.name, self.uniqueid)
