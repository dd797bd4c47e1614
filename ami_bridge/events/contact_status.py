"""ContactStatus: a registration came, went or stopped answering (needs `system` in read). Microseconds."""

from dataclasses import dataclass
from typing import ClassVar, Self

from ..wire import Headers
from .base import Event, when


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactStatus(Event):
    name: ClassVar[str] = "ContactStatus"

    aor: str
    endpoint: str
    uri: str
    status: str
    round_trip_us: int

    @classmethod
    def from_headers(cls, headers: Headers) -> Self:
        return cls(
            at=when(headers),
            aor=headers.get("AOR", ""),
            endpoint=headers.get("EndpointName", ""),
            uri=headers.get("URI", ""),
            status=headers.get("ContactStatus", ""),
            round_trip_us=int(rtt) if (rtt := headers.get("RoundtripUsec", "")).isdecimal() else 0,
        )

    @property
    def shard(self) -> str:
        return self.aor
