"""Puts the parts together from the resolved settings: each process calls what it needs, nothing is shared.

Whoever opens a thing closes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from asterisk_conf import plan as ac
from asterisk_conf.obtain import Programs
from crm import Ledger, LineInfo, Store, Vault
from crm.catalogue import SeatInfo
from hotline_app.desk.config import DeskConfig
from hotline_app.number_seal import NumberSeal
from hotline_app.runtime import Runtime
from hotline_app.settings import Node, Trunk
from hotline_app.surge_voice import SurgeVoice
from seats import Acd, AcdRules, Clients, connect
from transfer.outside import Outside

CALLED_BACK_S = 20.0  # beyond the ringing: the greeting, and the way to the seat
CONSOLE = Path(__file__).resolve().parent.parent / "console/dist"


def vault(runtime: Runtime) -> Vault:
    """The key of personal data; made on first use.  Raises crm.VaultError."""
    return Vault.from_file(runtime.state.secrets / "vault.key")


async def open_store(runtime: Runtime, *, tolerate_away: bool = True) -> Store:
    """The database, migrated and seeded.  Raises StoreUnavailable unless `tolerate_away`."""
    return await Store.open(
        runtime.database_url,
        vault=vault(runtime),
        state_dir=runtime.state.base,
        tolerate_away=tolerate_away,
    )


def ledger(runtime: Runtime, store: Store) -> Ledger:
    """A process's own writer of the ledger.  Journals share a folder: who lives replays the dead's."""
    return Ledger(
        store,
        journal=runtime.state.journal,
        area_code=runtime.values.numbers.area_code,
    )


def redis_clients(runtime: Runtime) -> Clients:
    """Impatient and patient clients of the configured Redis."""
    return connect(runtime.redis_url)


def acd_rules(runtime: Runtime) -> AcdRules:
    """The times of waiting and ringing, as configured."""
    queue = runtime.values.queue
    return AcdRules(
        ring_s=queue.ring_s,
        reserve_lease_s=queue.reserve_lease_s,
        callback_lease_s=runtime.values.callback.ring_s + CALLED_BACK_S,
        wrap_up_s=queue.wrap_up_s,
        heartbeat_s=queue.heartbeat_s,
    )


def acd(runtime: Runtime, clients: Clients) -> Acd:
    """The ACD on these clients."""
    return Acd(clients.call, rules=acd_rules(runtime))


def outside(runtime: Runtime) -> Outside:
    """The outside numbers that seats may dial, and how."""
    numbers = runtime.values.numbers
    routes = {leading: (route.trunk, route.prefix) for leading, route in numbers.routes.items()}
    return Outside(routes, shown=numbers.shown)


def number_seal(vault: Vault) -> NumberSeal:
    """Seals a number for its way from desk to owner."""
    return NumberSeal(vault)


def surge_voice(runtime: Runtime) -> SurgeVoice:
    """Speaks notices to the private nodes."""
    nodes = [node.name for node in runtime.values.nodes if node.private]
    return SurgeVoice([runtime.state.node(name) / "prompts" for name in nodes], runtime.state.studio)


def desk_config(runtime: Runtime) -> DeskConfig:
    """What the desk is told."""
    values = runtime.values
    return DeskConfig(
        recordings=runtime.recordings,
        console=CONSOLE,
        host=values.web.host,
        port=values.web.port,
        secure_cookie=values.web.tls_cert is not None,
        session_s=values.security.session_hours * 3600,
        login_tries=values.security.login_tries,
        login_window_s=values.security.login_window_s,
        nodes=tuple(node.name for node in values.nodes),
        area_code=values.numbers.area_code,
    )


def node_plans(
    runtime: Runtime, programs: Programs, *, seats: Iterable[SeatInfo], lines: Iterable[LineInfo]
) -> list[ac.Plan]:
    """Every private node's plan, in order.  Raises asterisk_conf.fault.PlanRefused with every fault."""
    seats, lines = tuple(seats), tuple(lines)
    return [
        node_plan(runtime, programs, seats=seats, lines=lines, node=node) for node in runtime.private_nodes
    ]


def node_plan(
    runtime: Runtime,
    programs: Programs,
    *,
    seats: Iterable[SeatInfo],
    lines: Iterable[LineInfo],
    node: Node | None = None,
) -> ac.Plan:
    """One private node's plan, the first one's by default: all have all trunks, lines and seats, since the
    carrier may deliver to any and a phone may register at any.  Raises PlanRefused with every fault."""
    values = runtime.values
    first = runtime.private_node
    assert first is not None, "only a private node is rendered here"
    node = node or first
    place = runtime.place(node)
    (endpoint,) = (endpoint for endpoint in runtime.nodes if endpoint.name == node.name)
    own, shared = (
        ac.Directories.under(
            runtime.state.node(name), modules=programs.asterisk_modules, data=programs.asterisk_data
        )
        for name in (node.name, first.name)
    )
    directories = replace(own, prompts=shared.prompts, music=shared.music, recordings=runtime.recordings)
    return ac.Plan(
        node=node.name,
        directories=directories,
        ports=ac.Ports(
            sip=place.sip_port,
            ami=node.port,
            rtp_first=place.rtp_first,
            rtp_last=place.rtp_last,
            host=place.sip_host,
            external_address=values.sip.external_address,
            local_networks=values.sip.local_networks,
        ),
        trunks=(*map(_trunk, values.trunks), *_selftest(runtime)),
        seats=tuple(ac.Seat(seat.ext, seat.secret, seat.name) for seat in seats),
        lines=tuple(ac.Line(line.number, _short(line.name)) for line in lines),
        bridges=tuple(ac.Bridge(host, port) for host, port in runtime.bridges),
        ami_users=(
            ac.AmiUser(endpoint.user, endpoint.secret, ac.AmiPurpose.BRIDGE),
            ac.AmiUser("observe", runtime.state.secret("ami-observe"), ac.AmiPurpose.OBSERVE),
        ),
        features=ac.Features(
            ring_s=values.queue.ring_s,
            seat_networks=values.sip.seat_networks,
            max_calls=values.sip.max_calls,
            recording=values.recording.enabled,
            never_recorded_lines=values.recording.never_lines,
            never_recorded_groups=values.recording.never_groups,
        ),
        peers=tuple(_peer(runtime, other) for other in runtime.private_nodes if other.name != node.name),
        node_secret=_node_secret(runtime, node),
    )


def _peer(runtime: Runtime, node: Node) -> ac.Peer:
    place = runtime.place(node)
    return ac.Peer(node.name, place.reached_at, place.sip_port, _node_secret(runtime, node))


def _node_secret(runtime: Runtime, node: Node) -> str:
    """By which a node proves itself to the others."""
    return runtime.state.secret(f"node-{node.name}")


def _short(name: str) -> str:
    """A line's name as an Asterisk file may hold it (it is only a comment there)."""
    return "".join(c for c in name if c.isalnum() or c in " /-")[:40]


def _trunk(trunk: Trunk) -> ac.Trunk:
    return ac.Trunk(
        name=trunk.name,
        kind=ac.TrunkKind(trunk.kind),
        host=trunk.host,
        port=trunk.port,
        match=trunk.match,
        secret=trunk.secret.get_secret_value(),
        qualify_s=trunk.qualify_s,
    )


def _selftest(runtime: Runtime) -> tuple[ac.Trunk, ...]:
    """The simulated telephone network's trunks; an address that a configured trunk has is that trunk's."""
    selftest = runtime.values.selftest
    if not selftest.enabled:
        return ()
    held = {address for trunk in runtime.values.trunks for address in (trunk.host, *trunk.match)}
    return tuple(
        ac.Trunk(name=f"selftest-{kind}", kind=kind, host=getattr(selftest, kind.value), qualify_s=0)
        for kind in ac.TrunkKind
        if getattr(selftest, kind.value) not in held
    )
