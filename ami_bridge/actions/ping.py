"""Ping: is the session alive?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from .base import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping(Action):
    name: ClassVar[str] = "Ping"

    def headers(self) -> Iterator[tuple[str, str]]:
        yield from ()
