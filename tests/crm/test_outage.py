"""The database away, the disk full, a process killed: entries go to the journal and come back once each.

Slow by nature: locks are held and servers stopped for longer than the ledger's patience.
"""

import asyncio
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from crm import Ledger, LedgerUnavailable, Leg, Mark, Outcome, Store, Vault, calls
from crm.journal import Journal
from tests.crm.conftest import KEY, OpenLedger, PostgresServer, arrival, until

ROOT = Path(__file__).parents[2]


async def count(store: Store, table: str) -> int:
    async with store.read() as connection:
        return int(await connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


async def numbers(store: Store) -> Sequence[Any]:
    async with store.read() as connection:
        return (await connection.execute(text("SELECT call_id, no FROM tickets ORDER BY no"))).all()


async def whole_call(ledger: Ledger, call_id: str) -> bool:
    """One call from arrival to end; was it journaled?"""
    opened = await ledger.open(arrival(call_id, at=1_764_000_000_000))
    await ledger.mark(Mark(call_id, "answered", 1_764_000_001_000, seat="1001"))
    await ledger.close(call_id, Outcome.ANSWERED, 1_764_000_009_000, 16, seat="1001")
    return opened.journaled


async def assert_each_once(store: Store, expected: int) -> None:
    found = await numbers(store)
    assert len(found) == expected
    assert len({number for _, number in found}) == expected
    assert await count(store, "calls WHERE outcome = 'answered' AND seat = '1001'") == expected
    assert await count(store, "marks WHERE kind = 'answered'") == expected
    assert await count(store, "ticket_events") == expected


async def test_a_lock_of_3_seconds_costs_one_timeout_then_nothing(
    sqlite_store: Store, open_ledger: OpenLedger, tmp_path: Path
) -> None:
    ledger = await open_ledger(sqlite_store, commit_timeout_s=1.0)
    locker = sqlite3.connect(tmp_path / "hotline.db", isolation_level=None)
    locker.execute("BEGIN EXCLUSIVE")
    began = time.monotonic()
    assert await whole_call(ledger, "c0")
    first = time.monotonic() - began
    assert 0.9 < first < 3
    began = time.monotonic()
    for i in range(1, 20):
        assert await whole_call(ledger, f"c{i}")
    assert time.monotonic() - began < 1.0, "19 calls together stay below one timeout"
    await asyncio.sleep(max(0.0, 3.0 - first))
    locker.execute("COMMIT")
    locker.close()
    await until(lambda: not ledger.figures.away)
    assert not await whole_call(ledger, "c20")
    await ledger.flush()
    await assert_each_once(sqlite_store, 21)
    assert ledger.figures.journaled == ledger.figures.replayed


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
async def test_postgresql_stopped_and_started(
    own_postgres: PostgresServer, vault: Vault, tmp_path: Path, open_ledger: OpenLedger, how: signal.Signals
) -> None:
    store = await Store.open(own_postgres.url, vault=vault, state_dir=tmp_path)
    ledger = await open_ledger(store, commit_timeout_s=1.5)
    calling = True
    journaled: list[bool] = []

    async def traffic() -> None:
        while calling:
            journaled.append(await whole_call(ledger, f"c{len(journaled)}"))
            await asyncio.sleep(0.01)

    citizens = asyncio.create_task(traffic())
    await until(lambda: len(journaled) > 10)
    await own_postgres.stop(how)
    await until(lambda: journaled[-10:] == [True] * 10)
    await own_postgres.start()
    await until(lambda: not ledger.figures.away)
    await until(lambda: not journaled[-1])
    calling = False
    await citizens
    # On a busy machine one more commit may outlast the limit: then its entries are in the journal, not lost.
    await ledger.flush()
    await until(lambda: not ledger.figures.away)
    await assert_each_once(store, len(journaled))
    assert ledger.figures.lost == ledger.figures.refused == ledger.figures.damaged == 0
    await ledger.stop()
    await store.close()


async def test_a_frozen_postgresql_costs_one_timeout(
    own_postgres: PostgresServer, vault: Vault, tmp_path: Path, open_ledger: OpenLedger
) -> None:
    store = await Store.open(own_postgres.url, vault=vault, state_dir=tmp_path)
    ledger = await open_ledger(store, commit_timeout_s=1.0)
    assert not await whole_call(ledger, "before")
    await ledger.flush()
    async with store.read() as connection:
        query = "SELECT pid FROM pg_stat_activity WHERE application_name = 'hotline'"
        frozen = [int(pid) for pid in await connection.scalars(text(query))]
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert await whole_call(ledger, "c0")
        assert time.monotonic() - began < 3
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    await ledger.flush()
    await until(lambda: not ledger.figures.away)
    await assert_each_once(store, 2)
    await ledger.stop()
    await store.close()


async def test_commits_cut_off_at_any_moment_lose_and_double_nothing(
    store: Store, open_ledger: OpenLedger
) -> None:
    """Limits so short that they strike in the middle of transactions and of commits; then patience."""
    told = 0
    for limit_s in (0.002, 0.005, 0.01, 0.02):
        hasty = await open_ledger(store, commit_timeout_s=limit_s, probe_s=0.01)
        for _ in range(5):
            await asyncio.gather(*(whole_call(hasty, f"c{told + i}") for i in range(20)))
            told += 20
        await hasty.stop()
        assert hasty.figures.lost == hasty.figures.refused == 0
    patient = await open_ledger(store)
    await until(lambda: not patient.figures.away)
    await assert_each_once(store, told)


async def test_a_bridge_starts_although_the_database_is_away(
    own_postgres: PostgresServer, vault: Vault, tmp_path: Path, open_ledger: OpenLedger
) -> None:
    await own_postgres.stop()
    store = await Store.open(own_postgres.url, vault=vault, state_dir=tmp_path, tolerate_away=True)
    ledger = await open_ledger(store)
    opened = await ledger.open(arrival("c0", line="12366"))
    assert opened.journaled and opened.department == "税务局"
    await own_postgres.start()
    await until(lambda: not ledger.figures.away)
    assert (await calls.detail(store, "c0")).row.ticket_no is not None
    await ledger.stop()
    await store.close()


@contextmanager
def disk_takes_only(size: int) -> Iterator[None]:
    """The kernel refuses to let any file of this process grow beyond `size`, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Logs must not go to pytest's capture file meanwhile: it could not grow either.
    with capture_logs():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_full_disk_leaves_the_reserved_journal(sqlite_store: Store, open_ledger: OpenLedger) -> None:
    ledger = await open_ledger(sqlite_store)
    (own,) = (sqlite_store.state_dir / "journal").glob("*.journal")
    assert own.stat().st_blocks * 512 >= 1 << 20, "the room is taken before it is needed"
    with disk_takes_only(1 << 20):
        told = 0
        while told < 1000 and not await whole_call(ledger, f"c{told}"):
            told += 1
        for i in range(told + 1, told + 20):
            assert await whole_call(ledger, f"c{i}")
        await ledger.flush()
    await until(lambda: not ledger.figures.away)
    await assert_each_once(sqlite_store, told + 20)
    assert ledger.figures.journaled > 19


async def test_no_disk_at_all_is_said_and_nothing_told_is_forgotten(
    sqlite_store: Store, open_ledger: OpenLedger
) -> None:
    ledger = await open_ledger(sqlite_store)
    with disk_takes_only(1):
        with pytest.raises(LedgerUnavailable, match="均无法写入"):
            await ledger.open(arrival("c0"))
        await ledger.close("c0", Outcome.FAILED, 1, 16)
    await until(lambda: not ledger.figures.away)
    await ledger.flush()
    assert (await calls.detail(sqlite_store, "c0")).row.outcome == "failed"
    assert ledger.figures.lost == 0


CHILD = """
import asyncio, sys
from pathlib import Path
from crm import Arrival, Ledger, Mark, Outcome, Store, Vault

async def main(url, folder, job):
    away = job == "journal"
    store = await Store.open(url, vault=Vault(bytes(range(32))), state_dir=Path(folder), tolerate_away=away)
    ledger = Ledger(store, journal=Path(folder) / "journal", commit_timeout_s=5, probe_s=60)
    await ledger.start()
    if away:
        assert ledger.figures.away
        await asyncio.gather(*(call(ledger, f"c{i}") for i in range(700)))
        await ledger.flush()
    print("done", flush=True)
    await asyncio.sleep(60)

async def call(ledger, call_id):
    await ledger.open(Arrival(call_id, "node1", "carrier", "12345", "13904760001", None, 1764000000000))
    await ledger.mark(Mark(call_id, "answered", 1764000001000, seat="1001"))
    await ledger.close(call_id, Outcome.ANSWERED, 1764000009000, 16, seat="1001")

asyncio.run(main(*sys.argv[1:]))
"""


def child(url: str, folder: Path, job: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, url, str(folder), job],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def journal_then_die(folder: Path) -> None:
    """A process that finds no database, journals 2,100 entries, and is killed."""
    process = child(f"postgresql://hotline@/none?host={folder}", folder, "journal")
    assert process.stdout is not None
    for line in process.stdout:
        if line == "done\n":
            break
    process.kill()
    process.communicate()


async def until_rows(store: Store) -> None:
    """Until another process has committed a first page; looks often, so as to meet it between two pages."""
    for _ in range(5000):
        if await count(store, "calls"):
            return
        await asyncio.sleep(0.002)
    pytest.fail("nothing was replayed")


async def test_killed_in_the_middle_of_a_replay_each_entry_comes_once(
    store: Store, url: str, tmp_path: Path, open_ledger: OpenLedger
) -> None:
    await asyncio.to_thread(journal_then_die, tmp_path)
    assert await count(store, "calls") == 0
    process = child(url, tmp_path, "replay")
    try:
        await until_rows(store)
    finally:
        process.kill()
        process.communicate()
    assert list((tmp_path / "journal").glob("*.journal")), "what is not wholly replayed stays"
    await open_ledger(store)
    await assert_each_once(store, 700)
    assert len(list((tmp_path / "journal").glob("*.journal"))) == 1, "only the living ledger's own file"


async def test_a_torn_line_and_a_damaged_one_are_set_aside_and_told(
    store: Store, tmp_path: Path, open_ledger: OpenLedger
) -> None:
    await asyncio.to_thread(journal_then_die, tmp_path)
    (path,) = (tmp_path / "journal").glob("*.journal")
    lines = path.read_bytes().rstrip(b"\0").splitlines(keepends=True)
    last_mark = len(lines) - 1
    lines[5] = b"AAAA" + lines[5][4:]
    path.write_bytes(b"".join(lines[:last_mark]) + lines[last_mark][:30])
    with capture_logs() as logs:
        ledger = await open_ledger(store)
    assert (ledger.figures.damaged, ledger.figures.replayed) == (2, len(lines) - 2)
    assert [log["lines"] for log in logs if log["event"] == "journal.damaged"] == [1, 1]
    assert path.with_suffix(".damaged").read_bytes() == lines[5] + lines[last_mark][:30] + b"\n"
    assert not path.exists()


async def test_an_entry_the_database_refuses_spoils_no_other(
    store: Store, open_ledger: OpenLedger, tmp_path: Path
) -> None:
    ledger = await open_ledger(store)
    async with store.write() as connection:
        await connection.execute(text("CREATE UNIQUE INDEX only_one ON legs (role)"))
    await ledger.leg(Leg("c1", "l1", "seat"))
    await ledger.leg(Leg("c1", "l2", "seat"))
    opened = await ledger.open(arrival("c1"))
    assert opened.ticket_no is not None and not opened.journaled
    assert ledger.figures.refused == 1
    assert len(list((tmp_path / "journal").glob("*.refused"))) == 1
    assert not ledger.figures.away


async def test_a_journal_hides_what_it_keeps(tmp_path: Path) -> None:
    await asyncio.to_thread(journal_then_die, tmp_path)
    (path,) = (tmp_path / "journal").glob("*.journal")
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"node1" not in path.read_bytes()
    (orphan,) = Journal.orphans(tmp_path / "journal", Vault(KEY))
    assert len(orphan.page(0, 5000).entries) == 2100
    assert list(Journal.orphans(tmp_path / "journal", Vault(KEY))) == [], "held by us, by nobody else"
    orphan.release()
