"""The directory's first content: the notice's annex, the city's regions, the units that follow from both,
and the first groups, routing rules and not-ready reasons."""

import csv
import json
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, insert, select

from crm.models import AnnexRow, Line, NotReadyReason, Region, RoutingRule, SkillGroup, Unit

_DATA = Path(__file__).parent / "data"
HOTLINE_NUMBER = "12345"
HOTLINE_NAME = "赤峰市12345政务服务便民热线"
GENERAL = "general"
_MODE_SUBCENTER = "设分中心"
_MODE_PARALLEL = "双号并行"
_OVERFLOW_S = 20


def directory(connection: Connection) -> None:
    """Fill lines, regions and units where they are empty.  What people edited since is left alone."""
    if not connection.scalar(select(func.count()).select_from(Region)):
        connection.execute(insert(Region), regions())
    if not connection.scalar(select(func.count()).select_from(AnnexRow)):
        connection.execute(insert(AnnexRow), annex())
        connection.execute(insert(Line), lines())
    if not connection.scalar(select(func.count()).select_from(Unit)):
        connection.execute(insert(Unit), _units())
    if not connection.scalar(select(func.count()).select_from(SkillGroup)):
        connection.execute(insert(SkillGroup), groups())
    if not connection.scalar(select(func.count()).select_from(RoutingRule)):
        connection.execute(insert(RoutingRule), rules())
    if not connection.scalar(select(func.count()).select_from(NotReadyReason)):
        connection.execute(insert(NotReadyReason), reasons())


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


def _parallel() -> list[dict[str, str]]:
    """The annex's rows whose number stays, with seats of its own (双号并行)."""
    return [row for row in _read("lines.csv") if row["mode"] == _MODE_PARALLEL]


def groups() -> list[dict[str, Any]]:
    """The general group, and one for each line that keeps its number; all answer around the clock."""
    common: dict[str, Any] = {
        "strategy": "longest_idle", "capacity": None, "hours": "always", "wrap_up_s": None,
        "wrap_up_extension_s": 60, "service_s": 15, "announce_every_s": 30, "callback_after_s": 60,
        "active": True, "version": 1,
    }  # fmt: skip
    general = {
        "code": GENERAL, "name": "通用组", "overflow_group": None, "overflow_after_s": None,
        "empty_rule": "callback", "full_rule": "callback",
    }  # fmt: skip
    lines: list[dict[str, Any]] = [
        {"code": f"line-{row['number']}", "name": f"{row['number']}专席", "overflow_group": GENERAL,
         "overflow_after_s": _OVERFLOW_S, "empty_rule": "overflow", "full_rule": "overflow"}
        for row in _parallel()
    ]  # fmt: skip
    return [common | group for group in (general, *lines)]


def rules() -> list[dict[str, Any]]:
    """Emergency hand-overs first, then sub-centres and departments, then the lines with seats of their own
    (not active until their date), then everybody.  Sources: DOMAIN §1 rows 10 and 15, §4.3 and §4.6."""
    straight = json.dumps([{"group": GENERAL, "after_s": 0}])
    anyone = {"line": None, "origin": None, "region": None, "language": None, "groups": straight,
              "priority": 5, "active": True, "version": 1}  # fmt: skip
    by_line = [
        {
            "position": 100 + place,
            "line": row["number"],
            "groups": json.dumps(
                [
                    {"group": f"line-{row['number']}", "after_s": 0},
                    {"group": GENERAL, "after_s": _OVERFLOW_S},
                ]
            ),
            "active": False,
        }
        for place, row in enumerate(_parallel())
    ]
    told: list[dict[str, Any]] = [
        {"position": 10, "origin": "emergency", "priority": 0},
        {"position": 20, "origin": "subcenter", "priority": 2},
        {"position": 30, "origin": "department", "priority": 2},
        *by_line,
        {"position": 1000},
    ]
    return [anyone | rule for rule in told]


def reasons() -> list[dict[str, Any]]:
    """(code, name, productive): what a seat may choose, then what only the system sets."""
    chosen = (
        ("break", "小休", False), ("meal", "用餐", False), ("training", "培训", True),
        ("meeting", "会议", True), ("paperwork", "补录工单", True), ("other", "其他", False),
    )  # fmt: skip
    system = (
        ("signed_in", "刚签入"), ("no_answer", "无应答"), ("busy", "话机忙"), ("rejected", "已拒接"),
        ("unregistered", "话机未注册"), ("forced", "班长置忙"),
    )  # fmt: skip
    rows = [(code, name, productive, True) for code, name, productive in chosen]
    rows += [(code, name, False, False) for code, name in system]
    return [
        {"code": code, "name": name, "productive": productive, "selectable": selectable,
         "position": place, "active": True, "version": 1}
        for place, (code, name, productive, selectable) in enumerate(rows, start=1)
    ]  # fmt: skip
