"""Where a node's AMI is and how patient we are with it."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NodeEndpoint:
    """One Asterisk node's manager interface (loopback or a private network only)."""

    name: str
    host: str
    port: int
    user: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LinkTiming:
    """All in seconds. The defaults find a dead node within `ping_s + pong_s`."""

    connect_s: float = 3.0
    login_s: float = 5.0
    ping_s: float = 4.0
    pong_s: float = 3.0
    backoff_first_s: float = 0.2
    backoff_last_s: float = 10.0
    # A session shorter than this does not reset the back-off: a peer that accepts and dies at once.
    settled_s: float = 10.0
    booted_s: float = 20.0
    snapshot_s: float = 5.0
    resync_retry_s: float = 1.0
