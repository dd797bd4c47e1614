"""The ledger on a database that is there: durable before return, shared commits, one ticket a call."""

import asyncio
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from crm import CelCall, Ledger, LedgerUnavailable, Leg, Mark, Outcome, Store, calls, tickets
from crm.writer import SqliteWriter
from tests.crm.conftest import OpenLedger, arrival


async def rows(store: Store, query: str) -> Sequence[Any]:
    async with store.read() as connection:
        return (await connection.execute(text(query))).all()


async def test_an_open_call_is_seen_by_another_connection_at_once(
    store: Store, url: str, tmp_path: Path, open_ledger: OpenLedger
) -> None:
    ledger = await open_ledger(store)
    opened = await ledger.open(arrival("node1-1.1"))
    other = await Store.open(url, vault=store.vault, state_dir=tmp_path)
    found = await calls.detail(other, "node1-1.1")
    await other.close()
    assert found.ticket is not None and found.ticket.no == opened.ticket_no
    assert not opened.journaled
    assert (opened.place, opened.caller_masked) == ("内蒙古赤峰市", "139****0001")
    assert opened.line_name == "赤峰市12345政务服务便民热线"


async def test_sqlite_commits_reach_the_disk(
    sqlite_store: Store, open_ledger: OpenLedger, tmp_path: Path
) -> None:
    """A commit that a power cut can undo would be no commit: every connection syncs fully."""
    async with sqlite_store.read() as connection:
        assert await connection.scalar(text("PRAGMA synchronous")) == 2
        assert await connection.scalar(text("PRAGMA journal_mode")) == "wal"
    own = SqliteWriter(sqlite_store).connect()
    assert own.execute("PRAGMA synchronous").fetchone() == (2,)
    own.close()


async def test_200_calls_at_once_share_few_commits(store: Store, open_ledger: OpenLedger) -> None:
    ledger = await open_ledger(store)
    opened = await asyncio.gather(*(ledger.open(arrival()) for _ in range(200)))
    assert ledger.figures.commits <= 10
    assert len({one.ticket_no for one in opened}) == 200
    assert (await rows(store, "SELECT count(*) FROM calls"))[0][0] == 200
    assert (await rows(store, "SELECT count(*) FROM callers"))[0][0] == 1
    assert (await rows(store, "SELECT count(*) FROM ticket_events"))[0][0] == 200


async def test_two_ledgers_never_give_the_same_number(
    store: Store, url: str, tmp_path: Path, open_ledger: OpenLedger
) -> None:
    other = await Store.open(url, vault=store.vault, state_dir=tmp_path)
    ledgers = [await open_ledger(store), await open_ledger(other)]

    async def caller(ledger: Ledger) -> list[str | None]:
        return [(await ledger.open(arrival())).ticket_no for _ in range(10)]

    given = await asyncio.gather(*(caller(ledgers[i % 2]) for i in range(20)))
    numbers = [number for some in given for number in some]
    assert None not in numbers
    assert len(set(numbers)) == 200
    tails = sorted(int(str(number)[8:]) for number in numbers)
    assert tails == list(range(1, 201)), "a sequence without gaps"
    for ledger in ledgers:
        await ledger.stop()
    await other.close()


async def test_the_same_call_told_twice_even_to_two_ledgers_is_kept_once(
    store: Store, url: str, tmp_path: Path, open_ledger: OpenLedger
) -> None:
    other = await Store.open(url, vault=store.vault, state_dir=tmp_path)
    one, two = await open_ledger(store), await open_ledger(other)
    same = arrival("node1-7.7")
    opened = await asyncio.gather(*(ledger.open(same) for ledger in (one, two) * 10))
    assert len({each.ticket_no for each in opened}) == 1
    assert (await rows(store, "SELECT count(*) FROM tickets"))[0][0] == 1
    await two.stop()
    await other.close()


async def test_a_day_begins_in_china(store: Store, open_ledger: OpenLedger) -> None:
    ledger = await open_ledger(store)
    before, after = 1_764_000_000_000 - 1, 1_764_000_000_000  # 2025-11-24 16:00:00 UTC is midnight in China
    midnight = after
    assert midnight % 86_400_000 == 16 * 3_600_000
    opened = [await ledger.open(arrival(at=at)) for at in (before, after, after)]
    assert [one.ticket_no for one in opened] == ["20251124000001", "20251125000001", "20251125000002"]


async def test_marks_project_onto_the_call_in_any_order(store: Store, open_ledger: OpenLedger) -> None:
    ledger = await open_ledger(store)
    told = [
        Mark("node1-2.1", "offered", 3_000),
        Mark("node1-2.1", "language", 2_000, data={"language": "mn"}),
        Mark("node1-2.1", "answered", 9_000, seat="1001", key="1"),
        Mark("node1-2.1", "recording", 9_100, data={"caller": "a.wav", "seat": "b.wav"}),
    ]
    for mark in (told[2], told[0], told[2]):  # before the call itself is known, and one of them twice
        await ledger.mark(mark)
    await ledger.flush()
    await ledger.open(arrival("node1-2.1", at=1_000))
    for mark in told:
        await ledger.mark(mark)
    await ledger.leg(Leg("node1-2.1", "node1-2.2", "seat", seat="1001", started_at=8_000))
    await ledger.leg(Leg("node1-2.1", "node1-2.2", "seat", answered_at=9_000, ended_at=20_000, cause=16))
    await ledger.close("node1-2.1", Outcome.ANSWERED, 20_000, 16, seat="1001")
    await ledger.close("node1-2.1", Outcome.FAILED, 21_000, 1)
    await ledger.flush()
    call = await calls.detail(store, "node1-2.1")
    row = call.row
    assert (row.language, row.offered_at, row.answered_at, row.seat) == ("mn", 3_000, 9_000, "1001")
    assert (row.outcome, row.ended_at, row.cause) == ("answered", 20_000, 16), "the first outcome wins"
    assert call.recording == {"caller": "a.wav", "seat": "b.wav"}
    assert [mark.kind for mark in call.marks].count("answered") == 1
    assert call.legs == [Leg("node1-2.1", "node1-2.2", "seat", "1001", 8_000, 9_000, 20_000, 16)]
    assert call.ticket is not None and call.ticket.language == "mn"


async def test_a_call_closed_before_it_is_known(store: Store, open_ledger: OpenLedger) -> None:
    ledger = await open_ledger(store)
    await ledger.close("node1-3.1", Outcome.ABANDONED_QUEUE, 5_000, 16)
    await ledger.flush()
    await ledger.open(arrival("node1-3.1", at=1_000))
    assert (await calls.detail(store, "node1-3.1")).row.outcome == "abandoned_queue"
    assert await ledger.open_call_ids("node1") == []


async def test_open_calls_of_a_node_and_unexplained_ones(store: Store, open_ledger: OpenLedger) -> None:
    ledger = await open_ledger(store)
    for call_id, node in (("a", "node1"), ("b", "node1"), ("c", "node2")):
        await ledger.open(arrival(call_id, node=node))
    await ledger.close("a", Outcome.NOTICE, 1, 16)
    assert await ledger.open_call_ids("node1") == ["b"]
    assert await calls.unexplained(store, {"b"}) == ["c"]
    assert await calls.unexplained(store, {"b"}, before=1) == []


def cel(call_id: str, **facts: Any) -> CelCall:
    base: dict[str, Any] = {
        "node": "node1", "origin": "carrier", "line": "12345", "caller": "13904760001", "caller_name": None,
        "arrived_at": 1_000, "answered_at": None, "seat": None, "ended_at": 60_000, "via_plain": False,
        "cause": 16,
    }  # fmt: skip
    return CelCall(call_id, **(base | facts))


@pytest.mark.parametrize(
    ("facts", "offered_at", "outcome"),
    [
        ({"via_plain": True, "answered_at": 5_000, "seat": "1001"}, None, "answered_plain"),
        ({"via_plain": True}, None, "abandoned_plain"),
        ({"answered_at": 5_000, "seat": "1001"}, 2_000, "answered"),
        ({}, None, "abandoned_greeting"),
        ({}, 50_000, "abandoned_queue"),
        ({}, 57_000, "abandoned_short"),
        ({"ended_at": None}, None, None),
    ],
)
async def test_a_call_nobody_told_of_is_made_from_cel(
    store: Store, open_ledger: OpenLedger, facts: dict[str, Any], offered_at: int | None, outcome: str | None
) -> None:
    ledger = await open_ledger(store)
    if offered_at is not None:
        await ledger.mark(Mark("node1-9.1", "offered", offered_at))
        await ledger.flush()
    for _ in range(2):
        await ledger.reconcile(cel("node1-9.1", **facts))
    call = await calls.detail(store, "node1-9.1")
    assert (call.row.outcome, call.row.source) == (outcome, "cel")
    assert call.row.seat == facts.get("seat") and call.row.answered_at == facts.get("answered_at")
    assert call.ticket is not None and call.ticket.caller_masked == "139****0001"
    assert (await rows(store, "SELECT count(*) FROM tickets"))[0][0] == 1


async def test_cel_leaves_alone_what_the_journey_closed(store: Store, open_ledger: OpenLedger) -> None:
    ledger = await open_ledger(store)
    opened = await ledger.open(arrival("node1-9.2", at=1_000))
    await ledger.close("node1-9.2", Outcome.NOTICE, 2_000, 16)
    await ledger.reconcile(cel("node1-9.2"))
    call = await calls.detail(store, "node1-9.2")
    assert (call.row.outcome, call.row.source, call.row.ended_at) == ("notice", "journey", 2_000)
    assert call.ticket is not None and call.ticket.no == opened.ticket_no


@pytest.mark.parametrize(
    ("caller", "name", "kept"),
    [
        ("13904760001", "张三".encode("gbk"), "张三"),
        ("13904760001", "名" * 1000, "名" * 64),
        ('"13904760001", ${EVAL(x)}', 'O\'Brien "x"; DROP TABLE calls;--\r\nX: y', None),
        (b"\x00\xff\xfe", b"\x00\x00", ""),
        ("\ud800\x00", "\ud800 \udcff\x00", None),
    ],
)
async def test_any_caller_id_is_kept_and_the_next_call_works(
    store: Store, open_ledger: OpenLedger, caller: str | bytes, name: str | bytes, kept: str | None
) -> None:
    ledger = await open_ledger(store)
    opened = await ledger.open(arrival("node1-4.1", caller=caller, name=name, line="12345\0\ud800"))
    await ledger.mark(Mark("node1-4.1", "greeting", 2**70, data={"raw": "\ud800\0"}))
    await ledger.flush()
    call = await calls.detail(store, "node1-4.1")
    assert call.row.ticket_no == opened.ticket_no
    assert kept is None or call.caller_name == kept
    assert (await ledger.open(arrival())).ticket_no is not None
    assert ledger.figures.refused == 0


async def test_no_number_or_name_lies_in_clear_in_the_file(
    sqlite_store: Store, open_ledger: OpenLedger, tmp_path: Path
) -> None:
    ledger = await open_ledger(sqlite_store)
    await ledger.open(arrival("node1-5.1", caller="13904760001", name="Zhang Sanfeng"))
    await tickets.edit(
        sqlite_store, (await calls.detail(sqlite_store, "node1-5.1")).ticket.no,  # type: ignore[union-attr]
        {"caller_name": "Zhang Sanfeng"}, version=1, actor="1001",
    )  # fmt: skip
    await ledger.stop()
    connection = sqlite3.connect(tmp_path / "hotline.db")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    content = (tmp_path / "hotline.db").read_bytes()
    assert b"139****0001" in content
    assert b"13904760001" not in content and b"Sanfeng" not in content
    assert await calls.caller_number(sqlite_store, "node1-5.1") == "+8613904760001"


async def test_a_stopped_ledger_says_so(store: Store, open_ledger: OpenLedger) -> None:
    ledger = await open_ledger(store)
    await ledger.mark(Mark("node1-6.1", "greeting", 1))
    await ledger.stop()
    assert (await rows(store, "SELECT kind FROM marks")) == [("greeting",)], "what was told is kept on stop"
    with pytest.raises(LedgerUnavailable):
        await ledger.open(arrival())
