"""AMI connections to N Asterisk nodes: typed events out, typed actions in, reconnect and resync.

Knows nothing above it.  Never holds a business rule.
"""

from . import actions, events
from .cel import CelBatch, CelCall, CelFault, CelReader, CelRecord
from .endpoint import LinkTiming, NodeEndpoint
from .errors import (
    ActionRefused,
    ActionTimeout,
    AmiError,
    BadHeader,
    LeaseLost,
    LinkDown,
    LoginRefused,
    SnapshotFailed,
)
from .feed import CallFeed
from .lease import LeaseEnd, OwnerLease
from .link import Link, LinkState
from .node import Node
from .reply import Reply
from .snapshot import Boot, Contact, LiveBridge, LiveChannel, Snapshot
from .traffic import Traffic

__all__ = [
    "ActionRefused",
    "ActionTimeout",
    "AmiError",
    "BadHeader",
    "Boot",
    "CallFeed",
    "CelBatch",
    "CelCall",
    "CelFault",
    "CelReader",
    "CelRecord",
    "Contact",
    "LeaseEnd",
    "LeaseLost",
    "Link",
    "LinkDown",
    "LinkState",
    "LinkTiming",
    "LiveBridge",
    "LiveChannel",
    "LoginRefused",
    "Node",
    "NodeEndpoint",
    "OwnerLease",
    "Reply",
    "Snapshot",
    "SnapshotFailed",
    "Traffic",
    "actions",
    "events",
]
