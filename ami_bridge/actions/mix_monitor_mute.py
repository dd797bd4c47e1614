"""MixMonitorMute: mutes or resumes a recording. direction: read, write or both."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from .base import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class MixMonitorMute(Action):
    name: ClassVar[str] = "MixMonitorMute"

    channel: str
    muted: bool
    direction: str = "both"

    def headers(self) -> Iterator[tuple[str, str]]:
        yield "Channel", self.channel
        yield "Direction", self.direction
        yield "State", "1" if self.muted else "0"
