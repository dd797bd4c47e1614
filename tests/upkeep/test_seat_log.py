"""The seats' log holds each change once, whatever is killed, emptied or trimmed."""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

from redis.asyncio import Redis

from crm import Store, catalogue, seat_log
from crm.seat_log import SeatChange
from hotline_app.upkeep.chronicler import GAP, Chronicler
from seats import Acd, Clients
from seats.history import History
from seats.keys import EVENTS
from seats.keys import SEATS as SEATS_KEY
from tests.upkeep.conftest import PATIENT

REPO = Path(__file__).resolve().parents[2]
SEATS = [str(1001 + n) for n in range(5)]


def chronicler(store: Store, clients: Clients, **more: Callable[[], None]) -> Chronicler:
    return Chronicler(store, History(clients.call, clients.poll, rules=PATIENT), gather_s=0.0, **more)


async def kept(store: Store) -> list[SeatChange]:
    """Oldest first."""
    rows: list[SeatChange] = []
    cursor = None
    while True:
        page = await seat_log.page(store, cursor=cursor, limit=100)
        rows += page.items
        cursor = page.next_cursor
        if cursor is None:
            return rows[::-1]


async def expected(acd: Acd) -> list[tuple[str, str, str, str, str | None]]:
    """Read anew from the whole stream: what a seat's state was, whenever it became another."""
    known: dict[str, tuple[str, str, str, str | None]] = {}
    rows = []
    for event in await acd.events_since("0"):
        if event.type != "seat.changed":
            continue
        now = (event.data["state"], event.data["reason"], event.data["user"], event.data["call_id"])
        if known.get(str(event.seat)) != now:
            known[str(event.seat)] = now
            rows.append((event.id, str(event.seat), now[0], now[1], now[3]))
    return rows


def told(rows: list[SeatChange]) -> list[tuple[str, str, str, str, str | None]]:
    return [(row.event_id, row.seat, row.state, row.reason, row.call_id) for row in rows]


async def work(acd: Acd, seat: str, rounds: int) -> None:
    for _ in range(rounds):
        await acd.sign_in(seat, user="u", name="王芳", groups={"general": 1}, languages=["zh"])
        await acd.ready(seat)
        await acd.device(seat, "INUSE")
        await acd.device(seat, "NOT_INUSE")
        await acd.not_ready(seat, "meal")
        await acd.sign_out(seat, by="u")


async def until_logged(store: Store, acd: Acd) -> None:
    wanted = (await expected(acd))[-1][0]
    deadline = time.monotonic() + 30
    while await seat_log.last(store) != wanted:
        assert time.monotonic() < deadline, "the log stays behind"
        await asyncio.sleep(0.05)


class Following:
    """A chronicler at work."""

    def __init__(self, chronicler: Chronicler) -> None:
        self._task = asyncio.create_task(chronicler.run())

    async def stop(self) -> None:
        while not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task], timeout=0.2)


async def test_each_change_of_state_is_one_row_and_nothing_else_is(
    store: Store, clients: Clients, acd: Acd
) -> None:
    following = Following(chronicler(store, clients))
    await work(acd, "1001", 3)
    await until_logged(store, acd)
    await following.stop()
    rows = await kept(store)
    assert told(rows) == await expected(acd)
    assert [row.state for row in rows[:4]] == ["not_ready", "ready", "not_ready", "signed_out"]
    assert rows[0].user == "u"


async def test_a_new_desk_goes_on_where_the_log_ends(store: Store, clients: Clients, acd: Acd) -> None:
    await catalogue.ensure_seats(store, SEATS)
    for _ in range(3):
        following = Following(chronicler(store, clients))
        await work(acd, "1001", 1)
        await acd.device("1001", "INUSE")  # no change of state: no row, also after a restart
        await until_logged(store, acd)
        await following.stop()
        await acd.device("1001", "NOT_INUSE")
    assert told(await kept(store)) == await expected(acd)


async def test_two_desks_at_once_write_each_row_once(store: Store, clients: Clients, acd: Acd) -> None:
    both = [Following(chronicler(store, clients)) for _ in range(2)]
    await asyncio.gather(*(work(acd, seat, 5) for seat in SEATS))
    await until_logged(store, acd)
    for following in both:
        await following.stop()
    assert told(await kept(store)) == await expected(acd)


async def test_what_was_trimmed_is_a_gap_and_not_guessed(
    store: Store, clients: Clients, acd: Acd, redis_clean: Redis
) -> None:
    await work(acd, "1001", 1)
    following = Following(chronicler(store, clients))
    await until_logged(store, acd)
    await following.stop()
    before = await kept(store)

    await work(acd, "1002", 2)
    await redis_clean.xtrim(EVENTS, maxlen=4, approximate=False)
    left = await expected(acd)
    for _ in range(2):  # the second desk finds the gap written
        following = Following(chronicler(store, clients))
        await until_logged(store, acd)
        await following.stop()
    rows = (await kept(store))[len(before) :]
    assert (rows[0].state, rows[0].reason, rows[0].seat) == (GAP, "trimmed", "")
    assert rows[0].at <= int(left[0][0].partition("-")[0])
    assert told(rows[1:]) == left


async def test_a_redis_that_came_back_empty_is_a_gap(
    store: Store, clients: Clients, acd: Acd, redis_clean: Redis
) -> None:
    following = Following(chronicler(store, clients))
    await work(acd, "1001", 1)
    await until_logged(store, acd)
    before = await kept(store)
    await redis_clean.flushall()
    await work(acd, "1001", 1)
    await until_logged(store, acd)
    await following.stop()
    rows = (await kept(store))[len(before) :]
    assert [row.state for row in rows] == [GAP, "not_ready", "ready", "not_ready", "signed_out"]
    assert rows[0].reason == "emptied"


async def test_a_redis_whose_clock_went_back_does_not_silence_the_log(
    store: Store, clients: Clients, acd: Acd, redis_clean: Redis
) -> None:
    later = f"{int(time.time() * 1000) + 3_600_000}-0"

    async def changed(event_id: str, data: str) -> None:
        await redis_clean.xadd(
            EVENTS, {"type": "seat.changed", "at": 1, "seat": "1001", "call": "", "data": data}, id=event_id
        )

    following = Following(chronicler(store, clients))
    await work(acd, "1001", 1)
    document = str(await redis_clean.hget(SEATS_KEY, "1001"))
    await changed(later, document.replace("signed_out", "ready"))
    deadline = time.monotonic() + 20
    while await seat_log.last(store) != later:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    await redis_clean.delete(EVENTS)
    await changed(f"{int(time.time() * 1000)}-0", document)
    deadline = time.monotonic() + 20
    while (rows := await kept(store))[-1].state != GAP:
        assert time.monotonic() < deadline, "no gap was written"
        await asyncio.sleep(0.1)
    await following.stop()
    assert sum(row.state == GAP for row in rows) == 1
    following = Following(chronicler(store, clients))
    await asyncio.sleep(1)
    await following.stop()
    assert sum(row.state == GAP for row in await kept(store)) == 1, "each desk writes it anew"


CHILD = """
import asyncio, sys
from pathlib import Path
from crm import Store, Vault
from hotline_app.upkeep.chronicler import Chronicler
from seats import AcdRules, connect
from seats.history import History

async def main(database, redis, state):
    store = await Store.open(database, vault=Vault(bytes(range(32))), state_dir=Path(state))
    clients = connect(redis, timeout_s=10)
    history = History(clients.call, clients.poll, rules=AcdRules(answer_within_s=20))
    print("begun", flush=True)
    await Chronicler(store, history, gather_s=0.0).run()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_kill_9_at_any_point_loses_and_doubles_nothing(
    store: Store, url: str, redis_url: str, clients: Clients, acd: Acd, tmp_path: Path
) -> None:
    await catalogue.ensure_seats(store, SEATS)
    environment = {**os.environ, "PYTHONPATH": str(REPO)}
    lot = random.Random(7)
    for _ in range(6):
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-c", CHILD, url, redis_url, str(tmp_path)),
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            cwd=REPO,
        )
        assert child.stdout is not None
        assert (await child.stdout.readline()).strip() == b"begun"
        working = asyncio.gather(*(work(acd, seat, 10) for seat in SEATS))
        await asyncio.sleep(lot.uniform(0.0, 0.3))
        child.kill()
        await child.wait()
        await working
    following = Following(chronicler(store, clients))
    await until_logged(store, acd)
    await following.stop()
    assert told(await kept(store)) == await expected(acd)
