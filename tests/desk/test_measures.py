"""Measures: the same figures as JSON and as a table; where there is nothing to count there is no value."""

from __future__ import annotations

import csv
import io

from crm import Outcome
from hotline_app.desk.moments import milliseconds, spelled
from tests.desk.browser import Browser
from tests.desk.conftest import OpenBrowser
from tests.desk.standing import Standing

DAY = "from=2026-11-20&to=2026-11-21"


def _at(clock: str) -> int:
    at = spelled(f"2026-11-20T{clock}:00")
    assert not isinstance(at, str)
    return milliseconds(at)  # type: ignore[arg-type]


async def _three_calls(desk: Standing) -> None:
    await desk.call("node1-1.1", seat="1001", outcome=Outcome.ANSWERED, arrived_at=_at("09:10"))
    await desk.call("node1-1.2", outcome=Outcome.ABANDONED_GREETING, arrived_at=_at("09:20"))
    await desk.call(
        "node1-1.3", line="8333110", seat="1002", outcome=Outcome.ANSWERED, arrived_at=_at("10:05")
    )


async def _table(browser: Browser, query: str) -> list[list[str]]:
    async with browser.http.get(f"{browser.url}/api/v1/measures.csv?{query}") as answer:
        body = await answer.read()
        assert answer.content_type == "text/csv" and body.startswith(b"\xef\xbb\xbf")
        assert "attachment" in answer.headers["Content-Disposition"]
        return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))


async def test_by_line_by_half_hour_and_in_all(desk: Standing, browse: OpenBrowser) -> None:
    await _three_calls(desk)
    quality = await browse(desk, "quality")
    by_line = (await quality.get(f"/measures?{DAY}&by=line")).body
    assert {row["key"]: (row["arrived"], row["answered"]) for row in by_line["calls"]} == {
        "12345": (2, 1),
        "8333110": (1, 1),
    }
    total = by_line["total"]
    assert (total["arrived"], total["offered"], total["answer_rate"]) == (3, 2, 1.0)
    assert (total["in_time_rate"], total["mean_answer_ms"]) == (1.0, 2000.0)
    halves = (await quality.get(f"/measures?{DAY}&by=half_hour")).body["calls"]
    assert [(row["since"][11:16], row["arrived"]) for row in halves] == [("09:00", 2), ("10:00", 1)]
    assert halves[0]["since"].endswith("+08:00")
    seats = (await quality.get(f"/measures?{DAY}&by=seat")).body
    assert seats["calls"] == [] and seats["total"] is None


async def test_nothing_to_count_is_no_value(desk: Standing, browse: OpenBrowser) -> None:
    await desk.call("node1-1.2", outcome=Outcome.ABANDONED_GREETING, arrived_at=_at("09:20"))
    quality = await browse(desk, "quality")
    total = (await quality.get(f"/measures?{DAY}")).body["total"]
    rates = ("answer_rate", "in_time_rate", "mean_answer_ms", "mean_talk_ms", "satisfied_rate")
    assert [total[name] for name in rates] == [None] * 5
    head, row = await _table(quality, f"{DAY}&by=line")
    assert row[head.index("接通率")] == "" and row[head.index("来电")] == "1"


async def test_the_table_says_what_the_json_says(desk: Standing, browse: OpenBrowser) -> None:
    await _three_calls(desk)
    quality = await browse(desk, "quality")
    head, *rows = await _table(quality, f"{DAY}&by=line")
    assert [row[0] for row in rows] == ["12345", "8333110"]
    told = dict(zip(head, rows[0], strict=True))
    assert (told["来电"], told["接听"], told["接通率"], told["平均应答秒"]) == ("2", "1", "100.00%", "2.0")
    head, *rows = await _table(quality, f"{DAY}&by=half_hour")
    assert [row[0] for row in rows] == ["2026-11-20 09:00", "2026-11-20 10:00"]


async def test_the_span_is_bounded(desk: Standing, browse: OpenBrowser) -> None:
    quality = await browse(desk, "quality")
    for query, field in (
        ("from=2026-11-21&to=2026-11-20", "to"), ("from=2026-01-01&to=2026-03-01&by=half_hour", "to"),
        ("from=2020-01-01&to=2026-03-01", "to"), ("to=2026-03-01", "from"), (f"{DAY}&by=moon", "by"),
    ):  # fmt: skip
        refused = await quality.get(f"/measures?{query}")
        assert (refused.problem, refused.body["field"]) == ("invalid", field), query
