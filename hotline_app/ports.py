"""Whether the ports that the configuration names are free, told before anything is started."""

from __future__ import annotations

import socket

from hotline_app.runtime import Runtime
from hotline_app.settings_file import ConfigFault


def taken(runtime: Runtime, file: str, *, ours: frozenset[str] = frozenset()) -> list[ConfigFault]:
    """A fault for each port somebody else has.  `ours`: parts that run already (adopted), not tried."""
    values = runtime.values
    wanted: list[tuple[str, str, str, int, socket.SocketKind]] = [
        ("web", "web.port", values.web.host, values.web.port, socket.SOCK_STREAM),
    ]
    for slot, (host, port) in enumerate(runtime.bridges):
        wanted.append(("bridge", f"bridge.port (+{slot})", host, port, socket.SOCK_STREAM))
    for node in runtime.private_nodes:
        place, part = runtime.place(node), f"asterisk-{node.name}"
        key = "sip.port" if node.sip_port is None else f"nodes.{node.name}.sip_port"
        wanted.append((part, key, place.sip_host, place.sip_port, socket.SOCK_DGRAM))
        wanted.append((part, f"nodes.{node.name}.port", node.host, node.port, socket.SOCK_STREAM))
    faults = []
    for part, key, host, port, kind in wanted:
        if part not in ours and (reason := _refused(host, port, kind)) is not None:
            name = "UDP" if kind == socket.SOCK_DGRAM else "TCP"
            remedy = (
                f"{name} {host}:{port} 无法监听（{reason}）：停掉占用它的程序（ss -lpn 'sport = :{port}'）"
                f"或换一个端口 / cannot be listened on: stop what has it or choose another port"
            )
            faults.append(ConfigFault(file, key, str(port), remedy))
    return faults


def _refused(host: str, port: int, kind: socket.SocketKind) -> str | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            if kind == socket.SOCK_STREAM:
                probe.listen(1)
        except OSError as error:
            return error.strerror or str(error)
    return None
