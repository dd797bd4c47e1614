"""What `check` finds by the files alone: each thing spoiled by hand is named by file, key and remedy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from asterisk_conf.check import check
from asterisk_conf.fault import Fault
from asterisk_conf.plan import Plan
from asterisk_conf.render import render


@pytest.fixture
def target(plan: Plan, short_path: Path) -> Path:
    render(plan, short_path / "etc")
    return short_path / "etc"


def found(faults: list[Fault]) -> list[tuple[str, str, str]]:
    assert all(fault.remedy for fault in faults)
    return [(fault.id, fault.file, fault.key) for fault in faults]


def test_what_was_rendered_is_sound(plan: Plan, target: Path) -> None:
    assert check(target, plan) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (
            "pjsip.conf",
            "allow_transfer = no",
            "allow_transfer = yes",
            ("hand_edited", "pjsip.conf", "carrier(endpoint).allow_transfer"),
        ),
        (
            "pjsip.conf",
            "password = secret-of-1001",
            "password = guessed",
            ("hand_edited", "pjsip.conf", "1001(auth).password"),
        ),
        (
            "manager.conf",
            "bindaddr = 127.0.0.1",
            "bindaddr = 0.0.0.0",
            ("hand_edited", "manager.conf", "general.bindaddr"),
        ),
        ("manager.conf", "webenabled = no\n", "", ("line_missing", "manager.conf", "general.webenabled")),
        (
            "cdr.conf",
            "enable = no",
            "enable = no\nunanswered = yes",
            ("line_extra", "cdr.conf", "general.unanswered"),
        ),
        (
            "modules.conf",
            "autoload = no",
            "autoload = yes",
            ("hand_edited", "modules.conf", "modules.autoload"),
        ),
        ("rtp.conf", "[general]", "[general", ("not_readable", "rtp.conf", "第2行")),
        ("rtp.conf", "strictrtp = yes", "strictrtp", ("not_readable", "rtp.conf", "第5行")),
    ],
)
def test_a_hand_edit_is_named(
    plan: Plan, target: Path, file: str, old: str, new: str, expected: tuple[str, str, str]
) -> None:
    path = target / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    faults = check(target, plan)
    assert found(faults) == [expected]
    assert "guessed" not in str(faults)


def test_a_comment_of_ones_own_is_no_fault(plan: Plan, target: Path) -> None:
    with (target / "rtp.conf").open("a") as file:
        file.write("; 值班员注\n")
    assert check(target, plan) == []


def test_missing_stray_open_and_garbled_files(plan: Plan, target: Path) -> None:
    (target / "cel.conf").unlink()
    (target / "iax.conf").write_text("[general]\n")
    (target / "manager.conf").chmod(0o644)
    (target / "rtp.conf").write_bytes(b"[general]\nx = \xff\xfe\n")
    assert found(check(target, plan)) == [
        ("file_missing", "cel.conf", "-"),
        ("file_mode", "manager.conf", "-"),
        ("file_unreadable", "rtp.conf", "-"),
        ("stray_file", "iax.conf", "-"),
    ]


def test_no_music_and_a_module_that_is_not_there(plan: Plan, target: Path) -> None:
    (plan.directories.music / "music.wav").unlink()
    poorer = replace(plan, features=replace(plan.features, more_modules=("app_nonsense.so",)))
    render(poorer, target)
    faults = check(target, poorer)
    assert found(faults) == [
        ("module_missing", "modules.conf", "load"),
        ("no_music", "musiconhold.conf", "directory"),
    ]
    assert faults[0].value == "app_nonsense.so"


def test_a_plan_that_moved_on_is_seen(plan: Plan, target: Path) -> None:
    fewer = replace(plan, seats=plan.seats[:1])
    names = {(fault.file, fault.key.split(".")[0]) for fault in check(target, fewer)}
    assert ("pjsip.conf", "1002(endpoint)") in names
    assert ("queues.conf", "hl-general") in names
