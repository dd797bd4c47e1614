"""Whether a citizen may be called at a number, and how it is dialled from here."""

from __future__ import annotations

from crm import NumberKind, normalise
from transfer.outside import Outside, Way

_CHINA = "+86"


class Citizens:
    """Citizens have mobile and fixed numbers of this country: no short, foreign or premium ones."""

    def __init__(self, outside: Outside, *, area_code: str = "0476") -> None:
        self._outside = outside
        self._area_code = area_code

    def number(self, told: str) -> str | None:
        """The number as it is dialled (a mobile's 11 digits; 0, area code and a fixed number).

        None when nobody may be called there: no citizen's number, or not on the allow-list.
        """
        read = normalise(told, self._area_code)
        if read.kind not in (NumberKind.MOBILE, NumberKind.FIXED) or not read.lookup.startswith(_CHINA):
            return None
        national = read.lookup.removeprefix(_CHINA)
        number = national if read.kind is NumberKind.MOBILE else f"0{national}"
        return number if self._outside.way(number) is not None else None

    def way(self, told: str) -> Way | None:
        """How the citizen is dialled; None where `number` is."""
        number = self.number(told)
        return None if number is None else self._outside.way(number)
