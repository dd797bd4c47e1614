"""Files: whole or not at all, replaced only when they change, closed to others."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

import jinja2
import pytest
from asterisk.config import Config

from asterisk_conf.fault import PlanRefused
from asterisk_conf.plan import Plan, Seat
from asterisk_conf.render import render, rendered


def modes(target: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in target.glob("*.conf")}


def test_a_second_time_nothing_changes(plan: Plan, short_path: Path) -> None:
    target = short_path / "etc"
    assert len(render(plan, target)) == len(list(target.glob("*.conf")))
    before = {path: path.stat().st_ino for path in target.iterdir()}
    assert render(plan, target) == []
    assert {path: path.stat().st_ino for path in target.iterdir()} == before


def test_only_what_changed_is_replaced(plan: Plan, short_path: Path) -> None:
    target = short_path / "etc"
    render(plan, target)
    more = replace(plan, seats=(*plan.seats, Seat("1003", "secret-of-1003")))
    assert [path.name for path in render(more, target)] == ["pjsip.conf", "queues.conf"]


def test_nobody_else_reads_the_files_and_secrets_lie_in_two_of_them(plan: Plan, short_path: Path) -> None:
    target = short_path / "etc"
    old = os.umask(0)
    try:
        render(plan, target)
    finally:
        os.umask(old)
    found = modes(target)
    assert {name for name, mode in found.items() if mode == 0o600} == {"pjsip.conf", "manager.conf"}
    assert set(found.values()) == {0o600, 0o640}
    for path in target.iterdir():
        assert ("secret-of-" in path.read_text()) == (path.name in ("pjsip.conf", "manager.conf")), path


def test_rights_that_were_widened_are_narrowed_again(plan: Plan, short_path: Path) -> None:
    target = short_path / "etc"
    render(plan, target)
    (target / "pjsip.conf").chmod(0o644)
    assert render(plan, target) == []
    assert modes(target)["pjsip.conf"] == 0o600


def test_a_file_that_is_no_longer_rendered_goes(plan: Plan, short_path: Path) -> None:
    target = short_path / "etc"
    render(plan, target)
    (target / "iax.conf").write_text("[general]\n")
    assert [path.name for path in render(plan, target)] == ["iax.conf"]
    assert not (target / "iax.conf").exists()


def test_a_template_with_an_unknown_word_leaves_everything_as_it_was(plan: Plan, short_path: Path) -> None:
    target, own = short_path / "etc", short_path / "own"
    render(plan, target)
    before = {path: path.read_text() for path in target.iterdir()}
    own.mkdir()
    (own / "rtp.conf.j2").write_text("[general]\nrtpstart = {{ ports.nothing }}\n")
    (own / "asterisk.conf.j2").write_text("; another\n")
    with pytest.raises(jinja2.UndefinedError):
        render(plan, target, templates=[own])
    assert {path: path.read_text() for path in target.iterdir()} == before


def test_a_template_of_the_callers_own_comes_first(plan: Plan, short_path: Path) -> None:
    own = short_path / "own"
    own.mkdir()
    (own / "rtp.conf.j2").write_text("[general]\nrtpstart = {{ ports.rtp_first }}\n")
    assert rendered(plan, short_path, templates=[own])["rtp.conf"] == "[general]\nrtpstart = 30000\n"


def test_a_directory_that_asterisk_would_misread_is_refused(plan: Plan, short_path: Path) -> None:
    with pytest.raises(PlanRefused):
        render(plan, short_path / "a;b")
    assert list(short_path.glob("a*")) == []


def test_pyst2_reads_every_file_and_finds_no_template_or_include(plan: Plan, short_path: Path) -> None:
    target = short_path / "etc"
    render(plan, target)
    for path in target.glob("*.conf"):
        Config(str(path))
        text = path.read_text()
        assert "#include" not in text, path
        assert "(+)" not in text, path
        assert "(!)" not in text, path


def test_the_bridge_may_call_but_never_command(plan: Plan, short_path: Path) -> None:
    target = short_path / "etc"
    render(plan, target)
    users = {
        section.name: {item.name: item.value.strip() for item in section.items}
        for section in Config(str(target / "manager.conf")).categories
    }
    assert users["general"]["bindaddr"] == "127.0.0.1"
    assert users["bridge"]["write"].split(",") == ["call", "reporting", "originate"]
    assert users["status"]["write"] == "reporting"
    for name in ("bridge", "status"):
        assert users[name]["permit"] == "127.0.0.1/255.255.255.255"
        assert not {"system", "command", "config", "all"} & set(users[name]["write"].split(","))


def test_what_reaches_the_machine_is_shut_off(plan: Plan, short_path: Path) -> None:
    files = rendered(plan, short_path)
    assert "live_dangerously = no\n" in files["asterisk.conf"]
    assert "disable_remote_console_shell = yes\n" in files["asterisk.conf"]
    assert "enabled = no\n" in files["http.conf"]
    for module in (
        "app_system",
        "func_shell",
        "func_env",
        "func_db",
        "res_ari",
        "pbx_lua",
        "res_http_websocket",
    ):
        assert module not in files["modules.conf"]


def test_no_context_that_a_call_can_reach_dials_a_trunk(plan: Plan, short_path: Path) -> None:
    """Toll fraud: Dial goes to seats by digits only, and no pattern takes whatever was dialled."""
    target = short_path / "etc"
    render(plan, target)
    text = (target / "extensions.conf").read_text()
    for line in text.splitlines():
        code = line.split(";")[0]
        for trunk in plan.trunks:
            assert f"PJSIP/{trunk.name}" not in code
            assert f"@{trunk.name}" not in code
        assert "=> _X." not in code
        assert "=> _." not in code
    rest = text.partition("[from-node]")[2]
    peer = rest[: rest.index("\n[")]
    dials = [line.strip() for line in peer.splitlines() if "Dial(" in line]
    assert set(dials) == {"same => n,Dial(PJSIP/${EXTEN},120)"}
    assert "Goto" not in peer and "include" not in peer
    assert "bridge_native_rtp" not in (target / "modules.conf").read_text()


def test_what_is_not_to_be_recorded_is_not(plan: Plan, short_path: Path) -> None:
    usual = rendered(plan, short_path)["extensions.conf"]
    assert usual.count("MixMonitor(") == 2
    never = replace(
        plan,
        features=replace(
            plan.features, never_recorded_lines=("12350",), never_recorded_groups=("legal-aid",)
        ),
    )
    text = rendered(never, short_path)["extensions.conf"]
    rules = text.partition("[hl-record]")[2].partition("MixMonitor(")[0]
    assert '"${HL_LINE}" = "12350"' in rules
    assert '"${CUT(HL_GROUPS,+,1)}" = "legal-aid"' in rules
    none = rendered(replace(plan, features=replace(plan.features, recording=False)), short_path)[
        "extensions.conf"
    ]
    assert "MixMonitor(" not in none
    assert none.count("Gosub(hl-record") == usual.count("Gosub(hl-record"), "whoever asks is answered"


def test_rules_of_recording_are_checked_at_the_door(plan: Plan) -> None:
    with pytest.raises(PlanRefused):
        replace(plan.features, never_recorded_lines=("12;Hangup()",))
    with pytest.raises(PlanRefused):
        replace(plan.features, never_recorded_groups=("A b",))
