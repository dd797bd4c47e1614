"""OriginateResponse: the end of an Originate; `reason` 4 is answered.

Match it by the action id: a failed one has no uniqueid.
"""

from dataclasses import dataclass
from typing import ClassVar, Self

from ..wire import Headers
from .base import Event, when, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginateResponse(Event):
    name: ClassVar[str] = "OriginateResponse"

    ok: bool
    action_id: str
    channel: str
    uniqueid: str
    reason: int

    @classmethod
    def from_headers(cls, headers: Headers) -> Self:
        return cls(
            at=when(headers),
            ok=headers.get("Response") == "Success",
            action_id=headers.get("ActionID", ""),
            channel=headers.get("Channel", ""),
            uniqueid=headers.get("Uniqueid", ""),
            reason=whole(headers, "Reason"),
        )

    @property
    def shard(self) -> str:
        return self.action_id
