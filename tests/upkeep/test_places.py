"""Kept places: whatever Redis forgets, each citizen is rung once, at the original place."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from crm import Arrival, Ledger, Mark, Outcome, Store, StoreUnavailable, callbacks, now_ms
from hotline_app.upkeep.places import Places
from seats import Acd, CallKind, CallState, CallView, Offer, Reservation, Waiting

NODE = "node1"


@pytest.fixture
async def ledger(store: Store, tmp_path: Path) -> AsyncIterator[Ledger]:
    made = Ledger(store, journal=tmp_path / "journal", commit_timeout_s=10)
    await made.start()
    yield made
    await made.stop()


class Citizens:
    """Callers who wait, and those of them who keep their place and hang up."""

    def __init__(self, ledger: Ledger, acd: Acd) -> None:
        self._ledger = ledger
        self._acd = acd
        self.now = now_ms()

    async def waits(self, n: int, *, since_s: float) -> str:
        call = f"{NODE}-1764000000.{n}"
        since = self.now - round(since_s * 1000)
        await self._ledger.open(Arrival(call, NODE, "carrier", "12345", f"1390476{n:04d}", None, since))
        await self._ledger.mark(Mark(call, "offered", since, data={"groups": ["general"]}))
        waiting = await self._acd.offer(Offer(call, NODE, f"PJSIP/carrier-{n}", waiting_since_ms=since))
        assert isinstance(waiting, Waiting)
        return call

    async def keeps(self, n: int, *, since_s: float) -> str:
        call = await self.waits(n, since_s=since_s)
        callback = call.replace(".", ".80000")
        await self._ledger.keep_place(
            call, callback, f"1390476{n:04d}", now_ms(), line="12345",
            queue={"node": NODE, "since_ms": self.now - round(since_s * 1000), "groups": ["general"],
                   "language": "zh", "priority": 5, "widen": [[20, "general", None]],
                   "data": {"callback_of": call}},
        )  # fmt: skip
        assert await self._acd.keep_place(call, callback, data={"callback_of": call}) is not None
        await self._ledger.close(call, Outcome.CALLBACK_KEPT, ended_at=now_ms(), cause=16)
        return callback

    async def leaves_unserved(self, n: int) -> str:
        call = await self.waits(n, since_s=60)
        await self._acd.ended(call)
        await self._ledger.close(call, Outcome.ABANDONED_QUEUE, ended_at=now_ms(), cause=16)
        return call

    async def is_answered(self, n: int, m: int) -> None:
        """The citizen of number n calls again, as call m, and is answered."""
        call = f"{NODE}-1764000000.{m}"
        now = now_ms()
        await self._ledger.open(Arrival(call, NODE, "carrier", "12345", f"1390476{n:04d}", None, now))
        await self._ledger.mark(Mark(call, "answered", now + 1, seat="1001"))

    async def on_record(self) -> None:
        await self._ledger.stop()
        await self._ledger.start()


@pytest.fixture
def citizens(ledger: Ledger, acd: Acd) -> Citizens:
    return Citizens(ledger, acd)


async def in_queue(acd: Acd) -> list[CallView]:
    return [call for call in await acd.calls() if call.kind is CallKind.CALLBACK]


async def test_a_redis_that_came_back_empty_gets_each_place_back_once(
    store: Store, acd: Acd, citizens: Citizens, redis_clean: Redis
) -> None:
    kept = [await citizens.keeps(n, since_s=100 - n) for n in range(1, 6)]
    await citizens.on_record()
    before = await in_queue(acd)
    assert [call.call_id for call in before] == kept
    await redis_clean.flushall()
    places = Places(store, acd)
    for _ in range(3):
        await places.round()
    after = await in_queue(acd)
    assert [(call.call_id, call.since_ms) for call in after] == [(c.call_id, c.since_ms) for c in before]
    # Served in that order, before whoever came later.
    await acd.sign_in("1001", user="u", name="王芳", groups={"general": 1}, languages=["zh"])
    await acd.offer(Offer(f"{NODE}-1764000000.99", NODE, "PJSIP/carrier-99", waiting_since_ms=citizens.now))
    served = []
    await acd.ready("1001")
    for _ in range(6):
        held = await acd.seat("1001")
        assert held.call_id is not None
        served.append(held.call_id)
        await acd.ended(held.call_id)
    assert served == [*kept, f"{NODE}-1764000000.99"]


async def test_a_place_being_served_is_not_queued_anew(store: Store, acd: Acd, citizens: Citizens) -> None:
    callback = await citizens.keeps(1, since_s=50)
    await citizens.on_record()
    await acd.sign_in("1001", user="u", name="王芳", groups={"general": 1}, languages=["zh"])
    await acd.ready("1001")
    assert isinstance(await acd.claim(callback), Reservation)
    await Places(store, acd).round()
    (call,) = await in_queue(acd)
    assert (call.state, call.seat) == (CallState.RESERVED, "1001")
    # Rung in vain, and its task still open for a moment: it is not queued again at once.
    await acd.drop_callback(callback)
    await Places(store, acd).round()
    assert await in_queue(acd) == []


async def test_who_called_again_and_was_answered_is_taken_out(
    store: Store, acd: Acd, citizens: Citizens
) -> None:
    await citizens.keeps(1, since_s=50)
    other = await citizens.keeps(2, since_s=40)
    await citizens.is_answered(1, 11)
    await citizens.on_record()
    await Places(store, acd).round()
    assert [call.call_id for call in await in_queue(acd)] == [other]


async def test_a_place_that_the_database_has_not_heard_of_yet_stays(store: Store, acd: Acd) -> None:
    waiting = await acd.offer(Offer(f"{NODE}-1764000000.7", NODE, "PJSIP/carrier-7"))
    assert isinstance(waiting, Waiting)
    await acd.keep_place(f"{NODE}-1764000000.7", f"{NODE}-1764000000.800007", data={})
    await Places(store, acd).round()
    assert len(await in_queue(acd)) == 1


async def test_missed_calls_are_rung_by_seats_unless_the_queue_is_told_to(
    store: Store, acd: Acd, citizens: Citizens
) -> None:
    missed = await citizens.leaves_unserved(3)
    await citizens.on_record()
    await Places(store, acd).round()
    assert await in_queue(acd) == []
    assert [task.call_id for task in await callbacks.due(store)] == [missed]

    automatic = Places(store, acd, automatic=True)
    for _ in range(3):
        await automatic.round()
    (call,) = await in_queue(acd)
    assert await callbacks.due(store) == [], "no seat rings whom the queue rings"
    assert call.call_id.startswith(f"{NODE}-")
    assert (await callbacks.number(store, call.call_id)).endswith("13904760003")
    # Nobody picks up: an ordinary task again, after its pause.
    await acd.drop_callback(call.call_id)
    task = await callbacks.report(store, call.call_id, "no_answer", by="queue")
    assert (task.kind, task.state, task.queue_id) == ("missed", "open", None)
    assert task.due_at > now_ms()
    await automatic.round()
    assert await in_queue(acd) == []


async def test_after_an_outage_the_bridges_are_heard_first(
    store: Store, acd: Acd, citizens: Citizens, redis_clean: Redis
) -> None:
    await citizens.keeps(1, since_s=50)
    await citizens.on_record()
    await redis_clean.flushall()
    away = await Store.open(
        "postgresql://nobody@127.0.0.1:9/none",
        vault=store.vault, state_dir=store.state_dir, tolerate_away=True,
    )  # fmt: skip
    places = Places(away, acd)
    with pytest.raises(StoreUnavailable):
        await places.round()
    await places.round()  # rests: does not even ask
    await away.close()
    assert await in_queue(acd) == []
    await Places(store, acd).round()
    assert len(await in_queue(acd)) == 1
