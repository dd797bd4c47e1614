"""Puts the scheduled work together."""

from __future__ import annotations

import asyncio
from zoneinfo import ZoneInfo

from crm import Store
from hotline_app import wiring
from hotline_app.runtime import Runtime
from hotline_app.upkeep.chronicler import Chronicler
from hotline_app.upkeep.keeper import Jobs
from hotline_app.upkeep.places import Places
from hotline_app.upkeep.retention import Retention
from hotline_app.upkeep.rules import RecordingRules
from hotline_app.upkeep.tracks import Tracks
from hotline_app.upkeep.watch import Watch
from seats import Clients
from seats.alarms import Alarms
from seats.history import History


def jobs(runtime: Runtime, store: Store, clients: Clients) -> Jobs:
    """All of the scheduled work, put together from the settings."""
    values = runtime.values
    rules, recording = wiring.acd_rules(runtime), values.recording
    kept = RecordingRules(
        folder=runtime.recordings,
        enabled=recording.enabled,
        never_lines=recording.never_lines,
        never_groups=recording.never_groups,
        days=values.retention.recordings_days,
    )
    call_ended = asyncio.Event()
    return Jobs(
        chronicler=Chronicler(
            store, History(clients.call, clients.poll, rules=rules), on_ended=call_ended.set
        ),
        watch=Watch(
            store,
            wiring.acd(runtime, clients),
            clients.call,
            Alarms(clients.call, rules=rules),
            limits=values.alarms,
            recording=recording,
            folder=runtime.recordings,
            nodes=tuple(node.name for node in values.nodes),
        ),
        tracks=Tracks(store, kept),
        retention=Retention(store, kept),
        places=Places(store, wiring.acd(runtime, clients), automatic=values.callback.automatic),
        call_ended=call_ended,
        zone=ZoneInfo(values.hours.timezone),
    )
