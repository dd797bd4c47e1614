"""A plan as a city would have it, and a real Asterisk booted on what is rendered from it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from asterisk_conf.command import Command
from asterisk_conf.obtain import Programs
from asterisk_conf.plan import (
    AmiPurpose,
    AmiUser,
    Bridge,
    Directories,
    Line,
    Peer,
    Plan,
    Ports,
    Seat,
    Trunk,
    TrunkKind,
)
from asterisk_conf.probe import console
from asterisk_conf.prompts import compose
from asterisk_conf.render import render


@pytest.fixture(scope="session")
def asterisk(programs: Programs) -> Command:
    return Command(tuple(programs.argv("asterisk")), programs.env("asterisk"))


@pytest.fixture(scope="session")
def sox(programs: Programs) -> Command:
    return Command(tuple(programs.argv("sox")), programs.env("sox"))


@pytest.fixture(scope="session")
def music(sox: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("music")
    assert compose(base / "music", base / "recordings", base / "cache", sox=sox) == ()
    return base / "music" / "music.wav"


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


def make_plan(base: Path, programs: Programs) -> Plan:
    """Two trunks, a peer, two seats, two lines; no bridge answers, so calls fall to the plain queue."""
    return Plan(
        node="node1",
        directories=Directories.under(base, modules=programs.asterisk_modules, data=programs.asterisk_data),
        ports=Ports(
            sip=free_port(socket.SOCK_DGRAM),
            ami=free_port(socket.SOCK_STREAM),
            rtp_first=30000,
            rtp_last=30099,
            host="127.0.0.1",
        ),
        trunks=(
            Trunk("carrier", TrunkKind.CARRIER, "127.0.0.2", qualify_s=0),
            Trunk("fire", TrunkKind.EMERGENCY, "127.0.0.3", secret="digest-secret", qualify_s=0),
        ),
        seats=(Seat("1001", "secret-of-1001", "座席一"), Seat("1002", "secret-of-1002")),
        lines=(Line("12345", "政务服务便民热线"), Line("8337772")),
        peers=(Peer("node2", "127.0.0.8", 5060, "secret-of-node2", qualify_s=0),),
        node_secret="secret-of-node1",
        bridges=(Bridge("127.0.0.1", free_port(socket.SOCK_STREAM)),),
        ami_users=(
            AmiUser("bridge", "secret-of-bridge"),
            AmiUser("status", "secret-of-status", AmiPurpose.OBSERVE),
        ),
    )


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A directory of one test whose path is short enough for a control socket."""
    base = Path(tempfile.mkdtemp(prefix="hl-c-"))
    yield base
    shutil.rmtree(base)


@pytest.fixture
def plan(short_path: Path, programs: Programs, music: Path) -> Plan:
    plan = make_plan(short_path, programs)
    plan.directories.music.mkdir(parents=True)
    shutil.copy(music, plan.directories.music)
    return plan


@dataclass(frozen=True)
class Node:
    plan: Plan
    target: Path
    ask: Callable[[str], str]


def start(asterisk: Command, target: Path, plan: Plan, *, user: int | None = None) -> subprocess.Popen[bytes]:
    argv = [*asterisk.argv, "-f", "-C", str(target / "asterisk.conf")]
    null = subprocess.DEVNULL
    process = subprocess.Popen(
        argv, env=asterisk.env, stdin=null, stdout=null, stderr=null, user=user, group=user, cwd="/"
    )
    ask = console(asterisk, target)
    deadline = time.monotonic() + 30
    while not (plan.control_socket.exists() and "fully booted" in ask("core waitfullybooted")):
        assert process.poll() is None, "Asterisk ended as it started"
        assert time.monotonic() < deadline, "Asterisk did not start"
        time.sleep(0.05)
    return process


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def node(programs: Programs, asterisk: Command, music: Path) -> Iterator[Node]:
    """A real Asterisk on the rendered files, one for the tests of a module."""
    base = Path(tempfile.mkdtemp(prefix="hl-n-"))
    plan = make_plan(base, programs)
    plan.directories.music.mkdir(parents=True)
    shutil.copy(music, plan.directories.music)
    target = base / "etc"
    render(plan, target)
    process = start(asterisk, target, plan)
    yield Node(plan, target, console(asterisk, target))
    stop(process)
    shutil.rmtree(base)
