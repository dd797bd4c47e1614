"""A node's whole state at one moment, typed; what a bridge rebuilds its picture from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .wire import CALL_VARIABLE, Headers, number, variables

_NOBODY_THERE = frozenset({"UNAVAILABLE", "INVALID", "UNKNOWN"})


@dataclass(frozen=True, slots=True)
class LiveChannel:
    """`variables`: those named in manager.conf `channelvars` that the channel has. Seconds."""

    channel: str
    uniqueid: str
    linkedid: str
    call_id: str
    state: str
    context: str
    exten: str = field(repr=False)
    priority: int
    application: str
    data: str = field(repr=False)
    bridge_id: str
    duration_s: int
    caller_num: str = field(repr=False)
    connected_num: str = field(repr=False)
    variables: Mapping[str, str] = field(repr=False)

    @classmethod
    def from_headers(cls, headers: Headers) -> "LiveChannel":
        own = variables(headers)
        linkedid = headers.get("Linkedid", "")
        return cls(
            channel=headers.get("Channel", ""),
            uniqueid=headers.get("Uniqueid", ""),
            linkedid=linkedid,
            call_id=own.get(CALL_VARIABLE) or linkedid,
            state=headers.get("ChannelStateDesc", ""),
            context=headers.get("Context", ""),
            exten=headers.get("Exten", ""),
            priority=int(headers.get("Priority") or 0),
            application=headers.get("Application", ""),
            data=headers.get("ApplicationData", ""),
            bridge_id=headers.get("BridgeId", ""),
            duration_s=_seconds(headers.get("Duration", "")),
            caller_num=number(headers, "CallerIDNum"),
            connected_num=number(headers, "ConnectedLineNum"),
            variables=own,
        )


@dataclass(frozen=True, slots=True)
class LiveBridge:
    bridge_id: str
    kind: str
    technology: str
    name: str
    members: int

    @classmethod
    def from_headers(cls, headers: Headers) -> "LiveBridge":
        return cls(
            bridge_id=headers.get("BridgeUniqueid", ""),
            kind=headers.get("BridgeType", ""),
            technology=headers.get("BridgeTechnology", ""),
            name=headers.get("BridgeName", ""),
            members=int(headers.get("BridgeNumChannels") or 0),
        )


@dataclass(frozen=True, slots=True)
class Contact:
    """`status` as Asterisk says it: Reachable, Unreachable, NonQualified, Unknown, …"""

    aor: str
    endpoint: str
    uri: str = field(repr=False)
    status: str

    @classmethod
    def from_headers(cls, headers: Headers) -> "Contact":
        return cls(
            aor=headers.get("ObjectName", "").partition(";")[0],
            endpoint=headers.get("Endpoint", ""),
            uri=headers.get("Uri", ""),
            status=headers.get("Status", ""),
        )


@dataclass(frozen=True, slots=True)
class Boot:
    """Which Asterisk process this is. `started`: its own words, to the second, equal as long as it lives.

    `restarted`: another process than at the snapshot before (or than the caller said it knew): every call
    of the old one has ended. `booted_at`: epoch seconds, up to one second after the true start; it and
    `uptime_s` are None when the AMI user lacks `system` in read.
    """

    started: str
    uptime_s: int | None
    booted_at: float | None
    restarted: bool


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`devices`: e.g. PJSIP/1001 → NOT_INUSE. `contacts`: None where the AMI user may not list them
    (it takes `system` in write); `reachable` needs none of that."""

    node: str
    boot: Boot
    taken_at: float
    channels: tuple[LiveChannel, ...]
    bridges: tuple[LiveBridge, ...]
    devices: Mapping[str, str]
    contacts: tuple[Contact, ...] | None

    def reachable(self, endpoint: str) -> bool | None:
        """Has this PJSIP endpoint a contact that answers? None when the node does not know it."""
        state = self.devices.get(f"PJSIP/{endpoint}")
        return None if state is None else state not in _NOBODY_THERE


def _seconds(text: str) -> int:
    """`HH:MM:SS` → seconds."""
    total = 0
    for part in text.split(":"):
        total = total * 60 + (int(part) if part.isdecimal() else 0)
    return total
