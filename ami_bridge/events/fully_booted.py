"""FullyBooted: the node takes calls (needs `system` in read). Whole seconds."""

from dataclasses import dataclass
from typing import ClassVar, Self

from ..wire import Headers
from .base import Event, when, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class FullyBooted(Event):
    name: ClassVar[str] = "FullyBooted"

    uptime_s: int
    last_reload_s: int

    @classmethod
    def from_headers(cls, headers: Headers) -> Self:
        return cls(
            at=when(headers),
            uptime_s=whole(headers, "Uptime"),
            last_reload_s=whole(headers, "LastReload"),
        )
