"""QueueStatus: plain queues with members and callers; all when `queue` is empty."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from .base import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueStatus(Action):
    name: ClassVar[str] = "QueueStatus"
    collects: ClassVar[str | None] = "QueueStatusComplete"

    queue: str = ""

    def headers(self) -> Iterator[tuple[str, str]]:
        if self.queue:
            yield "Queue", self.queue
