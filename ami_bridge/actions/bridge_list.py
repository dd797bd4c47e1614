"""BridgeList: every live bridge."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from .base import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeList(Action):
    name: ClassVar[str] = "BridgeList"
    collects: ClassVar[str | None] = "BridgeListComplete"

    def headers(self) -> Iterator[tuple[str, str]]:
        yield from ()
