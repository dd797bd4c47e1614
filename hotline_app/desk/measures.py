"""The measures of a span of time (DOMAIN §2): by group, line, half hour or seat, as JSON and as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from crm import Store
from crm import measures as kept
from hotline_app.desk import asked
from hotline_app.desk.deps import Deps
from hotline_app.desk.endpoint import AnyEndpoint, Ask, Endpoint, Nothing, RawEndpoint
from hotline_app.desk.headers import SECURITY
from hotline_app.desk.moments import Moment, milliseconds, moment
from hotline_app.desk.problems import Problem
from hotline_app.desk.roles import REVIEWERS
from hotline_app.desk.sessions import Session
from hotline_app.desk.shapes import Shape, When

_TAG = "服务指标"
_DAY_MS = 86_400_000
# What one request may ask the database to add up; half hours make 48 rows a day.
_LONGEST_DAYS = {"seat": 92, "group": 366, "line": 366, "half_hour": 31}


class MeasureQuery(BaseModel):
    """Calls that arrived in [from, to)."""

    model_config = ConfigDict(extra="forbid")

    since: When = Field(alias="from")
    until: When = Field(alias="to")
    by: Literal["seat", "group", "line", "half_hour"] = "group"


class CallFigures(Shape):
    """Times in ms, summed; rates 0…1, empty where there is nothing to count."""

    key: str = Field(description="技能组或线路；按半小时时为空")
    since: Moment
    arrived: int
    offered: int
    answered: int
    in_time: int
    answer_ms: int
    abandoned_greeting: int
    abandoned_queue: int
    abandoned_short: int
    abandoned_plain: int
    voicemail: int
    callback_kept: int
    surge: int
    transferred_in: int
    talked: int
    talk_ms: int
    hold_ms: int
    wrap_up_ms: int
    graded: int
    answer_rate: float | None = Field(description="接通率")
    in_time_rate: float | None = Field(description="15 秒接听率")
    mean_answer_ms: float | None
    mean_talk_ms: float | None
    satisfied_rate: float | None = Field(description="满意率（按键评价）")


class SeatFigures(Shape):
    key: str = Field(description="坐席分机")
    since: Moment
    rung: int
    answered: int
    not_answered: int
    ready_ms: int
    ringing_ms: int
    talking_ms: int
    held_ms: int
    wrap_up_ms: int
    productive_ms: int
    unproductive_ms: int
    signed_in_ms: int
    busy_ms: int
    occupancy: float | None = Field(description="利用率")
    adherence: float | None = Field(description="在岗遵从率")
    mean_talk_ms: float | None


class Measures(BaseModel):
    """`calls` for groups, lines and half hours, `seats` for seats; the other list is empty."""

    by: str
    since: Moment
    until: Moment
    calls: list[CallFigures]
    total: CallFigures | None
    seats: list[SeatFigures]
    seats_total: SeatFigures | None


async def measures(ask: Ask[Nothing, MeasureQuery]) -> Measures:
    query = ask.query
    since, until = _span(query)
    calls, seats = await _read(ask.deps.store, query)
    total = kept.total_of_calls(calls, since=since) if calls else None
    seats_total = kept.total_of_seats(seats, since=since) if seats else None
    return Measures(
        by=query.by,
        since=since,  # the validator takes milliseconds
        until=until,
        calls=[CallFigures.model_validate(row) for row in calls],
        total=None if total is None else CallFigures.model_validate(total),
        seats=[SeatFigures.model_validate(row) for row in seats],
        seats_total=None if seats_total is None else SeatFigures.model_validate(seats_total),
    )


async def _read(store: Store, query: MeasureQuery) -> tuple[list[kept.CallFigures], list[kept.SeatFigures]]:
    since, until = _span(query)
    if query.by == "seat":
        return [], await kept.seats(store, since, until)
    if query.by == "half_hour":
        return await kept.calls(store, since, until, bucket_ms=kept.HALF_HOUR_MS), []
    return await kept.calls(store, since, until, by=query.by), []


def _span(query: MeasureQuery) -> tuple[int, int]:
    since, until = milliseconds(query.since), milliseconds(query.until)
    if until <= since:
        raise Problem("invalid", "结束时间应晚于开始时间", field="to", remedy="请更正时间范围")
    longest = _LONGEST_DAYS[query.by]
    if until - since > longest * _DAY_MS:
        raise Problem(
            "invalid", f"这种统计一次最多 {longest} 天", field="to", remedy="请缩短时间范围，分几次查询"
        )
    return since, until


# ---- as a table

_CALL_COLUMNS: Sequence[tuple[str, str]] = (
    ("arrived", "来电"), ("offered", "请求人工"), ("answered", "接听"), ("answer_rate", "接通率"),
    ("in_time", "15秒内接听"), ("in_time_rate", "15秒接听率"), ("mean_answer_ms", "平均应答秒"),
    ("abandoned_greeting", "播报中放弃"), ("abandoned_queue", "排队放弃"),
    ("abandoned_short", "短放弃"), ("abandoned_plain", "应急排队放弃"), ("voicemail", "留言"),
    ("callback_kept", "保留次序回拨"), ("surge", "加入突发事项"), ("transferred_in", "转入"),
    ("mean_talk_ms", "平均通话秒"), ("talk_ms", "通话秒"), ("hold_ms", "保持秒"), ("wrap_up_ms", "整理秒"),
    ("graded", "评价数"), ("satisfied_rate", "满意率"),
)  # fmt: skip
_SEAT_COLUMNS: Sequence[tuple[str, str]] = (
    ("rung", "振铃"), ("answered", "接听"), ("not_answered", "未接"), ("occupancy", "利用率"),
    ("adherence", "在岗遵从率"), ("mean_talk_ms", "平均通话秒"), ("signed_in_ms", "签入秒"),
    ("ready_ms", "就绪秒"), ("ringing_ms", "振铃秒"), ("talking_ms", "通话秒"), ("held_ms", "保持秒"),
    ("wrap_up_ms", "整理秒"), ("productive_ms", "计入工作的示忙秒"), ("unproductive_ms", "其他示忙秒"),
)  # fmt: skip
_FIRST = {"seat": "坐席", "group": "技能组", "line": "线路", "half_hour": "开始时间"}


async def measures_csv(request: web.Request, deps: Deps, _session: Session) -> web.StreamResponse:
    """UTF-8 with a byte order mark: spreadsheets would otherwise take the Chinese for something else."""
    query = asked.query(request, MeasureQuery)
    calls, seats = await _read(deps.store, query)
    rows: Iterable[Any] = seats if query.by == "seat" else calls
    columns = _SEAT_COLUMNS if query.by == "seat" else _CALL_COLUMNS
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow([_FIRST[query.by], *(title for _, title in columns)])
    for row in rows:
        first = f"{moment(row.since):%Y-%m-%d %H:%M}" if query.by == "half_hour" else row.key or "（无）"
        table.writerow([first, *(_cell(name, getattr(row, name)) for name, _ in columns)])
    name = f"measures-{query.by}-{query.since:%Y%m%d}.csv"
    return web.Response(
        body=b"\xef\xbb\xbf" + out.getvalue().encode(),
        headers={
            **SECURITY,
            "Cache-Control": "no-store",
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{name}"',
        },
    )


def _cell(name: str, value: float | None) -> str:
    """A rate in per cent, a time in seconds; nothing to count is an empty cell, never 0 or 100 %."""
    if value is None:
        return ""
    if name.endswith("_ms"):
        return f"{value / 1000:.1f}"
    return f"{value:.2%}" if isinstance(value, float) else str(value)


CSV = RawEndpoint(
    path="/measures.csv",
    summary="服务指标（CSV 表格）",
    handler=measures_csv,
    roles=REVIEWERS,
    media_type="text/csv",
    query=MeasureQuery,
    errors=("invalid", "database-away"),
    tag=_TAG,
)
ENDPOINTS: list[AnyEndpoint] = [
    Endpoint("GET", "/measures", "服务指标", measures, Measures, REVIEWERS, query=MeasureQuery, tag=_TAG),
]
