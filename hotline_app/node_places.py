"""Where each Asterisk node takes calls: what its own table says, else [sip] and [rtp]; none may collide."""

from __future__ import annotations

import json
from dataclasses import dataclass

from hotline_app.settings import Node, Values


@dataclass(frozen=True, slots=True)
class NodePlace:
    """SIP (UDP) and media ports of one private node, every default filled in."""

    sip_host: str
    sip_port: int
    rtp_first: int
    rtp_last: int

    @property
    def reached_at(self) -> str:
        """The address by which a neighbour on this machine reaches it."""
        return "127.0.0.1" if self.sip_host == "0.0.0.0" else self.sip_host


def place_of(values: Values, node: Node) -> NodePlace:
    """A node's place."""
    return NodePlace(
        node.sip_host or values.sip.host,
        node.sip_port or values.sip.port,
        node.rtp_first or values.rtp.first,
        node.rtp_last or values.rtp.last,
    )


def collisions(values: Values) -> list[tuple[str, str, str]]:
    """(key, value, remedy) for each thing that two nodes cannot both have."""
    faults: list[tuple[str, str, str]] = []
    trunks = set(values.trunk_names)
    for number, node in enumerate(values.nodes):
        key = f"nodes[{number}]"
        if node.name in trunks:
            remedy = "中继已经用了这个名字，换一个 / a trunk has this name"
            faults.append((f"{key}.name", json.dumps(node.name), remedy))
        for earlier in values.nodes[:number]:
            faults += [
                (f"{key}.{field}", value, remedy) for field, value, remedy in _both(values, earlier, node)
            ]
    return faults


def _both(values: Values, earlier: Node, node: Node) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    if node.name == earlier.name:
        found.append(("name", json.dumps(node.name), "节点名写了两次，换一个 / this name is another node's"))
    if (node.host, node.port) == (earlier.host, earlier.port):
        remedy = f"与节点 {earlier.name} 的管理端口相同，换一个 / another node's AMI port"
        found.append(("port", str(node.port), remedy))
    if not (node.private and earlier.private):
        return found
    here, there = place_of(values, node), place_of(values, earlier)
    same_host = here.sip_host == there.sip_host or "0.0.0.0" in (here.sip_host, there.sip_host)
    if same_host and here.sip_port == there.sip_port:
        remedy = (
            f"与节点 {earlier.name} 的 SIP 端口相同，写各自的 sip_port 或 sip_host / another node's SIP port"
        )
        found.append(("sip_port", str(here.sip_port), remedy))
    if same_host and here.rtp_first <= there.rtp_last and there.rtp_first <= here.rtp_last:
        remedy = (
            f"与节点 {earlier.name} 的语音端口重叠，写各自的 rtp_first、rtp_last / another node's media ports"
        )
        found.append(("rtp_first", f"{here.rtp_first}-{here.rtp_last}", remedy))
    return found
