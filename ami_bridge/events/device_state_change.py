"""DeviceStateChange: e.g. PJSIP/1001 is NOT_INUSE, INUSE, RINGING, UNAVAILABLE, …"""

from dataclasses import dataclass
from typing import ClassVar, Self

from ..wire import Headers
from .base import Event, when


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStateChange(Event):
    name: ClassVar[str] = "DeviceStateChange"

    device: str
    state: str

    @classmethod
    def from_headers(cls, headers: Headers) -> Self:
        return cls(
            at=when(headers),
            device=headers.get("Device", ""),
            state=headers.get("State", ""),
        )

    @property
    def shard(self) -> str:
        return self.device
