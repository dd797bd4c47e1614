"""What may enter a plan: everything else is refused at the door, by key, with a remedy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asterisk_conf.fault import PlanRefused
from asterisk_conf.plan import (
    AmiUser,
    Bridge,
    Directories,
    Features,
    Line,
    Plan,
    Ports,
    Seat,
    Trunk,
    TrunkKind,
)
from asterisk_conf.render import rendered

ROOT = Path("/opt/asterisk")
PLACES = Directories.under(Path("/var/lib/hotline"), modules=ROOT / "modules", data=ROOT / "data")
CARRIER = Trunk("carrier", TrunkKind.CARRIER, "127.0.0.2")
FIRE = Trunk("fire", TrunkKind.EMERGENCY, "127.0.0.9", match=("127.0.0.0/29",))
SECRET = "a-good-secret"
PLAN = Plan(
    "node1",
    PLACES,
    Ports(),
    (CARRIER,),
    (Seat("1001", SECRET),),
    (Line("12345"),),
    (Bridge("127.0.0.1", 4573),),
)


@pytest.mark.parametrize(
    ("make", "fault_id", "key"),
    [
        (lambda: Seat("1001;", SECRET), "bad_value", "seats.1001;.ext"),
        (lambda: Seat("_X.", SECRET), "bad_value", "seats._X..ext"),
        (lambda: Seat("0101", SECRET), "bad_value", "seats.0101.ext"),
        (lambda: Seat("1001", "short"), "bad_secret", "seats.1001.secret"),
        (lambda: Seat("1001", "a secret\nwith=lines"), "bad_secret", "seats.1001.secret"),
        (lambda: Seat("1001", SECRET, "张三\n[evil]"), "bad_value", "seats.1001.name"),
        (lambda: Seat("1001", SECRET, "${SHELL(id)}"), "bad_value", "seats.1001.name"),
        (lambda: Line("_X."), "bad_value", "lines._X..number"),
        (lambda: Line("12345", "热线;x"), "bad_value", "lines.12345.name"),
        (lambda: Trunk("Carrier", TrunkKind.CARRIER, "127.0.0.2"), "bad_value", "trunks.Carrier.name"),
        (lambda: Trunk("udp", TrunkKind.CARRIER, "127.0.0.2"), "reserved", "trunks.udp.name"),
        (lambda: Trunk("carrier", "friend", "127.0.0.2"), "unknown_kind", "trunks.carrier.kind"),  # type: ignore[arg-type]
        (lambda: Trunk("carrier", TrunkKind.CARRIER, "a b"), "bad_host", "trunks.carrier.host"),
        (lambda: Trunk("carrier", TrunkKind.CARRIER, "sbc.example"), "no_match", "trunks.carrier.match"),
        (
            lambda: Trunk("c", TrunkKind.CARRIER, "10.0.0.1", match=("1.0.0.1/8",)),
            "bad_network",
            "trunks.c.match[0]",
        ),
        (lambda: Trunk("c", TrunkKind.CARRIER, "10.0.0.1", 0), "out_of_range", "trunks.c.port"),
        (lambda: Bridge("8.8.8.8", 4573), "public_address", "bridges.host"),
        (lambda: Bridge("bridge", 4573), "bad_address", "bridges.host"),
        (lambda: AmiUser("general", SECRET), "reserved", "ami.general.name"),
        (lambda: Ports(sip=70000), "out_of_range", "sip.sip"),
        (lambda: Ports(rtp_first=20000, rtp_last=20001), "out_of_range", "sip.rtp_last"),
        (lambda: Ports(host="localhost"), "bad_address", "sip.host"),
        (lambda: Features(ring_s=0), "out_of_range", "features.ring_s"),
        (lambda: Features(more_modules=("evil",)), "bad_value", "features.more_modules[0]"),
        (lambda: Features(seat_networks=("all",)), "bad_network", "features.seat_networks[0]"),
        (lambda: replace(PLACES, run=Path("/" + "r" * 91)), "path_too_long", "directories.run"),
        (lambda: replace(PLACES, log=Path("/a b")), "bad_path", "directories.log"),
        (lambda: replace(PLACES, log=Path("/a;b")), "bad_path", "directories.log"),
        (lambda: replace(PLACES, log=Path("relative")), "bad_path", "directories.log"),
        (lambda: replace(PLAN, node="Node 1"), "bad_value", "nodes.name"),
        (lambda: replace(PLAN, seats=(*PLAN.seats, *PLAN.seats)), "duplicate", "seats.ext"),
        (lambda: replace(PLAN, lines=(*PLAN.lines, *PLAN.lines)), "duplicate", "lines.number"),
        (lambda: replace(PLAN, bridges=(*PLAN.bridges, *PLAN.bridges)), "duplicate", "bridges"),
        (lambda: replace(PLAN, trunks=(CARRIER, CARRIER)), "duplicate", "trunks.name"),
        (
            lambda: replace(PLAN, trunks=(CARRIER, FIRE)),
            "address_twice",
            "trunks.fire.match",
        ),
    ],
)
def test_a_bad_value_is_named_where_it_stands(make: Callable[[], Any], fault_id: str, key: str) -> None:
    with pytest.raises(PlanRefused) as refused:
        make()
    assert (fault_id, key) in [(fault.id, fault.key) for fault in refused.value.faults]
    assert all(fault.remedy and fault.file for fault in refused.value.faults)


def test_every_fault_of_a_record_is_told_at_once() -> None:
    with pytest.raises(PlanRefused) as refused:
        Trunk("carrier", TrunkKind.CARRIER, "a b", 0, secret="x")
    assert [fault.id for fault in refused.value.faults] == ["bad_host", "out_of_range", "bad_secret"]


def test_a_secret_is_never_shown() -> None:
    with pytest.raises(PlanRefused) as refused:
        Seat("1001", "päss-wörd-secret")
    assert "wörd" not in str(refused.value)
    assert SECRET not in repr(PLAN)


TEXTS = st.text(max_size=50)
EVIL = st.sampled_from(
    ["\n[x]", ";", "${X}", "\\;", "#include x", "]\n", "\x00", "\u2028", "a=b", "=>", ",", "&"]
)


@settings(max_examples=80, deadline=None)
@given(words=st.lists(st.one_of(TEXTS, EVIL), min_size=1, max_size=3).map("".join), field=st.integers(0, 6))
def test_whatever_is_accepted_stays_within_its_line(words: str, field: int) -> None:
    """Any text in any place: refused, or rendered with no line, section, comment or expansion of its own."""

    def plan(word: str) -> Plan:
        return [
            lambda: replace(PLAN, node=word),
            lambda: replace(PLAN, seats=(Seat("1001", SECRET, word),)),
            lambda: replace(PLAN, seats=(Seat("1001", word),)),
            lambda: replace(PLAN, trunks=(replace(CARRIER, host=word, match=("10.0.0.1",)),)),
            lambda: replace(PLAN, lines=(Line("12345", word),)),
            lambda: replace(PLAN, directories=replace(PLACES, recordings=Path("/" + word))),
            lambda: replace(PLAN, trunks=(replace(CARRIER, name=word),)),
        ][field]()  # fmt: skip

    try:
        accepted = plan(words)
    except PlanRefused:
        return
    plain = plan("x9" if field != 2 else "x9x9x9x9x9")
    ours = rendered(accepted, Path("/etc/hotline"))
    theirs = rendered(plain, Path("/etc/hotline"))
    for name, text in ours.items():
        assert skeleton(text) == skeleton(theirs[name]), name


def skeleton(text: str) -> list[tuple[bool, int, int, int]]:
    """What of a file decides how it is read: its lines, and in each whether it opens a section, how many
    comments, expansions and commas there are."""
    return [
        (line.startswith("["), line.count(";"), line.count("${"), line.count(","))
        for line in text.split("\n")
    ]
