"""What the desk is given when it starts; validated by whoever reads the settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DeskConfig:
    """Times are seconds, sizes bytes.

    `recordings`: the directory Asterisk writes the tracks into; nothing outside it is ever served.
    `console`: the built console (may be missing: the desk then says how to build it).
    """

    recordings: Path
    console: Path
    host: str = "127.0.0.1"
    port: int = 8080
    secure_cookie: bool = False
    session_s: int = 12 * 3600
    session_grace_s: int = 900
    login_tries: int = 5
    login_window_s: int = 300
    body_limit: int = 256 * 1024
    socket_queue: int = 512
    socket_send_s: float = 10.0
    socket_recheck_s: float = 30.0
    replay_limit: int = 5000
    gather_s: float = 0.1  # events that all screens see share a message for so long
    probe_s: float = 5.0
    nodes: tuple[str, ...] = ()
    area_code: str = "0476"
