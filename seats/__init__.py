"""The ACD: seat states, skill groups, matching, leases; truth lives in Redis.

Knows Redis and ami_bridge.  Never speaks SQL.
"""

from seats.acd import Acd
from seats.errors import AcdUnavailable, RefusedTransition
from seats.model import (
    AcdRules,
    CallView,
    Event,
    GroupView,
    LiveCall,
    Offer,
    Repair,
    Reservation,
    SeatView,
    Waiting,
    Wake,
)
from seats.states import CallState, SeatState
from seats.wiring import Clients, connect

__all__ = [
    "Acd",
    "AcdRules",
    "AcdUnavailable",
    "CallState",
    "CallView",
    "Clients",
    "Event",
    "GroupView",
    "LiveCall",
    "Offer",
    "RefusedTransition",
    "Repair",
    "Reservation",
    "SeatState",
    "SeatView",
    "Waiting",
    "Wake",
    "connect",
]
