"""What a name or an id tells, and what it must not be taken for."""

from __future__ import annotations

import pytest

from agi.legs import began_ms, is_call_of, made_by_us, new_call_id, seat_of, tracks_of


@pytest.mark.parametrize(
    ("channel", "leg", "seat"),
    [
        ("PJSIP/1001-0000002a", "", "1001"),
        ("PJSIP/node2-0000002a", "1001", "1001"),  # over another node to the seat's phone
        ("PJSIP/node2-0000002a", "", None),
        ("PJSIP/carrier-0000002a", "", None),
        ("PJSIP/node2-0000002a", "10a1", None),
    ],
)
def test_whose_phone_a_channel_is(channel: str, leg: str, seat: str | None) -> None:
    assert seat_of(channel, leg) == seat


@pytest.mark.parametrize(
    ("call_id", "ours"),
    [
        ("node1-1764000000.12", True),
        ("node2-1764000000.12", False),
        ("side-spy-1002-0a1b2c", False),
        ("side-node1-1764000000.12", False),
        ("1764000000.12", False),
        ("node1-", False),
        ("", False),
    ],
)
def test_which_calls_are_a_nodes_own(call_id: str, ours: bool) -> None:
    assert is_call_of(call_id, "node1") is ours


def test_an_id_of_our_own_is_a_call_of_its_node_and_never_one_of_asterisks() -> None:
    made = new_call_id("city-a-1")
    assert is_call_of(made, "city-a-1")
    assert made_by_us(made)
    assert not made_by_us("city-a-1-1764000000.912345678")
    assert began_ms(made) > 0
    assert tracks_of(made)["caller"].endswith(f"{made}-caller.wav")
    assert len({new_call_id("n") for _ in range(1000)}) == 1000
