"""A whole hotline of its own for a test: free ports, a state directory of its own, started by the command."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[2]
BRIDGES = 2


def free_ports(count: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> list[int]:
    """Ports that are free now, in a row: the bridges' follow each other."""
    for _ in range(200):
        with socket.socket(socket.AF_INET, kind) as first:
            first.bind(("127.0.0.1", 0))
            start = first.getsockname()[1]
        if start + count < 65535 and all(_free(start + n, kind) for n in range(count)):
            return list(range(start, start + count))
    raise AssertionError("no free ports")


def _free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Running:
    """`up` on a directory; `ready` waits for its READY line."""

    def __init__(self, base: Path, *, nodes: int = 1) -> None:
        self.state = base / "s"
        self.config = base / "hotline.toml"
        self.web, self.ami, *bridges = free_ports(2 + BRIDGES)
        (self.sip,) = free_ports(1, socket.SOCK_DGRAM)
        self.config.write_text(
            f"[web]\nport = {self.web}\n[sip]\nport = {self.sip}\n[[nodes]]\nport = {self.ami}\n"
            f"[bridge]\nport = {bridges[0]}\nprocesses = {BRIDGES}\n[rtp]\nfirst = 41000\nlast = 41999\n"
        )
        for n in range(2, nodes + 1):
            (ami,), (sip,) = free_ports(1), free_ports(1, socket.SOCK_DGRAM)
            media = f"rtp_first = {41000 + 1000 * (n - 1)}\nrtp_last = {41999 + 1000 * (n - 1)}\n"
            more = f'[[nodes]]\nname = "node{n}"\nport = {ami}\nsip_port = {sip}\n{media}'
            self.config.write_text(self.config.read_text() + more)
        self.bridges = bridges
        self._up: subprocess.Popen[bytes] | None = None
        self.output = base / "up.out"

    def command(self, *words: str, **more: Any) -> subprocess.CompletedProcess[str]:
        """Another command on the same hotline, to its end."""
        argv = [sys.executable, "-P", "-m", "hotline_app.cli", *words, "--state", str(self.state)]
        return subprocess.run(
            argv, env=_environment(), capture_output=True, text=True, timeout=90, check=False, **more
        )

    def up(self) -> None:
        """Starts it and returns at once."""
        argv = [sys.executable, "-P", "-m", "hotline_app.cli", "up", "--config", str(self.config)]
        with self.output.open("wb") as sink:
            self._up = subprocess.Popen(
                [*argv, "--state", str(self.state)], env=_environment(), stdout=sink, stderr=sink
            )

    def ready(self, seconds: float = 90) -> None:
        """Waits for READY; fails with what `up` said."""
        assert self._up is not None
        deadline = time.monotonic() + seconds
        while not re.search(r"^READY http", self.said, re.MULTILINE):
            assert self._up.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.05)

    @property
    def said(self) -> str:
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    @property
    def supervisor(self) -> int:
        assert self._up is not None
        return self._up.pid

    def pids(self) -> dict[str, int]:
        """Process id by part, as written down."""
        found = {}
        for file in (self.state / "run").glob("*.json"):
            if file.name != "runtime.json":
                found[file.stem] = int(json.loads(file.read_text())["pid"])
        return found

    def kill_all_python(self) -> None:
        """kill -9 of the supervisor, the bridges and the desk; Asterisk and Redis are left alone."""
        for name, pid in self.pids().items():
            if name.startswith(("bridge", "desk")):
                os.kill(pid, signal.SIGKILL)
        assert self._up is not None
        self._up.kill()
        self._up.wait()

    def stop(self, seconds: float = 60) -> int:
        """Ctrl-C; the exit code."""
        assert self._up is not None
        if self._up.poll() is None:
            self._up.send_signal(signal.SIGINT)
        try:
            return self._up.wait(seconds)
        finally:
            self.clean()

    def clean(self) -> None:
        """Whatever happened, nothing of this test lives on."""
        if self._up is not None and self._up.poll() is None:
            self._up.kill()
            self._up.wait()
        for pid in self.pids().values():
            if alive(pid) and str(self.state).encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)


def alive(pid: int) -> bool:
    """Whether a process of that id runs (a zombie does not)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in ("Z", "X")


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(REPO)}
