"""The settings as resolved for one running hotline: what every process of ours is told when it starts.

`up` writes it to `<state>/run/runtime.json` (0600: it holds secrets); bridges, desk and commands read it.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from ami_bridge import NodeEndpoint
from hotline_app.node_places import NodePlace, place_of
from hotline_app.settings import Node, Values
from hotline_app.state import State, StateFault


@dataclass(frozen=True)
class Runtime:
    """Values and places, with every default filled in."""

    values: Values
    state: State

    @property
    def redis_url(self) -> str:
        """The configured Redis, else our private one."""
        return self.values.redis.url or f"unix://{self.state.redis / 'redis.sock'}"

    @property
    def private_redis(self) -> bool:
        return not self.values.redis.url

    @property
    def database_url(self) -> str:
        """The configured database, else SQLite in the state directory."""
        return self.values.database.url or f"sqlite:///{self.state.base / 'hotline.db'}"

    @property
    def private_nodes(self) -> tuple[Node, ...]:
        """The Asterisk nodes that we run here; none when all are others'."""
        return tuple(node for node in self.values.nodes if node.private)

    @property
    def private_node(self) -> Node | None:
        """The first of them: sounds and recordings of all lie in its place.  None when all are others'."""
        return next(iter(self.private_nodes), None)

    def place(self, node: Node) -> NodePlace:
        """Where a node takes calls."""
        return place_of(self.values, node)

    @property
    def nodes(self) -> tuple[NodeEndpoint, ...]:
        """Every node's manager interface; a private node's secret is made up on first use."""
        return tuple(
            NodeEndpoint(node.name, node.host, node.port, node.user, self._secret(node))
            for node in self.values.nodes
        )

    @property
    def bridges(self) -> tuple[tuple[str, int], ...]:
        """FastAGI (host, port) by slot, in the order in which the dialplan asks."""
        bridge = self.values.bridge
        return tuple((bridge.host, bridge.port + slot) for slot in range(bridge.processes))

    @property
    def recordings(self) -> Path:
        """Where Asterisk writes the tracks."""
        if self.values.recording.directory is not None:
            return self.values.recording.directory
        node = self.private_node
        return self.state.node(node.name if node else self.values.nodes[0].name) / "recordings"

    @property
    def web_url(self) -> str:
        web = self.values.web
        host = f"[{web.host}]" if ":" in web.host else web.host
        host = "127.0.0.1" if host == "0.0.0.0" else host
        return f"{'https' if web.tls_cert else 'http'}://{host}:{web.port}"

    def _secret(self, node: Node) -> str:
        return node.secret.get_secret_value() or self.state.secret(f"ami-{node.name}")

    def write(self) -> None:
        """Leaves it for the other processes."""
        document = {"state": str(self.state.base), "values": _plain(self.values.model_dump())}
        new = self.state.runtime.with_suffix(".new")
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as opened:
            json.dump(document, opened, ensure_ascii=False, indent=1)
        new.rename(self.state.runtime)

    @classmethod
    def read(cls, file: Path) -> Runtime:
        """What `write` left.  Raises StateFault when there is none."""
        try:
            document = json.loads(file.read_text(encoding="utf-8"))
        except (FileNotFoundError, PermissionError) as error:
            raise StateFault(
                f"{file} 读不到（{error.strerror}）；先运行 ./hotline up，或用 --state 指定它的状态目录 / "
                f"run `./hotline up` first, or name its state directory with --state"
            ) from error
        return cls(Values.model_validate(document["values"]), State(Path(document["state"])))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return str(value) if isinstance(value, Path) else value
