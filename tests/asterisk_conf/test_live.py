"""A real Asterisk on the rendered files: it starts without a complaint, and does what the plan says."""

from __future__ import annotations

import csv
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from asterisk_conf.ami_rights import BRIDGE_EVENTS
from asterisk_conf.check import check
from asterisk_conf.command import Command
from asterisk_conf.log import LOG_FILE
from asterisk_conf.modules import needed_modules
from asterisk_conf.obtain import Programs
from asterisk_conf.plan import Plan, Seat
from asterisk_conf.probe import console, ports_in_use, probe
from asterisk_conf.render import render
from tests.asterisk_conf.ami import Ami
from tests.asterisk_conf.conftest import Node, make_plan, start, stop

pytestmark = pytest.mark.live
NOBODY = 65534


@pytest.fixture
def bridge(node: Node) -> Iterator[Ami]:
    with Ami(node.plan.ports.ami, "bridge", "secret-of-bridge") as ami:
        yield ami


def test_it_starts_without_a_warning_and_all_three_witnesses_agree(node: Node) -> None:
    log = node.plan.directories.log / LOG_FILE
    said = [line for line in log.read_text().splitlines() if " built by " not in line]
    assert said == []
    assert check(node.target, node.plan, ask=node.ask, log=log) == []
    assert node.ask("module show").count("Not Running") == 0
    assert node.ask("module show like .so").count(" Running ") == len(needed_modules(node.plan))
    assert node.ask("module show like bridge_native_rtp").startswith("Module")
    assert "bridge_native_rtp.so" not in node.ask("module show like bridge_native_rtp")


def test_an_endpoint_is_what_the_seat_needs(node: Node) -> None:
    seat = node.ask("pjsip show endpoint 1001")
    wanted = {
        "direct_media": "false",
        "device_state_busy_at": "1",
        "rtp_timeout": "30",
        "dtmf_mode": "rfc4733",
        "allow": "(alaw|ulaw)",
        "context": "from-seat",
        "allow_transfer": "false",
        "max_contacts": "1",
        "remove_existing": "true",
    }
    found = {}
    for line in (seat + node.ask("pjsip show aor 1001")).splitlines():
        key, _, value = line.partition(":")
        found[key.strip()] = value.strip()
    assert {key: found.get(key) for key in wanted} == wanted
    assert "from-emergency" in node.ask("pjsip show endpoint fire")


def sip(node: Node, method: str, target: str, source: str, *, caller: str = "04768200000") -> str:
    """One request from an address, and the first answer to it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((source, 0))
        line.settimeout(5)
        here = f"{source}:{line.getsockname()[1]}"
        lines = [
            f"{method} sip:{target}@127.0.0.1:{node.plan.ports.sip} SIP/2.0",
            f"Via: SIP/2.0/UDP {here};branch=z9hG4bK{time.monotonic_ns()};rport",
            f"From: <sip:{caller}@{here}>;tag=1",
            f"To: <sip:{target}@127.0.0.1>",
            f"Call-ID: {time.monotonic_ns()}@{here}",
            f"CSeq: 1 {method}",
            f"Contact: <sip:x@{here}>",
            "Max-Forwards: 70",
            "Content-Length: 0",
        ]
        line.sendto("\r\n".join([*lines, "", ""]).encode(), ("127.0.0.1", node.plan.ports.sip))
        return line.recv(65536).decode().split("\r\n")[0]


def test_a_stranger_is_challenged_and_told_of_in_the_security_log(node: Node) -> None:
    assert " 401 " in sip(node, "INVITE", "12345", "127.0.0.77")
    assert " 401 " in sip(node, "OPTIONS", "12345", "127.0.0.77")
    deadline = time.monotonic() + 5
    log = node.plan.directories.log / "security.log"
    while "127.0.0.77" not in log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_trunk_is_known_by_its_address_and_dials_only_numbers_of_the_directory(node: Node) -> None:
    assert " 200 " in sip(node, "OPTIONS", "12345", "127.0.0.2")
    assert " 404 " in sip(node, "INVITE", "1001", "127.0.0.2")
    assert " 404 " in sip(node, "INVITE", "99912345", "127.0.0.2")
    assert " 401 " in sip(node, "INVITE", "12345", "127.0.0.3"), "this one must prove itself as well"


def test_a_trunk_that_gives_itself_out_for_a_seat_stays_a_trunk(node: Node) -> None:
    assert " 404 " in sip(node, "INVITE", "*60", "127.0.0.2", caller="1001")
    assert " 401 " in sip(node, "INVITE", "*60", "127.0.0.77", caller="1001"), "and a seat must prove itself"


def test_a_peer_is_known_by_its_name_and_address_and_must_prove_itself(node: Node) -> None:
    assert " 401 " in sip(node, "INVITE", "1001", "127.0.0.8", caller="node2")
    assert " 401 " in sip(node, "INVITE", "1001", "127.0.0.77", caller="node2"), "its name alone is nothing"
    endpoint = node.ask("pjsip show endpoint node2")
    assert re.search(r"context\s+: from-node", endpoint)
    assert re.search(r"InAuth:\s+node2/node2", endpoint)
    assert re.search(r"OutAuth:\s+node1/node1", endpoint)


def test_a_peer_rings_seats_and_reaches_nothing_else(node: Node) -> None:
    def leads(number: str) -> bool:
        return "There is no existence" not in node.ask(f"dialplan show {number}@from-node")

    assert leads("1001")
    assert leads("100123")
    for number in ("12", "0476", "1001234", "13904760001", "*60", "1001x", "t", "T", "s"):
        assert not leads(number), number


def test_the_bridge_may_do_its_work_and_nothing_else(bridge: Ami) -> None:
    for action in (
        "Ping",
        "CoreShowChannels",
        "BridgeList",
        "DeviceStateList",
        "QueueStatus",
    ):
        assert bridge.act(action)["Response"] == "Success", action
    for action, headers in {
        "Redirect": {"Channel": "none", "Context": "hl-call", "Exten": "wake", "Priority": "1"},
        "Hangup": {"Channel": "none"},
        "Setvar": {"Channel": "none", "Variable": "x", "Value": "1"},
        "MixMonitorMute": {"Channel": "none", "Direction": "both", "State": "1"},
    }.items():
        reply = bridge.act(action, **headers)
        assert "ermission" not in reply.get("Message", ""), action
    for action, headers in {
        "PJSIPShowContacts": {},  # needs `system`; DeviceStateList says which seats are registered
        "Command": {"Command": "core show version"},
        "Reload": {},
        "GetConfig": {"Filename": "manager.conf"},
        "UpdateConfig": {"SrcFilename": "rtp.conf", "DstFilename": "rtp.conf"},
    }.items():
        reply = bridge.act(action, **headers)
        assert reply["Response"] == "Error", action
        assert reply["Message"] == "Permission denied", action
    shell = bridge.act("Originate", Channel="Local/12345@from-carrier", Application="System", Data="id")
    assert "Forbidden" in shell["Message"]


def test_the_bridge_learns_from_device_states_which_seats_are_registered(bridge: Ami) -> None:
    assert bridge.act("DeviceStateList")["Response"] == "Success"
    bridge.until("DeviceStateListComplete")
    states = {
        event["Device"]: event["State"]
        for event in bridge.events
        if event.get("Event") == "DeviceStateChange"
    }
    assert states["PJSIP/1001"] == states["PJSIP/1002"] == "UNAVAILABLE"


def test_functions_that_reach_the_machine_stay_shut(bridge: Ami) -> None:
    for function in ("SHELL(id)", "FILE(/etc/passwd)", "DB(a/b)"):
        assert not bridge.act("Getvar", Variable=function).get("Value")


def test_the_status_user_hears_nothing_and_may_only_ask(node: Node) -> None:
    with Ami(node.plan.ports.ami, "status", "secret-of-status") as ami:
        assert ami.act("CoreStatus")["Response"] == "Success"
        assert (
            ami.act("Originate", Channel="Local/12345@from-carrier", Application="Echo")["Response"]
            == "Error"
        )
        assert ami.act("Hangup", Channel="none")["Message"] == "Permission denied"


def test_a_call_sends_only_the_events_that_are_needed_and_is_written_to_cel(node: Node, bridge: Ami) -> None:
    """No bridge answers here, so the call falls to the plain queue; nobody is registered, so it waits."""
    placed = bridge.act(
        "Originate",
        Channel="Local/12345@from-carrier/n",
        Application="Wait",
        Data="60",
        CallerID='"a,b"" c" <04768200000>',
        Async="true",
    )
    assert placed["Response"] == "Success"
    joined = bridge.until("QueueCallerJoin")
    assert joined["Queue"] == "hl-general"
    assert "HL_" in joined.get("ChanVariable", ""), "the call's variables come with its events"
    listed = bridge.act("CoreShowChannels")
    assert listed["EventList"] == "start"
    bridge.until("CoreShowChannelsComplete")
    channels = [event["Channel"] for event in bridge.events if event.get("Event") == "CoreShowChannel"]
    assert len(channels) == 2, "answers to actions pass the filter"
    bridge.act("Hangup", Channel="/^Local/.*$/")
    bridge.until("Hangup")
    lists = {"CoreShowChannel", "CoreShowChannelsComplete", "ChannelHungup", "ChannelsHungupListComplete"}
    assert bridge.names() - lists <= set(BRIDGE_EVENTS)
    assert {"FullyBooted", "QueueCallerJoin", "Hangup"} <= bridge.names()
    rows = cel_until(node.plan.cel_path, "LINKEDID_END")
    assert all(len(row) == 14 for row in rows)
    by_type = {row[0]: row for row in rows}
    assert by_type["APP_START"][7] == "Queue"
    assert by_type["APP_START"][8].startswith("hl-general")
    arrived = by_type["CHAN_START"]
    assert float(arrived[1]) > 1_700_000_000
    assert arrived[2].startswith("node1-")
    assert arrived[3].startswith("node1-")
    assert "04768200000" in {row[9] for row in rows}


def cel_until(path: Path, last: str) -> list[list[str]]:
    deadline = time.monotonic() + 10
    while True:
        with path.open(newline="") as file:
            rows = list(csv.reader(file))
        if any(row[0] == last for row in rows):
            return rows
        assert time.monotonic() < deadline, "no end in CEL"
        time.sleep(0.05)


def test_the_music_that_was_made_is_what_asterisk_plays(node: Node) -> None:
    files = node.ask("moh show files")
    assert "Class: hotline" in files
    assert str(node.plan.directories.music / "music") in files


def test_a_changed_plan_is_seen_in_the_running_node(node: Node) -> None:
    """A seat that was added but not loaded yet, and one that is still there though it was taken away."""
    more = replace(node.plan, seats=(node.plan.seats[0], Seat("1009", "secret-of-1009")))
    found = {(fault.id, fault.key, fault.value) for fault in check(node.target, more, ask=node.ask)}
    assert ("no_endpoint", "1009", "") in found
    assert ("endpoint_not_planned", "1002", "") in found
    assert ("no_queue_member", "member", "PJSIP/1009") in found


def test_another_nodes_answers_are_told_apart(node: Node) -> None:
    faults = check(node.target, replace(node.plan, node="node3"), ask=node.ask)
    assert ("other_setting", "systemname", "node1") in {(f.id, f.key, f.value) for f in faults}


def test_a_node_that_does_not_answer_is_a_fault(plan: Plan, short_path: Path, asterisk: Command) -> None:
    render(plan, short_path / "etc")
    faults = check(short_path / "etc", plan, ask=console(asterisk, short_path / "etc"))
    assert [(fault.id, fault.file, fault.key) for fault in faults] == [
        ("no_answer", "asterisk.conf", "astrundir")
    ]


def test_ports_that_the_node_holds_are_named_before_a_second_one_starts(node: Node) -> None:
    faults = ports_in_use(node.plan)
    assert [(fault.id, fault.file, fault.key) for fault in faults] == [
        ("port_in_use", "hotline.toml", "sip.port"),
        ("port_in_use", "hotline.toml", "nodes.port"),
    ]


def test_a_probe_beside_a_running_node_disturbs_nothing(node: Node, asterisk: Command) -> None:
    assert probe(node.plan, asterisk) == []
    assert "node1" in node.ask("core show settings")


def test_it_runs_for_a_user_without_any_right(programs: Programs, asterisk: Command, music: Path) -> None:
    """As root: for the user nobody.  For anyone else this user is one without any right already."""
    user = NOBODY if os.geteuid() == 0 else None
    base = Path(tempfile.mkdtemp(prefix="hl-u-"))
    base.chmod(0o755)
    try:
        plan = make_plan(base / "s", programs)
        plan.directories.music.mkdir(parents=True)
        shutil.copy(music, plan.directories.music)
        render(plan, base / "s" / "etc")
        if user is not None:
            subprocess.run(["chown", "-R", f"{user}:{user}", str(base)], check=True)
        process = start(asterisk, base / "s" / "etc", plan, user=user)
        log = (plan.directories.log / LOG_FILE).read_text()
        stop(process)
        assert "ERROR" not in log
        assert "WARNING" not in log
    finally:
        shutil.rmtree(base)
