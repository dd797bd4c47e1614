"""Imports point one way (docs/architecture.md): hotline_app → agi → transfer → what lies below."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]

#: package → our packages that it may import.
MAY_IMPORT = {
    "ivr": set(),
    "crm": set(),
    "ami_bridge": set(),
    "asterisk_conf": set(),
    "seats": {"ami_bridge"},
    "transfer": {"ivr", "seats", "crm", "ami_bridge"},
    "agi": {"transfer", "ivr", "seats", "crm", "ami_bridge"},
    "hotline_app": {"agi", "transfer", "ivr", "seats", "crm", "ami_bridge", "asterisk_conf", "tests"},
}
#: the only files of hotline_app that may name the simulated telephone network.
TEST_NETWORK = {"call.py", "demo.py", "bench.py"}
#: ivr interprets and never does I/O; only its entry names the place of the shipped menus.
NO_IO = {"open", "urllib", "socket", "asyncio", "subprocess"}


def ours(path: Path) -> set[str]:
    """The packages of ours that a file imports, wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.add(node.module.partition(".")[0])
    return found & {*MAY_IMPORT, "tests"}


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_a_package_knows_only_what_lies_below_it(package: str) -> None:
    files = sorted((REPO / package).rglob("*.py"))
    assert files, f"{package} is empty"
    wrong = {
        str(file.relative_to(REPO)): strange
        for file in files
        if (strange := ours(file) - MAY_IMPORT[package] - {package})
    }
    assert not wrong


def test_only_the_commands_that_need_it_know_the_test_network() -> None:
    users = {file.name for file in (REPO / "hotline_app").rglob("*.py") if "tests" in ours(file)}
    assert users <= TEST_NETWORK


def test_the_interpreter_of_menus_does_no_io() -> None:
    for file in (REPO / "ivr").glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        modules = {
            name.name.partition(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for name in node.names
        }
        assert not NO_IO & (names | modules), file.name


def test_the_desk_never_touches_asterisk() -> None:
    wrong = {
        str(file.relative_to(REPO)): found
        for file in (REPO / "hotline_app" / "desk").rglob("*.py")
        if (found := ours(file) & {"ami_bridge", "agi", "asterisk_conf", "ivr", "transfer"})
    }
    assert not wrong
