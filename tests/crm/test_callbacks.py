"""Calling back: the ledger opens and closes tasks, seats claim and ring them, never two the same citizen."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from crm import (
    AlreadyClaimed,
    ClaimLost,
    FieldInvalid,
    IllegalTransition,
    Ledger,
    Mark,
    Outcome,
    RowNotFound,
    Store,
    VersionConflict,
    audit,
    callbacks,
)
from crm.callbacks import AttemptRules, Callback
from tests.crm.conftest import OpenLedger, arrival, until

AT = 1_764_000_000_000


async def missed(
    ledger: Ledger, call_id: str, caller: str | None = "13904760001", *, at: int = AT,
    outcome: Outcome = Outcome.ABANDONED_QUEUE,
) -> None:  # fmt: skip
    await ledger.open(arrival(call_id, caller=caller, at=at - 10))
    await ledger.close(call_id, outcome, at, 16)
    await ledger.flush()


async def only(store: Store) -> Callback:
    (task,) = (await callbacks.page(store)).items
    return task


async def test_one_task_a_caller_and_it_closes_itself(store: Store, open_ledger: OpenLedger) -> None:
    ledger = await open_ledger(store)
    await missed(ledger, "a")
    await missed(ledger, "b", "+86 139 0476 0001", at=AT + 1)
    await missed(ledger, "c", None)
    await missed(ledger, "d", outcome=Outcome.ABANDONED_GREETING)
    task = await only(store)
    assert (task.kind, task.missed, task.call_id, task.caller_masked) == ("missed", 2, "b", "139****0001")
    assert await callbacks.number(store, task.id) == "+8613904760001"
    assert await callbacks.counts(store, at=AT + 5) == {
        "missed": 1,
        "voicemail": 0,
        "kept_place": 0,
        "due": 1,
    }
    await ledger.open(arrival("e", at=AT + 10))
    await ledger.mark(Mark("e", "answered", AT + 20, seat="1001", key="1"))
    await ledger.flush()
    task = await only(store)
    assert (task.state, task.closed_at, task.closed_by) == ("reached", AT + 20, "1001")


async def test_a_kept_place_waits_in_the_queue_until_it_is_served(
    store: Store, open_ledger: OpenLedger
) -> None:
    ledger = await open_ledger(store)
    await missed(ledger, "a")
    await ledger.open(arrival("b", at=AT + 5))
    queue = {"node": "node1", "groups": ["general"], "since_ms": AT + 5}
    for _ in range(2):
        await ledger.keep_place("b", "node1-9.9", "0476-8330002", AT + 9, line="12345", queue=queue)
    await ledger.close("b", Outcome.CALLBACK_KEPT, AT + 10, 16)
    await ledger.flush()
    (place,) = await callbacks.kept(store)
    assert (place.queue_id, place.call_id, place.queue) == ("node1-9.9", "b", queue)
    assert await callbacks.number(store, "node1-9.9") == "+864768330002", "the number that was keyed in"
    assert [task.kind for task in await callbacks.due(store, at=AT + 60_000)] == ["missed"]
    with pytest.raises(FieldInvalid, match="号码无效"):
        await ledger.keep_place("b", "node1-9.8", "**", AT, line="12345", queue={})
    # The queue's turn came and nobody picked up: from now on seats ring it as they ring any missed call.
    task = await callbacks.report(store, "node1-9.9", "no_answer", by="queue", at=AT + 20)
    assert (task.kind, task.tries, task.queue_id, task.due_at) == ("missed", 1, None, AT + 20 + 600_000)
    assert await callbacks.kept(store) == []


async def test_two_seats_never_ring_the_same_citizen(store: Store, open_ledger: OpenLedger) -> None:
    ledger = await open_ledger(store)
    for i in range(3):
        await missed(ledger, f"c{i}", f"1390476000{i}")
    claims = await asyncio.gather(
        *(callbacks.claim_next(store, seat=f"10{i:02}", at=AT + 1) for i in range(8))
    )
    taken = [claim.callback.id for claim in claims if claim is not None]
    assert len(taken) == len(set(taken)) == 3
    task = await callbacks.get(store, taken[0])
    holder = next(claim for claim in claims if claim is not None and claim.callback.id == task.id)
    with pytest.raises(AlreadyClaimed) as refused:
        await callbacks.claim(store, task.id, seat="other", at=AT + 2)
    assert refused.value.value == holder.callback.claimed_by and refused.value.remedy
    again = await callbacks.claim(store, task.id, seat=str(holder.callback.claimed_by), at=AT + 2)
    assert again.attempt == holder.attempt and again.until == AT + 2 + 180_000


async def test_a_lease_that_ran_out_passes_on_and_the_late_result_is_refused(
    store: Store, open_ledger: OpenLedger
) -> None:
    ledger = await open_ledger(store)
    await missed(ledger, "a")
    task = await only(store)
    slow = await callbacks.claim(store, task.id, seat="1001", lease_s=10, at=AT)
    quick = await callbacks.claim(store, task.id, seat="1002", lease_s=10, at=AT + 10_000)
    with pytest.raises(ClaimLost, match="超时"):
        await callbacks.finish(store, slow.attempt, "no_answer", seat="1001", at=AT + 10_001)
    with pytest.raises(RowNotFound):
        await callbacks.finish(store, quick.attempt, "busy", seat="1001", at=AT + 10_001)
    done = await callbacks.finish(store, quick.attempt, "busy", seat="1002", at=AT + 10_001)
    assert (done.tries, done.last_result, done.claimed_by) == (1, "busy", None)
    twice = await callbacks.finish(store, quick.attempt, "reached", seat="1002", at=AT + 10_002)
    assert (twice.tries, twice.state) == (1, "open"), "the first result told stands"
    results = [(one.seat, one.result) for one in await callbacks.attempts(store, task.id)]
    assert results == [("1001", None), ("1002", "busy")]


async def test_tries_end_in_giving_up_and_a_new_call_begins_anew(
    store: Store, open_ledger: OpenLedger
) -> None:
    ledger = await open_ledger(store)
    await missed(ledger, "a")
    rules = AttemptRules(tries=2, pauses_s=(60,))
    at = AT
    for expected_state in ("open", "given_up"):
        claim = await callbacks.claim_next(store, seat="1001", at=at)
        assert claim is not None
        task = await callbacks.finish(store, claim.attempt, "no_answer", seat="1001", rules=rules, at=at)
        assert task.state == expected_state
        assert await callbacks.claim_next(store, seat="1001", at=at + 59_999) is None, "not due yet"
        at += 60_000
    with pytest.raises(IllegalTransition, match="已放弃"):
        await callbacks.claim(store, task.id, seat="1001", at=at)
    await missed(ledger, "b", at=at)
    assert [one.state for one in (await callbacks.page(store)).items] == ["open", "given_up"]


async def test_reached_by_the_seat_or_meanwhile_by_himself(store: Store, open_ledger: OpenLedger) -> None:
    ledger = await open_ledger(store)
    await missed(ledger, "a")
    claim = await callbacks.claim_next(store, seat="1001", at=AT + 1)
    assert claim is not None
    await ledger.open(arrival("b", at=AT + 2))
    await ledger.mark(Mark("b", "answered", AT + 3, seat="1002", key="1"))
    await ledger.flush()
    task = await callbacks.finish(store, claim.attempt, "no_answer", seat="1001", at=AT + 4)
    assert (task.state, task.closed_by, task.tries) == ("reached", "1002", 0)
    await missed(ledger, "c", at=AT + 10)
    second = await callbacks.claim_next(store, seat="1001", at=AT + 11)
    assert second is not None
    await callbacks.release(store, second.attempt, seat="1001")
    third = await callbacks.claim_next(store, seat="1002", at=AT + 12)
    assert third is not None and third.attempt != second.attempt
    task = await callbacks.finish(store, third.attempt, "reached", seat="1002", note="已答复", at=AT + 13)
    assert (task.state, task.closed_by, task.note) == ("reached", "1002", "已答复")


async def test_a_person_closes_a_task_saying_why(store: Store, open_ledger: OpenLedger) -> None:
    ledger = await open_ledger(store)
    await missed(ledger, "a")
    task = await only(store)
    with pytest.raises(FieldInvalid, match="关闭原因"):
        await callbacks.close(store, task.id, note=" ", actor="leader", version=task.version)
    with pytest.raises(VersionConflict):
        await callbacks.close(store, task.id, note="重复", actor="leader", version=task.version + 1)
    closed = await callbacks.close(store, task.id, note="重复", actor="leader", version=task.version)
    assert (closed.state, closed.closed_by) == ("closed", "leader")
    (row,) = await audit.trail(store, target=task.id)
    assert (row.action, row.actor, row.data) == ("callback.close", "leader", {"note": "重复"})
    with pytest.raises(RowNotFound):
        await callbacks.get(store, "none")
    with pytest.raises(FieldInvalid):
        await callbacks.report(store, task.id, "perhaps", by="1001")


async def test_pages_hold_each_task_once(store: Store, open_ledger: OpenLedger) -> None:
    ledger = await open_ledger(store)
    await asyncio.gather(*(missed(ledger, f"c{i}", f"139047601{i:02}", at=AT + i // 3) for i in range(11)))
    seen: list[str] = []
    cursor = None
    while True:
        page = await callbacks.page(store, state="open", kind="missed", since=AT, cursor=cursor, limit=3)
        seen += [task.call_id for task in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(seen) == sorted(f"c{i}" for i in range(11))
    assert [task.first_at for task in await callbacks.due(store, at=AT + 9, limit=3)] == [AT] * 3


async def test_a_place_is_kept_although_the_database_is_away(
    sqlite_store: Store, open_ledger: OpenLedger, tmp_path: Path
) -> None:
    ledger = await open_ledger(sqlite_store, commit_timeout_s=0.2)
    locker = sqlite3.connect(tmp_path / "hotline.db", isolation_level=None)
    locker.execute("BEGIN EXCLUSIVE")
    await ledger.open(arrival("a", at=AT - 10))
    await ledger.keep_place("a", "node1-9.9", "13904760001", AT, line="12345", queue={"node": "node1"})
    await ledger.close("a", Outcome.CALLBACK_KEPT, AT + 1, 16)
    await ledger.flush()
    assert ledger.figures.away and ledger.figures.journaled >= 3
    locker.execute("COMMIT")
    locker.close()
    await until(lambda: not ledger.figures.away)
    (place,) = await callbacks.kept(sqlite_store)
    assert (place.queue_id, place.queue) == ("node1-9.9", {"node": "node1"})
    content = (tmp_path / "hotline.db").read_bytes()
    assert b"13904760001" not in content, "the number to ring is sealed"
