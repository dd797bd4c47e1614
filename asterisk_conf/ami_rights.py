"""What an AMI user of each purpose may read and do: the least that the purpose needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from asterisk_conf.plan import AmiPurpose


@dataclass(frozen=True, slots=True)
class Rights:
    """`read` and `write` as manager.conf takes them; `events` are the only ones that are sent."""

    read: str
    write: str
    events: tuple[str, ...] = ()


BRIDGE_EVENTS = (
    "FullyBooted",
    "DialBegin",
    "DialEnd",
    "BridgeEnter",
    "BridgeLeave",
    "Hangup",
    "DeviceStateChange",
    "ContactStatus",
    "AgentCalled",
    "AgentConnect",
    "QueueCallerJoin",
    "QueueCallerLeave",
    "UserEvent",
    "MixMonitorStop",
    "OriginateResponse",
)
"""What passes the filter; answers to actions, lists included, are never filtered by Asterisk."""

RIGHTS: Mapping[AmiPurpose, Rights] = {
    # never system, command or config: with them, whoever reads one secret owns the machine
    AmiPurpose.BRIDGE: Rights("system,call,agent,user", "call,reporting,originate", BRIDGE_EVENTS),
    AmiPurpose.OBSERVE: Rights("none", "reporting"),
}
