"""Hangup: ends one channel. The name is matched exactly; cause as in Q.850."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from .base import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup(Action):
    name: ClassVar[str] = "Hangup"

    channel: str
    cause: int = 16

    def headers(self) -> Iterator[tuple[str, str]]:
        yield "Channel", self.channel
        yield "Cause", str(self.cause)
