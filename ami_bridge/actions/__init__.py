"""Typed AMI actions, one file each."""

from .base import Action
from .bridge_list import BridgeList
from .core_show_channels import CoreShowChannels
from .core_status import CoreStatus
from .device_state_list import DeviceStateList
from .filter_events import Filter
from .getvar import Getvar
from .hangup import Hangup
from .logoff import Logoff
from .mix_monitor_mute import MixMonitorMute
from .module_reload import ModuleReload
from .originate import Originate
from .ping import Ping
from .pjsip_show_contacts import PJSIPShowContacts
from .queue_status import QueueStatus
from .redirect import Redirect
from .setvar import Setvar

__all__ = [
    "Action",
    "BridgeList",
    "CoreShowChannels",
    "CoreStatus",
    "DeviceStateList",
    "Filter",
    "Getvar",
    "Hangup",
    "Logoff",
    "MixMonitorMute",
    "ModuleReload",
    "Originate",
    "PJSIPShowContacts",
    "Ping",
    "QueueStatus",
    "Redirect",
    "Setvar",
]
