"""Configuration spoiled on purpose, where only Asterisk itself can tell: its own answer names file, key
and remedy.  Slow for its kind (a second each): every case starts a real Asterisk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from asterisk_conf.command import Command
from asterisk_conf.log import check_log
from asterisk_conf.plan import Features, Plan
from asterisk_conf.probe import probe
from asterisk_conf.render import TEMPLATES

pytestmark = pytest.mark.live


Spoil = tuple[str, str, str]
Named = tuple[str, str, str]


def spoiled(folder: Path, spoils: list[Spoil]) -> Path:
    """A folder with the templates in which `old` reads `new`."""
    folder.mkdir()
    for file, old, new in spoils:
        text = (TEMPLATES / f"{file}.j2").read_text(encoding="utf-8")
        assert old in text
        (folder / f"{file}.j2").write_text(text.replace(old, new), encoding="utf-8")
    return folder


def test_a_good_plan_passes(plan: Plan, asterisk: Command) -> None:
    assert probe(plan, asterisk) == []


# Spoils that do not hide each other share a start.
SMALL_ONES: list[tuple[Spoil, Named]] = [
    (("pjsip.conf", "moh_suggest", "moh_sugest"), ("unknown_option", "pjsip.conf", "1001.moh_sugest")),
    (
        ("modules.conf", "autoload = no", "autoload = no\nload = bridge_native_rtp.so"),
        ("module_not_listed", "modules.conf", "bridge_native_rtp.so"),
    ),
    (
        ("extensions.conf", "exten => *60,1,Answer()", "exten => *60,Answer()"),
        ("bad_dialplan", "extensions.conf", "-"),
    ),
    (("queues.conf", "maxlen = 0", "maxlem = 0"), ("unknown_option", "queues.conf", "hl-general.maxlem")),
    (
        ("manager.conf", "eventfilter = ^Event: (", "eventfilter = ^Event: (("),
        ("bad_filter", "manager.conf", "-"),
    ),
    (
        ("musiconhold.conf", "{{ directories.music }}", "/nowhere"),
        ("no_music", "musiconhold.conf", "directory"),
    ),
    (("cel.conf", "CHAN_START", "CHAN_STARTED"), ("bad_option", "cel.conf", "events")),
    (("indications.conf", "country = cn", "country = xx"), ("bad_option", "indications.conf", "-")),
    (("rtp.conf", "{{ ports.rtp_first }}", "90000"), ("bad_option", "rtp.conf", "-")),
]
BIG_ONES: list[tuple[Spoil, Named]] = [
    (("pjsip.conf", "bind = {{ ports.host }}", "bind = 203.0.113.1"), ("cannot_bind", "pjsip.conf", "udp")),
    (("extensions.conf", "[hl-call]", "[hl-call"), ("module_not_running", "modules.conf", "pbx_config.so")),
    (
        ("manager.conf", "permit = 127.0.0.1/255.255.255.255", "permit = 300.0.0.1"),
        ("bad_acl", "manager.conf", "bridge"),
    ),
    (("asterisk.conf", "systemname = {{ plan.node }}", ""), ("other_setting", "asterisk.conf", "systemname")),
]
NO_SESSION = "{% for module in modules if module != 'res_pjsip_session.so' %}"
WORSE_ONES: list[tuple[Spoil, Named]] = [
    (
        ("modules.conf", "{% for module in modules %}", NO_SESSION),
        ("module_not_running", "modules.conf", "chan_pjsip.so"),
    ),
    (("manager.conf", "enabled = yes", "enabled = no"), ("other_setting", "manager.conf", "enabled")),
    (("pjsip.conf", "dtmf_mode = rfc4733", "dtmf_mode = loud"), ("bad_option", "pjsip.conf", "dtmf_mode")),
]
WORST: list[tuple[Spoil, Named]] = [
    (
        ("asterisk.conf", "astdatadir = {{ directories.data }}", "astdatadir = /nowhere"),
        ("not_started", "asterisk.conf", "-"),
    ),
]


@pytest.mark.parametrize(
    "cases", [SMALL_ONES, BIG_ONES, WORSE_ONES, WORST], ids=["small", "big", "worse", "worst"]
)
def test_asterisks_own_answer_names_file_key_and_remedy(
    plan: Plan, short_path: Path, asterisk: Command, cases: list[tuple[Spoil, Named]]
) -> None:
    own = spoiled(short_path / "own", [spoil for spoil, _ in cases])
    faults = probe(plan, asterisk, templates=[own])
    named = {(fault.id, fault.file, fault.key.split("（")[0]) for fault in faults}
    assert {expected for _, expected in cases} <= named
    assert all(fault.remedy for fault in faults)


def test_a_seat_whose_endpoint_was_refused_is_missed(plan: Plan, short_path: Path, asterisk: Command) -> None:
    own = spoiled(short_path / "own", [("pjsip.conf", "allow = alaw,ulaw", "allow = alawx")])
    named = {(fault.id, fault.key, fault.value) for fault in probe(plan, asterisk, templates=[own])}
    assert ("no_endpoint", "1001", "") in named
    assert ("object_refused", "endpoint", "1001") in named


def test_a_module_that_is_not_installed(plan: Plan, asterisk: Command) -> None:
    richer = replace(plan, features=Features(more_modules=("app_nonsense.so",)))
    faults = probe(richer, asterisk)
    assert {(fault.id, fault.value) for fault in faults} >= {("module_missing", "app_nonsense.so")}
    assert {(fault.id, fault.key) for fault in faults} >= {("module_not_running", "app_nonsense.so")}


def test_no_program_at_all(plan: Plan) -> None:
    with pytest.raises(OSError, match="No such file"):
        probe(plan, Command(("/nowhere/asterisk",)))


def test_only_the_last_start_counts_and_numbers_are_masked(tmp_path: Path) -> None:
    log = tmp_path / "messages.log"
    assert [fault.id for fault in check_log(log)] == ["log_missing"]
    log.write_text(
        "[2026-11-24 08:00:00.001] Asterisk 22.10.1 built by nobody @ x\n"
        "[2026-11-24 08:00:01.001] ERROR[1] config_options.c: Unable to load config file 'acl.conf'\n"
        "[2026-11-24 09:00:00.001] Asterisk 22.10.1 built by nobody @ x\n"
        "[2026-11-24 09:00:01.001] WARNING[2][C-00000001] chan_pjsip.c: Odd caller 13904760001 here\n"
        "[2026-11-24 09:00:02.001] WARNING[3][C-00000002] chan_pjsip.c: Odd caller 13904760001 here\n"
    )
    (fault,) = check_log(log)
    assert (fault.id, fault.file, fault.key) == ("asterisk_warning", "messages.log", "chan_pjsip.c")
    assert "13904760001" not in fault.value
    assert fault.value == "Odd caller 139****0001 here"
