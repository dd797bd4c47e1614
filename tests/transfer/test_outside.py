"""The allow-list of outside numbers."""

from __future__ import annotations

import pytest

from transfer.outside import Outside, Way

LOCAL = Outside({"0": ("carrier-a", ""), "1": ("carrier-a", "9"), "110": ("police", "")}, shown="12345")


@pytest.mark.parametrize(
    ("number", "way"),
    [
        ("13904760001", Way("carrier-a", "913904760001")),
        ("04768200001", Way("carrier-a", "04768200001")),
        ("110", Way("police", "110")),  # the longest beginning wins
        ("8200001", None),  # fits none
        ("0013125550100&PJSIP", None),
        ("+8613904760001", None),
        ("0" * 21, None),
        ("", None),
    ],
)
def test_only_what_a_route_names_is_dialled(number: str, way: Way | None) -> None:
    assert LOCAL.way(number) == way


def test_without_routes_nothing_is_dialled() -> None:
    assert Outside({}, shown="12345").way("13904760001") is None


def test_a_number_stays_out_of_repr() -> None:
    assert "13904760001" not in repr(LOCAL.way("13904760001"))
