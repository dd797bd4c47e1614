"""Every figure of a report equals what is counted one by one from marks and seat changes; both databases."""

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm import FieldInvalid, Ledger, Mark, Outcome, Store, measures, seat_log
from crm.measures import HALF_HOUR_MS, from_marks
from crm.measures.wallboard import midnight
from crm.seat_log import SeatChange
from crm.writer import writer_for
from tests.crm.conftest import OpenLedger, arrival
from tests.crm.days import DAY, HOUR, MINUTE, days

# Midnight in China; each generated day has ten days of its own, so that one database serves them all.
BASE = 1_764_000_000_000
_spans = itertools.count(1)


@settings(
    max_examples=40, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(data=st.data(), bucket_ms=st.sampled_from((None, HALF_HOUR_MS, 7 * MINUTE)))
async def test_both_ways_to_count_a_day_agree(
    store: Store, data: st.DataObject, bucket_ms: int | None
) -> None:
    since = BASE + next(_spans) * 10 * DAY
    day = data.draw(days(since))
    now = since + data.draw(st.integers(0, 30 * HOUR))
    writer = writer_for(store)
    for batch in day.batches:
        await writer.write(batch, 10)
    await writer.close()
    await seat_log.append(store, day.changes)
    until = since + DAY
    events = await from_marks.load(store, since, until)
    for by in (None, "group", "line"):
        counted = await measures.calls(store, since, until, by=by, bucket_ms=bucket_ms)
        assert counted == from_marks.calls(events, since, until, by=by, bucket_ms=bucket_ms)
    counted_seats = await measures.seats(store, since, until, bucket_ms=bucket_ms, now=now)
    assert counted_seats == from_marks.seats(events, since, until, bucket_ms=bucket_ms, now=now)


async def told(ledger: Ledger, call_id: str, at: int, *marks: Mark, end: tuple[Outcome, int]) -> None:
    await ledger.open(arrival(call_id, at=at))
    for mark in marks:
        await ledger.mark(mark)
    await ledger.close(call_id, end[0], end[1], 16)


async def a_morning(store: Store, open_ledger: OpenLedger) -> int:
    """Four calls and one seat from 08:00 on; figures small enough to be counted by hand."""
    at = BASE + 8 * HOUR
    ledger = await open_ledger(store)
    groups = {"groups": ["general", "other"]}
    await told(
        ledger, "a", at,
        Mark("a", "offered", at + 5_000, data=groups),
        Mark("a", "ringing", at + 6_000, seat="1001", key="1"),
        Mark("a", "answered", at + 15_000, seat="1001", key="1"),
        Mark("a", "hold", at + 30_000, seat="1001", key="1"),
        Mark("a", "resume", at + 40_000, seat="1001", key="1"),
        Mark("a", "survey", at + 74_000, data={"grade": 2}),
        end=(Outcome.ANSWERED, at + 75_000),
    )  # fmt: skip
    await told(
        ledger, "b", at + MINUTE,
        Mark("b", "offered", at + MINUTE, data=groups),
        Mark("b", "answered", at + MINUTE + 30_000, seat="1001", key="1"),
        end=(Outcome.ANSWERED, at + 2 * MINUTE),
    )  # fmt: skip
    await told(
        ledger, "c", at + 2 * MINUTE, Mark("c", "offered", at + 2 * MINUTE, data=groups),
        Mark("c", "moved", at + 3 * MINUTE, key="1", data={"groups": ["other"]}),
        end=(Outcome.ABANDONED_QUEUE, at + 4 * MINUTE),
    )  # fmt: skip
    await told(ledger, "d", at + HOUR, end=(Outcome.ABANDONED_GREETING, at + HOUR + 3_000))
    await ledger.flush()
    steps: list[tuple[int, str, str, str | None]] = [
        (-10, "not_ready", "signed_in", None), (0, "ready", "", None), (6, "ringing", "", "a"),
        (15, "talking", "", "a"), (75, "wrap_up", "", None), (90, "talking", "", "b"),
        (120, "wrap_up", "", "b"), (140, "not_ready", "training", None), (200, "not_ready", "break", None),
        (260, "signed_out", "", None),
    ]  # fmt: skip
    await seat_log.append(
        store,
        [
            SeatChange(f"{at + s * 1000}-{i}", at + s * 1000, "1001", "u", state, reason, call)
            for i, (s, state, reason, call) in enumerate(steps)
        ],
    )
    return at


async def test_a_morning_counted_by_hand(store: Store, open_ledger: OpenLedger) -> None:
    at = await a_morning(store, open_ledger)
    day = (BASE, BASE + DAY)
    (whole,) = await measures.calls(store, *day)
    assert (whole.arrived, whole.offered, whole.answered, whole.in_time) == (4, 3, 2, 1)
    assert (whole.abandoned_queue, whole.abandoned_greeting, whole.abandoned_short) == (1, 1, 0)
    assert (whole.talked, whole.hold_ms, whole.talk_ms) == (2, 10_000, 50_000 + 30_000)
    assert whole.wrap_up_ms == 15_000 + 20_000, "the first wrap-up's call is named by the change before it"
    assert (whole.answer_rate, whole.in_time_rate, whole.mean_answer_ms) == (2 / 3, 1 / 2, 20_000)
    assert (whole.graded, whole.satisfied_rate) == (1, 1.0)
    by_group = {row.key: row for row in await measures.calls(store, *day, by="group")}
    assert {key: row.offered for key, row in by_group.items()} == {"general": 2, "other": 1, "": 0}
    assert by_group[""].answer_rate is None and by_group["other"].mean_answer_ms is None
    halves = await measures.calls(store, *day, bucket_ms=HALF_HOUR_MS)
    assert [(row.since - at, row.arrived) for row in halves] == [(0, 3), (HOUR, 1)]
    assert measures.total_of_calls(halves, since=BASE) == whole

    (seat,) = await measures.seats(store, *day, now=BASE + DAY)
    assert (seat.rung, seat.answered, seat.not_answered) == (1, 2, 0)
    assert (seat.ready_ms, seat.ringing_ms, seat.talking_ms) == (6_000, 9_000, 60_000 + 30_000)
    assert (seat.held_ms, seat.wrap_up_ms, seat.productive_ms) == (10_000, 35_000, 60_000)
    assert seat.unproductive_ms == 10_000 + 60_000
    busy = 9_000 + 90_000 + 35_000 + 60_000
    assert seat.occupancy == busy / (busy + 6_000)
    assert seat.adherence == (busy + 6_000) / (busy + 6_000 + 70_000)
    assert seat.mean_talk_ms == 40_000
    halves_of_seat = await measures.seats(store, *day, bucket_ms=HALF_HOUR_MS, now=BASE + DAY)
    assert [row.since - at for row in halves_of_seat] == [-HALF_HOUR_MS, 0]
    assert measures.total_of_seats(halves_of_seat, key="1001", since=BASE) == seat


async def test_the_wall_shows_today_in_one_query(store: Store, open_ledger: OpenLedger) -> None:
    at = await a_morning(store, open_ledger)
    today = await measures.today(store, at=at + 2 * HOUR)
    assert today.since == BASE == midnight(BASE) == midnight(BASE + DAY - 1)
    assert (today.total.offered, today.total.answered, today.groups["other"].abandoned_queue) == (3, 2, 1)
    early = await measures.today(store, at=at + 61_000)
    assert early.total.arrived == 2
    assert (await measures.today(store, at=at - DAY)).total.answer_rate is None


@pytest.mark.parametrize("bad", [{"until": 0}, {"bucket_ms": 0}])
async def test_a_span_that_is_none_is_named(sqlite_store: Store, bad: dict[str, Any]) -> None:
    span: dict[str, Any] = {"since": 1, "until": 2, "bucket_ms": None} | bad
    with pytest.raises(FieldInvalid, match="应"):
        await measures.calls(sqlite_store, **span)
    with pytest.raises(FieldInvalid, match="应"):
        await measures.seats(sqlite_store, **span)
