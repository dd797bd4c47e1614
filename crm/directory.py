"""Which line was dialled: a copy of the lines in memory, so that an arriving call asks no database."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from crm import seed
from crm.models import Line
from crm.numbers import to_text
from crm.store import Store


@dataclass(frozen=True, slots=True)
class LineInfo:
    """A dialled line.  `shared`: several rows of the annex print this number; ask the caller which."""

    number: str
    name: str
    department: str
    mode: str
    shared: bool


class Directory:
    """Looks up dialled numbers.  Begins with the shipped list: it knows them without a database."""

    def __init__(self, area_code: str = "0476") -> None:
        self._area_code = area_code
        self._lines: dict[str, LineInfo] = {}
        self._take(LineInfo(**row) for row in seed.lines())

    async def refresh(self, store: Store) -> None:
        """Read the lines as they are now.  Raises StoreUnavailable."""
        async with store.read() as connection:
            rows = await connection.execute(
                select(Line.number, Line.name, Line.department, Line.mode, Line.shared)
            )
            self._take(LineInfo(*row) for row in rows)

    def find(self, dialled: str) -> LineInfo:
        """The line of a dialled number, with or without country and area code.

        An unknown number comes back with empty names: such a call is answered like any other.
        """
        number = "".join(c for c in to_text(dialled, 32) if c.isascii() and c.isdigit())
        for spelled in self._spellings(number):
            if line := self._lines.get(spelled):
                return line
        return LineInfo(number or to_text(dialled, 32), "", "", "", False)

    def _spellings(self, number: str) -> Iterable[str]:
        area = self._area_code.lstrip("0")
        yield number
        for prefix in (f"0{area}", f"86{area}", f"0086{area}", "86", "0086"):
            if number.startswith(prefix):
                yield number[len(prefix) :]

    def _take(self, lines: Iterable[LineInfo]) -> None:
        self._lines = {line.number: line for line in lines}
