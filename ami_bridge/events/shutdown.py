"""Shutdown: Asterisk stops in an orderly way."""

from dataclasses import dataclass
from typing import ClassVar, Self

from ..wire import Headers
from .base import Event, when


@dataclass(frozen=True, slots=True, kw_only=True)
class Shutdown(Event):
    name: ClassVar[str] = "Shutdown"

    restart: bool

    @classmethod
    def from_headers(cls, headers: Headers) -> Self:
        return cls(
            at=when(headers),
            restart=headers.get("Restart") == "True",
        )
