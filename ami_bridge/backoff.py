"""How long to wait before the next attempt."""

import random


class Backoff:
    """Doubles from `first_s` up to `last_s`; each wait is spread over its upper half, so that
    many clients of a node that comes back do not come at once."""

    def __init__(self, first_s: float, last_s: float) -> None:
        self._first_s = first_s
        self._last_s = last_s
        self._next_s = first_s

    def wait_s(self) -> float:
        now_s = self._next_s
        self._next_s = min(self._last_s, now_s * 2)
        return now_s * random.uniform(0.5, 1.0)

    def reset(self) -> None:
        self._next_s = self._first_s
