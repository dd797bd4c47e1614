"""Outside numbers that may be dialled, and how: the allow-list of ``[numbers.routes]``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_NUMBER = re.compile(r"[0-9]{3,20}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Way:
    """Over which trunk, and the digits that are dialled there."""

    trunk: str
    digits: str = field(repr=False)


class Outside:
    """``routes``: leading digits → (trunk, prefix); the longest that fits wins, what fits none is refused.

    ``shown``: the number of ours that the other side sees.
    """

    def __init__(self, routes: Mapping[str, tuple[str, str]], *, shown: str) -> None:
        self._routes = sorted(routes.items(), key=lambda route: -len(route[0]))
        self.shown = shown

    def way(self, number: str) -> Way | None:
        """How to dial this number; None: it may not be dialled."""
        if not _NUMBER.fullmatch(number):
            return None
        for leading, (trunk, prefix) in self._routes:
            if number.startswith(leading):
                return Way(trunk, prefix + number)
        return None
