"""The ACD: seat states, skill groups, matching, leases; truth lives in Redis.

Knows Redis and ami_bridge.  Never speaks SQL.
"""

from seats.acd import Acd
from seats.errors import AcdUnavailable, RefusedTransition
from seats.model import (
    DEFAULT_GROUP,
    DEFAULT_LANGUAGE,
    DEFAULT_PRIORITY,
    AcdRules,
    Event,
    Full,
    GroupRules,
    LiveCall,
    Offer,
    Repair,
    Reservation,
    Strategy,
    Waiting,
    Wake,
    Widen,
)
from seats.states import CallKind, CallState, SeatState
from seats.views import CallView, Ghost, GroupView, SeatView
from seats.wiring import Clients, connect

__all__ = [
    "DEFAULT_GROUP",
    "DEFAULT_LANGUAGE",
    "DEFAULT_PRIORITY",
    "Acd",
    "AcdRules",
    "AcdUnavailable",
    "CallKind",
    "CallState",
    "CallView",
    "Clients",
    "Event",
    "Full",
    "Ghost",
    "GroupRules",
    "GroupView",
    "LiveCall",
    "Offer",
    "RefusedTransition",
    "Repair",
    "Reservation",
    "SeatState",
    "SeatView",
    "Strategy",
    "Waiting",
    "Wake",
    "Widen",
    "connect",
]
