"""Filter: only these events from now on, this session (needs `system` in write; prefer manager.conf)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from .base import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter(Action):
    name: ClassVar[str] = "Filter"

    event: str

    def headers(self) -> Iterator[tuple[str, str]]:
        yield "Operation", "Add"
        yield "MatchCriteria", f"action(include),name({self.event}),method(none)"
