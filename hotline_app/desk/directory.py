"""What the console's lists choose from: lines, regions, units, reasons."""

from __future__ import annotations

from pydantic import BaseModel

from crm import catalogue
from hotline_app.desk.endpoint import AnyEndpoint, Ask, Endpoint, Nothing
from hotline_app.desk.hall_shapes import Choice, ChoiceList
from hotline_app.desk.roles import EVERYONE
from hotline_app.desk.shapes import Shape

_TAG = "目录"


class LineOut(Shape):
    number: str
    name: str
    department: str
    mode: str
    shared: bool


class LineList(BaseModel):
    items: list[LineOut]


class UnitOut(Shape):
    name: str
    kind: str
    region_code: str | None


class UnitList(BaseModel):
    items: list[UnitOut]


async def lines(ask: Ask[Nothing, Nothing]) -> LineList:
    found = await catalogue.lines(ask.deps.store)
    return LineList(items=[LineOut.model_validate(line) for line in found])


async def regions(ask: Ask[Nothing, Nothing]) -> ChoiceList:
    found = await catalogue.regions(ask.deps.store)
    return ChoiceList(items=[Choice(code=code, name=name) for code, name in found.items()])


async def units(ask: Ask[Nothing, Nothing]) -> UnitList:
    found = await catalogue.units(ask.deps.store)
    return UnitList(items=[UnitOut.model_validate(unit) for unit in found])


async def reasons(ask: Ask[Nothing, Nothing]) -> ChoiceList:
    """Also while the database is away: a seat must be able to take its break."""
    return ChoiceList(items=await ask.deps.reasons.choices())


ENDPOINTS: list[AnyEndpoint] = [
    Endpoint("GET", "/lines", "拨打号码（线路）", lines, LineList, EVERYONE, tag=_TAG),
    Endpoint("GET", "/regions", "旗县区", regions, ChoiceList, EVERYONE, tag=_TAG),
    Endpoint("GET", "/units", "承办单位", units, UnitList, EVERYONE, tag=_TAG),
    Endpoint("GET", "/reasons", "示忙原因", reasons, ChoiceList, EVERYONE, tag=_TAG),
]
