"""The directory: dialled lines, regions, units, agent positions."""

from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base


class Line(Base):
    """One dialled number.  Several rows of the annex may share it: then `shared` is true."""

    __tablename__ = "lines"
    number: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    department: Mapped[str]
    mode: Mapped[str]
    shared: Mapped[bool]


class AnnexRow(Base):
    """One row of the notice's annex of merged numbers, as printed; never edited."""

    __tablename__ = "annex_rows"
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int | None]
    department: Mapped[str]
    name: Mapped[str]
    number: Mapped[str] = mapped_column(index=True)
    mode: Mapped[str]
    note: Mapped[str]


class Region(Base):
    """A banner, county or district with its GB/T 2260 code."""

    __tablename__ = "regions"
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


class Unit(Base):
    """Who handles tickets: a department, a county's hotline station, a sub-centre."""

    __tablename__ = "units"
    name: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    region_code: Mapped[str | None]


class Seat(Base):
    """An agent position.  `groups` is JSON: group → skill level; `secret` is sealed."""

    __tablename__ = "seats"
    ext: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    secret: Mapped[bytes]
    groups: Mapped[str]
    languages: Mapped[str]
    active: Mapped[bool]
