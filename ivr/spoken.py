"""Numbers as a Chinese speaker says them, as names of prompts: composed, so that few sounds say them all.

`number_0` … `number_10`, `number_100`, `number_2_of` (两, before a measure word), `digit_0` … `digit_9`
(幺 for 1, as telephone numbers are read).  All of them are in the prompt catalogue; a test says so.
"""

from __future__ import annotations

LARGEST = 999
_TWO_OF = "number_2_of"


def cardinal(number: int, *, counts: bool = False) -> tuple[str, ...]:
    """0–999 in words: 12 → 十二, 105 → 一百零五, 110 → 一百一十.

    `counts`: a measure word follows, so 2 alone is 两 (两分钟).  ValueError outside 0–999.
    """
    if not 0 <= number <= LARGEST:
        raise ValueError(f"{number} is not spoken: 0 to {LARGEST}")
    if number == 2 and counts:
        return (_TWO_OF,)
    if number <= 10:
        return (f"number_{number}",)
    hundreds, rest = divmod(number, 100)
    words = [f"number_{hundreds}", "number_100"] if hundreds else []
    tens, ones = divmod(rest, 10)
    if tens:
        # 十二 but 一百一十二: the first ten of all drops its one.
        words += ["number_10"] if tens == 1 and not hundreds else [f"number_{tens}", "number_10"]
    elif ones and hundreds:
        words.append("number_0")
    if ones:
        words.append(f"number_{ones}")
    return tuple(words)


def digits(number: str) -> tuple[str, ...]:
    """A telephone number digit by digit.  ValueError for anything but digits."""
    if not (number.isascii() and number.isdecimal()):
        raise ValueError("only digits are read out")
    return tuple(f"digit_{digit}" for digit in number)
