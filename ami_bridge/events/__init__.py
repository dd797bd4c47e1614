"""Typed AMI events, one file each. An event that is not in the registry is dropped before it is parsed."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from ..snapshot import Boot, Contact, LiveBridge, LiveChannel, Snapshot
from ..wire import CALL_VARIABLE
from .agent_called import AgentCalled
from .agent_complete import AgentComplete
from .agent_connect import AgentConnect
from .agent_ring_no_answer import AgentRingNoAnswer
from .base import ChannelEvent, Event
from .bridge_enter import BridgeEnter
from .bridge_leave import BridgeLeave
from .contact_status import ContactStatus
from .device_state_change import DeviceStateChange
from .dial_begin import DialBegin
from .dial_end import DialEnd
from .fully_booted import FullyBooted
from .hangup import Hangup
from .hold import Hold
from .mix_monitor_mute import MixMonitorMute
from .mix_monitor_start import MixMonitorStart
from .mix_monitor_stop import MixMonitorStop
from .newchannel import Newchannel
from .originate_response import OriginateResponse
from .queue_caller_abandon import QueueCallerAbandon
from .queue_caller_join import QueueCallerJoin
from .queue_caller_leave import QueueCallerLeave
from .shutdown import Shutdown
from .unhold import Unhold
from .user_event import UserEvent

_KINDS: tuple[type[Event], ...] = (
    AgentCalled,
    AgentComplete,
    AgentConnect,
    AgentRingNoAnswer,
    BridgeEnter,
    BridgeLeave,
    ContactStatus,
    DeviceStateChange,
    DialBegin,
    DialEnd,
    FullyBooted,
    Hangup,
    Hold,
    MixMonitorMute,
    MixMonitorStart,
    MixMonitorStop,
    Newchannel,
    OriginateResponse,
    QueueCallerAbandon,
    QueueCallerJoin,
    QueueCallerLeave,
    Shutdown,
    Unhold,
    UserEvent,
)
REGISTRY: Mapping[str, type[Event]] = MappingProxyType({kind.name: kind for kind in _KINDS})


def event_filters(kinds: Iterable[type[Event]] = _KINDS) -> tuple[str, ...]:
    """Lines for the AMI user in manager.conf, so that Asterisk sends these events and no other.

    FullyBooted is always among them. Asterisk compares a hash of the name: no regular expression runs.
    """
    names = sorted({kind.name for kind in kinds} | {FullyBooted.name})
    return tuple(f"eventfilter(action(include),name({name}),method(none)) =" for name in names)


__all__ = [
    "CALL_VARIABLE",
    "REGISTRY",
    "AgentCalled",
    "AgentComplete",
    "AgentConnect",
    "AgentRingNoAnswer",
    "Boot",
    "BridgeEnter",
    "BridgeLeave",
    "ChannelEvent",
    "Contact",
    "ContactStatus",
    "DeviceStateChange",
    "DialBegin",
    "DialEnd",
    "Event",
    "FullyBooted",
    "Hangup",
    "Hold",
    "LiveBridge",
    "LiveChannel",
    "MixMonitorMute",
    "MixMonitorStart",
    "MixMonitorStop",
    "Newchannel",
    "OriginateResponse",
    "QueueCallerAbandon",
    "QueueCallerJoin",
    "QueueCallerLeave",
    "Shutdown",
    "Snapshot",
    "Unhold",
    "UserEvent",
    "event_filters",
]
