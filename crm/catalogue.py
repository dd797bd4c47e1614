"""The directory as the desk and the configuration read it: lines, regions, units, seats."""

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select

from crm.directory import LineInfo
from crm.models import AnnexRow, Line, Region, Seat, Unit
from crm.store import Store


@dataclass(frozen=True, slots=True)
class Annex:
    """One row of the notice's annex; `seq` None where the notice gives no number."""

    position: int
    seq: int | None
    department: str
    name: str
    number: str
    mode: str
    note: str


@dataclass(frozen=True, slots=True)
class UnitInfo:
    """`kind`: department, station or subcenter."""

    name: str
    kind: str
    region_code: str | None


@dataclass(frozen=True, slots=True)
class SeatInfo:
    """An agent position.  `secret` is the phone's password in clear: for Asterisk's configuration only."""

    ext: str
    name: str
    secret: str
    groups: dict[str, int]
    languages: tuple[str, ...]

    def __repr__(self) -> str:
        return f"SeatInfo(ext={self.ext!r}, groups={self.groups!r})"


async def lines(store: Store) -> list[LineInfo]:
    """The dialled numbers."""
    query = select(Line.number, Line.name, Line.department, Line.mode, Line.shared).order_by(Line.number)
    async with store.read() as connection:
        return [LineInfo(*row) for row in await connection.execute(query)]


async def annex(store: Store) -> list[Annex]:
    """The 36 rows as printed."""
    async with store.read() as connection:
        rows = await connection.execute(select(AnnexRow.__table__).order_by(AnnexRow.position))
        return [Annex(*row) for row in rows]


async def regions(store: Store) -> dict[str, str]:
    """Name by GB/T 2260 code."""
    async with store.read() as connection:
        rows = await connection.execute(select(Region.code, Region.name).order_by(Region.code))
        return {row.code: row.name for row in rows}


async def units(store: Store) -> list[UnitInfo]:
    query = select(Unit.name, Unit.kind, Unit.region_code).order_by(Unit.kind, Unit.name)
    async with store.read() as connection:
        return [UnitInfo(*row) for row in await connection.execute(query)]


async def seats(store: Store) -> list[SeatInfo]:
    """The active seats by extension."""
    query = select(Seat.ext, Seat.name, Seat.secret, Seat.groups, Seat.languages)
    async with store.read() as connection:
        rows = await connection.execute(query.where(Seat.active).order_by(Seat.ext))
        return [
            SeatInfo(
                ext, name, store.vault.unseal(secret, "sip"), json.loads(groups), tuple(json.loads(languages))
            )
            for ext, name, secret, groups, languages in rows
        ]


async def ensure_seats(
    store: Store,
    exts: Iterable[str],
    *,
    groups: Mapping[str, int] | None = None,
    languages: Sequence[str] = ("zh",),
) -> list[SeatInfo]:
    """Make the seats that are missing, each with a random phone password; all active seats come back."""
    async with store.write() as connection:
        known = set(await connection.scalars(select(Seat.ext)))
        rows = [
            {
                "ext": ext,
                "name": f"{ext}座席",
                "secret": store.vault.seal(secrets.token_urlsafe(18), "sip"),
                "groups": json.dumps(dict(groups or {"general": 1})),
                "languages": json.dumps(list(languages)),
                "active": True,
            }
            for ext in dict.fromkeys(exts)
            if ext not in known
        ]
        if rows:
            await connection.execute(insert(Seat), rows)
    return await seats(store)
