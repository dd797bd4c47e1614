"""The scripts keep the house's rules: a header each, only declared keys, the clock of Redis alone."""

import re
from pathlib import Path

import pytest

import seats
from seats.keys import KEYS

FOLDER = Path(seats.__file__).with_name("scripts")
TRANSITIONS = sorted(FOLDER.glob("*.lua"))
ALL = sorted(FOLDER.rglob("*.lua"))
# BYLEX scans give the key by parameter, in two functions of lib/documents.lua and lib/matching.lua.
KEY_ARGUMENT = re.compile(r"redis\.call\('(\w+)'(?:, (\w+))?")


@pytest.mark.parametrize("path", TRANSITIONS, ids=lambda path: path.stem)
def test_header(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    header = "\n".join(line for line in lines if line.startswith("-- "))
    assert lines[0].startswith("-- ")
    assert "-- ARGV: " in header
    assert "-- Result: " in header


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_every_key_is_declared(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "{acd}" not in text
    for command, key in KEY_ARGUMENT.findall(text):
        assert command == "TIME" or key in KEYS or key == "key", f"{command} {key}"


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_size(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 200
