"""Redirect: sends a channel to a place in the dialplan, and a second one with it if named."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from .base import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect(Action):
    name: ClassVar[str] = "Redirect"

    channel: str
    context: str
    exten: str
    priority: int = 1
    extra_channel: str = ""
    extra_context: str = ""
    extra_exten: str = ""
    extra_priority: int = 1

    def headers(self) -> Iterator[tuple[str, str]]:
        yield "Channel", self.channel
        yield "Context", self.context
        yield "Exten", self.exten
        yield "Priority", str(self.priority)
        if self.extra_channel:
            yield "ExtraChannel", self.extra_channel
            yield "ExtraContext", self.extra_context
            yield "ExtraExten", self.extra_exten
            yield "ExtraPriority", str(self.extra_priority)
