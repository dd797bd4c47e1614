"""CoreStatus: when this Asterisk process started (needs `reporting` in write)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from .base import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreStatus(Action):
    name: ClassVar[str] = "CoreStatus"

    def headers(self) -> Iterator[tuple[str, str]]:
        yield from ()
