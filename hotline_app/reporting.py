"""What `status` tells: what runs, which links stand, seats, queues, and calls that nobody can explain."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from ami_bridge import Link, NodeEndpoint
from ami_bridge.snapshot import Snapshot
from crm import StoreUnavailable, calls
from hotline_app import health, wiring
from hotline_app.processes import remembered
from hotline_app.runtime import Runtime
from hotline_app.state import holder
from seats import AcdUnavailable

_LINK_S = 5.0
_SETTLING_MS = 10_000  # a call younger than this may be in the middle of being written


@dataclass
class Report:
    """Everything `status` shows; None means: could not be asked."""

    supervisor: int | None
    ready: bool
    parts: dict[str, int | None]  # process name → process id
    nodes: dict[str, dict[str, Any]]
    redis: bool
    database: bool
    seats: list[dict[str, Any]] = field(default_factory=list)
    groups: list[dict[str, Any]] = field(default_factory=list)
    live_calls: int | None = None
    unexplained: int | None = None


async def report(runtime: Runtime) -> Report:
    """Asks everything once; a part that is away is told, not raised."""
    run = runtime.state.run
    parts: dict[str, int | None] = {}
    for file in sorted(run.glob("*.json")):
        if file != runtime.state.runtime:
            found = remembered(file)
            parts[file.stem] = found.pid if found else None
    snapshots = await asyncio.gather(*(_snapshot(endpoint) for endpoint in runtime.nodes))
    nodes = {
        endpoint.name: {"link": shot is not None, "channels": len(shot.channels) if shot else None}
        for endpoint, shot in zip(runtime.nodes, snapshots, strict=True)
    }
    places = [runtime.place(node) for node in runtime.private_nodes]
    answers = await asyncio.gather(
        health.desk_answers(runtime),
        *(health.sip_answers(place.sip_host, place.sip_port) for place in places),
        *(health.accepts(host, port) for host, port in runtime.bridges),
    )
    made = Report(holder(runtime.state), all(answers), parts, nodes, redis=True, database=True)
    await _from_redis(runtime, made)
    live = {channel.call_id for shot in snapshots if shot for channel in shot.channels}
    await _from_database(runtime, made, live if all(snapshots) else None)
    return made


async def _snapshot(endpoint: NodeEndpoint) -> Snapshot | None:
    taken: asyncio.Future[Snapshot] = asyncio.get_running_loop().create_future()

    async def keep(shot: Snapshot) -> None:
        if not taken.done():
            taken.set_result(shot)

    link = Link(endpoint, lambda _event: None, keep, wanted=())
    await link.start()
    try:
        return await asyncio.wait_for(taken, _LINK_S)
    except TimeoutError:
        return None
    finally:
        await link.stop()


async def _from_redis(runtime: Runtime, made: Report) -> None:
    clients = wiring.redis_clients(runtime)
    acd = wiring.acd(runtime, clients)
    now = int(time.time() * 1000)
    try:
        made.seats = [
            {"seat": s.seat, "state": s.state.value, "reason": s.reason, "registered": s.registered}
            for s in await acd.seats()
        ]
        made.groups = [
            {
                "group": g.group,
                "waiting": g.waiting,
                "longest_wait_s": max(0, now - g.longest_since_ms) // 1000 if g.longest_since_ms else 0,
            }
            for g in await acd.groups()
        ]
    except AcdUnavailable:
        made.redis = False
    finally:
        await clients.close()


async def _from_database(runtime: Runtime, made: Report, live: set[str] | None) -> None:
    try:
        store = await wiring.open_store(runtime, tolerate_away=False)
    except StoreUnavailable:
        made.database = False
        return
    try:
        if live is not None:
            made.live_calls = len(live)
            before = int(time.time() * 1000) - _SETTLING_MS
            made.unexplained = len(await calls.unexplained(store, live, before=before))
    except StoreUnavailable:
        made.database = False
    finally:
        await store.close()
