"""What is said to a waiting caller, and how the dialplan's state remembers it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agi.waiting import Told, expected_words, place_words


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (0, "you_are_next"),
        (1, "ahead_before number_1 ahead_after"),
        (2, "ahead_before number_2_of ahead_after"),
        (23, "ahead_before number_2 number_10 number_3 ahead_after"),
        (1000, "ahead_many"),
    ],
)
def test_the_place(ahead: int, words: str) -> None:
    assert " ".join(place_words(ahead)) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0.0, "expected_short"),
        (60.0, "expected_short"),
        (61.0, "expected_before number_2_of expected_after"),
        (600.0, "expected_before number_10 expected_after"),
        (3601.0, ""),
    ],
)
def test_the_expected_wait_is_rounded_up_and_never_made_up(seconds: float | None, words: str) -> None:
    assert " ".join(expected_words(seconds)) == words


@given(st.integers(1, 2**40), st.booleans())
def test_the_state_reads_back_and_is_safe_for_the_dialplan(at_s: int, asked: bool) -> None:
    told = Told(at_s, asked)
    assert Told.read(told.state) == told
    assert re.fullmatch(r"wait:[0-9]+\.[01]", told.state)


@given(st.text(max_size=40))
def test_any_other_state_has_heard_nothing(state: str) -> None:
    told = Told.read(state)
    assert told == Told() or state.startswith("wait:")


def test_an_announcement_is_due_at_once_and_then_after_its_time() -> None:
    assert Told().due_in(1_000_000, 30) == 0
    told = Told().said(1_000_000)
    assert [told.due_in(1_000_000 + s, 30) for s in (0, 10, 30, 300)] == [30, 20, 0, 0]
