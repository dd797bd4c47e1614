"""Toll fraud: what no route covers is never dialled, and a citizen is a citizen's number."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transfer.citizens import Citizens
from transfer.outside import Outside, Way

ROUTES = {"1": ("mobile", ""), "0476": ("city", "9"), "04768": ("near", "")}
OUT = Citizens(Outside(ROUTES, shown="12345"))


@pytest.mark.parametrize(
    ("number", "dialled", "way"),
    [
        ("13904760001", "13904760001", Way("mobile", "13904760001")),
        ("+8613904760001", "13904760001", Way("mobile", "13904760001")),
        ("013904760001", "13904760001", Way("mobile", "13904760001")),
        ("04765550001", "04765550001", Way("city", "904765550001")),
        ("8200001", "04768200001", Way("near", "04768200001")),
    ],
)
def test_a_citizen_is_dialled_over_the_longest_route_that_fits(number: str, dialled: str, way: Way) -> None:
    assert OUT.number(number) == dialled
    assert OUT.way(number) == way


@pytest.mark.parametrize(
    "number",
    ["", "anonymous", "110", "12345", "95588", "4006001234", "+12125550100", "0012125550100", "01085550001",
     "13904760001@evil", "13904760001,20", "*60", "+", "9" * 40, "96116", "119"],
)  # fmt: skip
def test_nobody_else_is_called(number: str) -> None:
    assert OUT.number(number) is None
    assert OUT.way(number) is None


@pytest.mark.parametrize("number", ["110", "12345", "95588", "4006001234", "0012125550100"])
def test_an_allow_list_for_everything_still_calls_citizens_only(number: str) -> None:
    assert Citizens(Outside({"": ("any", "")}, shown="12345")).number(number) is None


def test_without_routes_nobody_is_called() -> None:
    assert Citizens(Outside({}, shown="12345")).number("13904760001") is None


@given(st.text(max_size=30))
def test_whatever_is_typed_only_digits_are_dialled(number: str) -> None:
    way = OUT.way(number)
    assert way is None or re.fullmatch(r"[0-9]{3,20}", way.digits, re.ASCII)
