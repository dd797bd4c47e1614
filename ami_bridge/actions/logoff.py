"""Logoff: ends the session."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from .base import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Logoff(Action):
    name: ClassVar[str] = "Logoff"

    def headers(self) -> Iterator[tuple[str, str]]:
        yield from ()
