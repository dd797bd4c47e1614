"""Asks a real Asterisk before the real one starts: boots a private copy of the plan, listens, stops it."""

from __future__ import annotations

import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from asterisk_conf.check import check
from asterisk_conf.command import Command, ToolFailed
from asterisk_conf.fault import Fault
from asterisk_conf.log import LOG_FILE
from asterisk_conf.plan import CONFIG, Directories, Plan, Ports
from asterisk_conf.render import render

BOOT_S = 30.0
_MEDIA_PORTS = (40000, 40009)  # named in the copy's file only: it carries no call


def console(asterisk: Command, target: Path) -> Callable[[str], str]:
    """Asks the Asterisk that was started on `target`; an answer of "" means that none is there."""

    def ask(command: str) -> str:
        try:
            return asterisk.run("-C", str(target / "asterisk.conf"), "-rx", command, timeout_s=10.0)
        except ToolFailed:
            return ""  # check_answers takes it for what it is: no answer

    return ask


def ports_in_use(plan: Plan) -> list[Fault]:
    """Which of the plan's ports another program holds; ask before the node starts, not while it runs."""
    faults = []
    held = (
        (socket.SOCK_DGRAM, plan.ports.host, plan.ports.sip, "sip.port", "改 [sip] port"),
        (socket.SOCK_STREAM, "127.0.0.1", plan.ports.ami, "nodes.port", "改 [[nodes]] port"),
    )
    for kind, host, port, key, remedy in held:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, kind) as tried:
            if kind == socket.SOCK_STREAM:
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((host, port))
            except OSError as error:
                said = f"{host}:{port} {error.strerror}"
                faults.append(Fault("port_in_use", CONFIG, key, said, f"{remedy}，或停掉占用它的程序"))
    return faults


def probe(plan: Plan, asterisk: Command, *, templates: Sequence[Path] = ()) -> list[Fault]:
    """Boots a copy of the plan in a directory and on ports of its own, and checks it by all three witnesses.

    Takes a second or two; sends nothing to any trunk.  Raises OSError when there is no room for the copy.
    """
    with tempfile.TemporaryDirectory(prefix="hl-probe-") as name:
        copy = _copy(plan, Path(name))
        target = Path(name) / "etc"
        render(copy, target, templates=templates)
        output = Path(name) / "output"
        with output.open("wb") as sink:
            process = subprocess.Popen(
                [*asterisk.argv, "-f", "-C", str(target / "asterisk.conf")],
                env=None if asterisk.env is None else dict(asterisk.env),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
            )
        ask = console(asterisk, target)
        try:
            if not _booted(process, copy, ask):
                said = output.read_text(errors="replace").strip()[-300:]
                log = copy.directories.log / LOG_FILE
                faults = check(target, copy, templates=templates, log=log if log.exists() else None)
                remedy = "Asterisk没有启动：按它最后的话和上列各项核对"
                return [*faults, Fault("not_started", "asterisk.conf", "-", said, remedy)]
            return check(target, copy, templates=templates, ask=ask, log=copy.directories.log / LOG_FILE)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _copy(plan: Plan, base: Path) -> Plan:
    """The same plan elsewhere: own directories and ports, trunks that are not asked whether they live."""
    places = Directories.under(base, modules=plan.directories.modules, data=plan.directories.data)
    first, last = _MEDIA_PORTS
    ports = Ports(sip=_free(socket.SOCK_DGRAM), ami=_free(socket.SOCK_STREAM), rtp_first=first, rtp_last=last)
    return replace(
        plan,
        directories=replace(places, music=plan.directories.music, prompts=plan.directories.prompts),
        ports=replace(ports, host="127.0.0.1"),
        trunks=tuple(replace(trunk, qualify_s=0) for trunk in plan.trunks),
        peers=tuple(replace(peer, qualify_s=0) for peer in plan.peers),
    )


def _free(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


def _booted(process: subprocess.Popen[bytes], plan: Plan, ask: Callable[[str], str]) -> bool:
    deadline = time.monotonic() + BOOT_S
    while time.monotonic() < deadline and process.poll() is None:
        if plan.control_socket.exists() and "fully booted" in ask("core waitfullybooted"):
            return True
        time.sleep(0.05)
    return False
