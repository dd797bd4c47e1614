"""What every event has, and the readers for headers that many share."""

import time
from collections.abc import Hashable
from dataclasses import dataclass
from typing import ClassVar, Self

from ..wire import CALL_VARIABLE, LEG_VARIABLE, Headers

_OWN = f"ChanVariable({CALL_VARIABLE})"
_DEST = f"DestChanVariable({CALL_VARIABLE})"

OWN_LEG = f"ChanVariable({LEG_VARIABLE})"
DEST_LEG = f"DestChanVariable({LEG_VARIABLE})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`at`: epoch seconds, Asterisk's own (manager.conf `timestampevents=yes`), else of arrival."""

    name: ClassVar[str]

    at: float
    call_id: str = ""

    @classmethod
    def from_headers(cls, headers: Headers) -> Self:
        raise NotImplementedError(cls.__name__)

    @property
    def shard(self) -> str:
        """Events of one shard are handled in order."""
        return self.call_id

    @property
    def identity(self) -> Hashable:
        """Equal for two copies of one event; Asterisk writes one time stamp for all sessions."""
        return (self.name, self.at, self.shard)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelEvent(Event):
    """An event of one channel. `call_id`: HL_CALL where the channel has it, else its Linkedid."""

    channel: str
    uniqueid: str
    linkedid: str

    @property
    def identity(self) -> Hashable:
        return (self.name, self.at, self.uniqueid)


def when(headers: Headers) -> float:
    stamp = headers.get("Timestamp")
    return float(stamp) if stamp else time.time()


def call_of(headers: Headers) -> str:
    return (
        headers.get(_OWN) or headers.get("Linkedid") or headers.get(_DEST) or headers.get("DestLinkedid", "")
    )


def whole(headers: Headers, key: str) -> int:
    """A counter; 0 when the header is missing or empty."""
    return int(headers.get(key) or 0)
