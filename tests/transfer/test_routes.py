"""Routing by data: the first rule that fits decides, and no rule can lose a caller."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.groups import GroupInfo
from crm.routing import RuleInfo, Step
from seats import Widen
from transfer.groups import Groups
from transfer.routes import (
    FLAGGED,
    HANDED_BY_EMERGENCY,
    HANDED_OVER,
    ORDINARY,
    REPEAT,
    THROTTLED,
    Person,
    Route,
    Routes,
)

GENERAL = GroupInfo(
    code="general", name="通用组", strategy="longest_idle", capacity=None, overflow_group=None,
    overflow_after_s=None, hours="always", empty_rule="wait", full_rule="wait", wrap_up_s=None,
    wrap_up_extension_s=60, service_s=15, announce_every_s=30, callback_after_s=60, active=True, version=1,
)  # fmt: skip
WATER = replace(GENERAL, code="water", overflow_group="general", overflow_after_s=20)
HEAT = replace(GENERAL, code="heat")


def groups(*infos: GroupInfo) -> Groups:
    return Groups({info.code: info for info in infos or (GENERAL, WATER, HEAT)})


def rule(*steps: tuple[str, int], **conditions: Any) -> RuleInfo:
    blank = RuleInfo(1, 10, None, None, None, None, tuple(Step(*step) for step in steps), 5, True, 1)
    return replace(blank, **conditions)


def routes(*rules: RuleInfo) -> Routes:
    return Routes("general", rules, groups())


def test_without_rules_everybody_goes_to_the_general_group() -> None:
    assert Routes("general").of("12345", "carrier") == Route(("general",), (), ORDINARY)


def test_the_first_rule_that_fits_decides() -> None:
    by_line = rule(("water", 0), line="96116")
    by_region = rule(("heat", 0), region="150402")
    catch_all = rule(("general", 0))
    house = routes(by_line, by_region, catch_all)
    assert house.of("96116", "carrier", region="150402").groups == ("water",)
    assert house.of("12345", "carrier", region="150402").groups == ("heat",)
    assert house.of("12345", "carrier").groups == ("general",)
    assert routes(by_region, by_line).of("96116", "carrier", region="150402").groups == ("heat",)


def test_a_rule_of_origin_or_language_fits_only_those() -> None:
    house = routes(rule(("heat", 0), origin="subcenter"), rule(("water", 0), language="mn"))
    assert house.of("12345", "subcenter").groups == ("heat",)
    assert house.of("12345", "carrier", language="mn").groups == ("water",)
    assert house.of("12345", "carrier").groups == ("general",)


def test_later_groups_and_overflow_widen_the_wait() -> None:
    house = routes(rule(("water", 0), ("heat", 15), line="96116"))
    assert house.of("96116", "carrier").widen == (Widen(15, "heat"), Widen(20, "general"))


def test_another_language_than_mandarin_gets_a_mandarin_seat_in_the_end() -> None:
    assert Routes("general").of("12345", "carrier", language="mn").widen == (Widen(20.0, "general", "zh"),)


def test_what_the_caller_chose_by_key_counts_against_a_rule_for_everybody_only() -> None:
    everybody, by_line = rule(("general", 0)), rule(("water", 0), line="96116")
    assert routes(everybody).of("12345", "carrier", chosen=("heat",)).groups == ("heat",)
    assert routes(everybody).of("12345", "carrier", chosen=("general",)).groups == ("general",)
    assert routes(by_line).of("96116", "carrier", chosen=("heat",)).groups == ("water",)


def test_a_group_that_is_not_active_any_more_gets_no_calls() -> None:
    house = routes(rule(("closed-down", 0), ("water", 0), line="1"), rule(("closed-down", 0)))
    assert house.of("1", "carrier").groups == ("water",)
    assert house.of("2", "carrier").groups == ("general",)


def test_a_waiting_call_stays_where_it_waits() -> None:
    house = routes(rule(("heat", 0)))
    route = house.of("12345", "carrier", waits_in=("water", "general"))
    assert (route.groups, route.widen) == (("water", "general"), ())


@pytest.mark.parametrize(
    ("origin", "person", "expected"),
    [
        ("carrier", Person(), ORDINARY),
        ("carrier", Person(flagged=True), FLAGGED),
        ("carrier", Person(unanswered=2), REPEAT),
        ("carrier", Person(flagged=True, unanswered=2), FLAGGED),
        ("carrier", Person(throttled=True, flagged=True, unanswered=9), THROTTLED),
        ("subcenter", Person(), HANDED_OVER),
        ("department", Person(unanswered=1), HANDED_OVER),
        ("emergency", Person(throttled=True), HANDED_BY_EMERGENCY),
    ],
)
def test_priority_bands(origin: str, person: Person, expected: int) -> None:
    assert Routes("general").of("12345", origin, person=person).priority == expected


def test_wider_is_at_once_and_for_mandarin_seats_too() -> None:
    narrow = Route(("water",), (Widen(20, "general"),), 5)
    assert narrow.wider(("heat",), "zh") == Route(("water", "heat"), (Widen(20, "general"),), 5)
    assert narrow.wider((), "mn").widen == (Widen(0, "water", "zh"), Widen(20, "general"))


CODES = st.sampled_from(["general", "water", "heat", "gone"])
ANY = st.none() | st.sampled_from(["a", "b"])


@given(
    st.lists(
        st.builds(
            rule,
            st.tuples(CODES, st.integers(0, 60)),
            line=ANY, origin=ANY, region=ANY, language=ANY, active=st.booleans(),
        ),
        max_size=6,
    ),
    st.lists(CODES, max_size=2),
)  # fmt: skip
def test_no_rules_can_lose_a_caller(rules: list[RuleInfo], chosen: list[str]) -> None:
    route = routes(*rules).of("a", "b", region="a", language="zh", chosen=chosen)
    assert route.groups
    assert set(route.groups) <= {"general", "water", "heat"}
    assert len(set(route.groups)) == len(route.groups)
