"""Numbers are said as people say them, and with sounds that there are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk_conf.prompts import CATALOGUE, parse
from ivr import cardinal, digits

WORDS = {
    **{f"number_{n}": word for n, word in enumerate("零一二三四五六七八九十")},
    "number_100": "百",
    "number_2_of": "两",
}


def said(number: int, *, counts: bool = False) -> str:
    return "".join(WORDS[name] for name in cardinal(number, counts=counts))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "零"), (2, "二"), (9, "九"), (10, "十"), (11, "十一"), (19, "十九"), (20, "二十"), (25, "二十五"),
        (90, "九十"), (99, "九十九"), (100, "一百"), (101, "一百零一"),
        (110, "一百一十"), (112, "一百一十二"),
        (200, "二百"), (305, "三百零五"), (999, "九百九十九"),
    ],
)  # fmt: skip
def test_numbers(number: int, words: str) -> None:
    assert said(number) == words


def test_two_of_something_is_another_word() -> None:
    assert said(2, counts=True) == "两"
    assert said(12, counts=True) == "十二"
    assert said(20, counts=True) == "二十"


@pytest.mark.parametrize("number", [-1, 1000])
def test_what_has_no_sounds_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="not spoken"):
        cardinal(number)


@given(st.integers(0, 999), st.booleans())
def test_no_two_numbers_sound_alike_and_all_are_short(number: int, counts: bool) -> None:
    words = said(number, counts=counts)
    assert 1 <= len(words) <= 5
    assert _value(words) == number


def _value(words: str) -> int:
    """Reads it back."""
    total, last = 0, 0
    for word in words:
        if word == "百":
            total += 100 * last
            last = 0
        elif word == "十":
            total += 10 * (last or 1)
            last = 0
        else:
            last = 2 if word == "两" else "零一二三四五六七八九".index(word)
    return total + last


def test_every_sound_of_a_number_is_in_the_catalogue() -> None:
    prompts = parse(CATALOGUE.read_text(encoding="utf-8"), "catalogue.toml").prompts
    needed = {name for n in range(1000) for name in cardinal(n)} | set(cardinal(2, counts=True))
    needed |= set(digits("0123456789"))
    assert needed <= set(prompts)
    for name, word in WORDS.items():
        assert prompts[name].zh == word


@pytest.mark.parametrize("number", ["", "1 2", "12a", "１２", "-1"])
def test_only_digits_are_read_out(number: str) -> None:
    with pytest.raises(ValueError, match="digits"):
        digits(number)
