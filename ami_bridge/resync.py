"""Reads a node's whole state over a fresh session."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from . import actions as act
from .errors import ActionRefused, AmiError, SnapshotFailed
from .reply import Reply
from .snapshot import Boot, Contact, LiveBridge, LiveChannel, Snapshot

Ask = Callable[[act.Action], Awaitable[Reply]]


async def take_snapshot(
    node: str,
    ask: Ask,
    *,
    uptime_s: int | None,
    booted_at: float | None,
    known_boot: str | None,
) -> Snapshot:
    """`ask` sends one action with a time limit. Raises SnapshotFailed; half a picture is none."""
    try:
        status, channels, bridges, devices, contacts = await asyncio.gather(
            ask(act.CoreStatus()),
            ask(act.CoreShowChannels()),
            ask(act.BridgeList()),
            ask(act.DeviceStateList()),
            _contacts(ask),
        )
        started = f"{status.headers.get('CoreStartupDate', '')} {status.headers.get('CoreStartupTime', '')}"
        return Snapshot(
            node=node,
            boot=Boot(started, uptime_s, booted_at, known_boot is not None and known_boot != started),
            taken_at=time.time(),
            channels=tuple(LiveChannel.from_headers(item) for item in channels.items),
            bridges=tuple(LiveBridge.from_headers(item) for item in bridges.items),
            devices={item.get("Device", ""): item.get("State", "") for item in devices.items},
            contacts=contacts,
        )
    except (AmiError, ValueError) as failure:
        raise SnapshotFailed(f"{node}: {failure}") from failure


async def _contacts(ask: Ask) -> tuple[Contact, ...] | None:
    try:
        reply = await ask(act.PJSIPShowContacts())
    except ActionRefused as refusal:
        reason = refusal.message.lower()
        if "no contacts" in reason:
            return ()
        if "permission denied" in reason:
            # It needs `system` in write: too much for a user whose secret may be read.
            return None
        raise
    return tuple(Contact.from_headers(item) for item in reply.items)
