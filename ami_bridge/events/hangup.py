"""Hangup: a channel is gone; always its last event. `leg`: its HL_LEG, empty when it has none."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import ClassVar, Self

from ..wire import Headers
from .base import OWN_LEG, ChannelEvent, call_of, when, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup(ChannelEvent):
    name: ClassVar[str] = "Hangup"

    cause: int
    cause_text: str
    leg: str = ""

    @classmethod
    def from_headers(cls, headers: Headers) -> Self:
        return cls(
            at=when(headers),
            call_id=call_of(headers),
            channel=headers.get("Channel", ""),
            uniqueid=headers.get("Uniqueid", ""),
            linkedid=headers.get("Linkedid", ""),
            cause=whole(headers, "Cause"),
            cause_text=headers.get("Cause-txt", ""),
            leg=headers.get(OWN_LEG, ""),
        )

    @property
    def identity(self) -> Hashable:
        return (self.name, self.uniqueid)
