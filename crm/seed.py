"""The directory's first content: the notice's annex, the city's regions, the units that follow from both."""

import csv
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, insert, select

from crm.models import AnnexRow, Line, Region, Unit

_DATA = Path(__file__).parent / "data"
HOTLINE_NUMBER = "12345"
HOTLINE_NAME = "赤峰市12345政务服务便民热线"
_MODE_SUBCENTER = "设分中心"


def directory(connection: Connection) -> None:
    """Fill lines, regions and units where they are empty.  What people edited since is left alone."""
    if not connection.scalar(select(func.count()).select_from(Region)):
        connection.execute(insert(Region), regions())
    if not connection.scalar(select(func.count()).select_from(AnnexRow)):
        connection.execute(insert(AnnexRow), annex())
        connection.execute(insert(Line), lines())
    if not connection.scalar(select(func.count()).select_from(Unit)):
        connection.execute(insert(Unit), _units())


@cache
def _read(name: str) -> tuple[dict[str, str], ...]:
    with (_DATA / name).open(encoding="utf-8", newline="") as handle:
        return tuple(csv.DictReader(handle))


def regions() -> list[dict[str, Any]]:
    return [{"code": row["code"], "name": row["name"]} for row in _read("regions.csv")]


def annex() -> list[dict[str, Any]]:
    """All 36 rows; one has no number of its own in the notice (seq None)."""
    return [
        {**row, "position": position, "seq": int(row["seq"]) if row["seq"] else None}
        for position, row in enumerate(_read("lines.csv"), start=1)
    ]


def lines() -> list[dict[str, Any]]:
    """The dialled numbers: the hotline itself and each number of the annex once.

    Two rows of the annex print 8820813: one dialled line, which names both, so that the seat asks which.
    """
    found: dict[str, dict[str, Any]] = {
        HOTLINE_NUMBER: {
            "number": HOTLINE_NUMBER,
            "name": HOTLINE_NAME,
            "department": "",
            "mode": "热线",
            "shared": False,
        }
    }
    for row in _read("lines.csv"):
        line = found.get(row["number"])
        if line is None:
            found[row["number"]] = {
                "number": row["number"],
                "name": row["name"],
                "department": row["department"],
                "mode": row["mode"],
                "shared": False,
            }
        else:
            line["name"] = f"{line['name']} / {row['name']}"
            line["shared"] = True
    return list(found.values())


def _units() -> list[dict[str, Any]]:
    subcenters = {row["department"] for row in _read("lines.csv") if row["mode"] == _MODE_SUBCENTER}
    departments = dict.fromkeys(row["department"] for row in _read("lines.csv"))
    return [
        {"name": name, "kind": "subcenter" if name in subcenters else "department", "region_code": None}
        for name in departments
    ] + [
        {"name": f"{row['name']}热线工作站", "kind": "station", "region_code": row["code"]}
        for row in _read("regions.csv")
    ]
