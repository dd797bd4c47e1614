"""CoreShowChannels: every live channel, in no useful order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from .base import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreShowChannels(Action):
    name: ClassVar[str] = "CoreShowChannels"
    collects: ClassVar[str | None] = "CoreShowChannelsComplete"

    def headers(self) -> Iterator[tuple[str, str]]:
        yield from ()
