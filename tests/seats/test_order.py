"""Order: 10,000 calls of two nodes; nobody starves; a kept place is worth exactly what waiting is worth."""

from __future__ import annotations

import asyncio
import random
from bisect import bisect_left, insort
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seats import (
    Acd,
    AcdRules,
    CallState,
    GroupRules,
    Offer,
    Reservation,
    SeatState,
    Strategy,
    Waiting,
    connect,
)
from seats.model import HEAD_START_S
from tests.seats import reference
from tests.seats.conftest import Hall, offer

CALLS = 10_000
NODES = ("node1", "node2")
GROUPS = tuple(f"g{n}" for n in range(8))
PRIORITIES = (0, 1, 2, 3, 5, 5, 5, 9)
LONG = 3600
RULES = AcdRules(wrap_up_s=0, reserve_lease_s=LONG, wakes_kept=10 * CALLS, remember_s=LONG)

Place = tuple[int, int, str]  # rank, since, call id


@dataclass
class Model:
    """The queue as the rules have it: per lane, in order."""

    lanes: dict[str, list[Place]] = field(default_factory=dict)
    of: dict[str, tuple[Place, tuple[str, ...]]] = field(default_factory=dict)

    def put(self, call: Offer) -> None:
        place = reference.call_rank(call.priority, call.waiting_since_ms), call.waiting_since_ms, call.call_id
        lanes = tuple(f"{group}.{call.language}" for group in call.groups)
        self.of[call.call_id] = place, lanes
        self.back(call.call_id)

    def back(self, call_id: str) -> None:
        place, lanes = self.of[call_id]
        for lane in lanes:
            insort(self.lanes.setdefault(lane, []), place)

    def first_for(self, lanes: set[str]) -> str | None:
        heads = [self.lanes[lane][0] for lane in lanes if self.lanes.get(lane)]
        return min(heads)[2] if heads else None

    def take(self, call_id: str) -> None:
        place, lanes = self.of[call_id]
        for lane in lanes:
            del self.lanes[lane][bisect_left(self.lanes[lane], place)]


def made(chance: random.Random, now: int, number: int) -> Offer:
    node = NODES[number % 2]
    return Offer(
        f"{node}-17.{number}",
        node,
        f"PJSIP/carrier-{number}",
        groups=tuple(chance.sample(GROUPS, chance.choice((1, 1, 2)))),
        language=chance.choice(("zh", "zh", "zh", "mn")),
        priority=chance.choice(PRIORITIES),
        waiting_since_ms=now - chance.randrange(7_200_000),
    )


async def test_ten_thousand_calls_of_two_nodes_are_served_in_their_order(
    make_acd: Callable[[AcdRules], Acd],
) -> None:
    hall, chance = Hall(make_acd(RULES)), random.Random(12345)
    acd, model = hall.acd, Model()
    await acd.configure([GroupRules(g, s) for g, s in zip(GROUPS, 2 * tuple(Strategy), strict=True)])
    seats = {}
    for n in range(40):
        seat, node = str(1001 + n), NODES[n % 2]
        groups = {group: chance.randint(1, 3) for group in chance.sample(GROUPS, 3)} | {GROUPS[n % 8]: 1}
        await acd.sign_in(
            seat, user=seat, name="王", groups=groups, languages=["zh", "mn"][: 1 + (n % 5 < 2)]
        )
        await acd.contact(seat, True, node=node)
        seats[seat] = reference.lanes_of(await acd.seat(seat))
    now = await acd.clock_ms()
    calls = [made(chance, now, number) for number in range(CALLS)]
    early, late = calls[: CALLS * 3 // 4], calls[CALLS * 3 // 4 :]
    for begin in range(0, len(early), 500):
        asked = await asyncio.gather(*map(acd.offer, early[begin : begin + 500]))
        assert all(isinstance(found, Waiting) for found in asked)
    for call in early:
        model.put(call)

    served: list[str] = []
    holds: dict[str, str] = {}

    def matched(seat: str, call_id: str | None) -> None:
        """The seat has just become free: it got whom the model says."""
        assert call_id == model.first_for(seats[seat])
        if call_id is not None:
            model.take(call_id)
            holds[seat] = call_id

    for seat in seats:
        matched(seat, (await acd.ready(seat)).call_id)
    while holds:
        seat = chance.choice(sorted(holds))
        call_id = holds.pop(seat)
        if chance.random() < 0.02:  # the seat does not answer; the caller's place is kept
            view = await acd.call(call_id)
            assert view is not None
            assert view.fence is not None
            await acd.missed(call_id, view.fence, "no_answer")
            model.back(call_id)
            matched(seat, (await acd.ready(seat)).call_id)
            continue
        served.append(call_id)
        await acd.ended(call_id)
        matched(seat, (await acd.seat(seat)).call_id)
        if late and chance.random() < 0.4:
            call = late.pop()
            found = await acd.offer(call)
            model.put(call)
            if isinstance(found, Reservation):
                assert model.first_for(seats[found.seat]) == call.call_id
                model.take(call.call_id)
                holds[found.seat] = call.call_id
    assert len(set(served)) == len(served) == CALLS - len(late)
    assert await acd.calls() == []
    assert {call.rpartition("-")[0] for call in served} == set(NODES)


# nobody starves


async def test_a_flood_of_the_highest_band_passes_nobody_for_ever(
    make_acd: Callable[[AcdRules], Acd],
) -> None:
    """Two emergency hand-overs a step at one seat: the ordinary caller waits their head start and no more."""
    rules = AcdRules(wrap_up_s=0, reserve_lease_s=LONG, head_start_s={0: 0.05, 5: 0})
    hall = Hall(make_acd(rules))
    now = await hall.acd.clock_ms()
    await hall.offer("ordinary", since=now)
    await hall.offer("flood.0", priority=0)
    await hall.ready("1001")
    number = 0
    while (holder := (await hall.acd.seat("1001")).call_id) != "ordinary":
        assert await hall.acd.clock_ms() < now + 20_000
        for _ in range(2):
            number += 1
            await hall.offer(f"flood.{number}", priority=0)
        assert holder is not None
        view = await hall.acd.call(holder)
        assert view is not None
        assert view.since_ms <= now + 50  # who came later than that is behind the ordinary caller
        await hall.acd.ended(holder)
    assert number > 0


since_ = st.integers(min_value=0, max_value=8_000_000)
asked_ = st.lists(
    st.tuples(since_, st.sampled_from(PRIORITIES)), min_size=2, max_size=12, unique_by=lambda a: a[0]
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(asked=asked_)
def test_who_has_waited_longer_than_any_head_start_is_before_every_newcomer(
    redis_url: str, asked: list[tuple[int, int]]
) -> None:
    served = asyncio.run(_served(redis_url, asked))
    greatest = round((max(HEAD_START_S.values()) - min(HEAD_START_S.values())) * 1000)
    for place, (since, _) in enumerate(served):
        assert all(since - later <= greatest for later, _ in served[place + 1 :])
    ranks = [reference.call_rank(priority, 10**10 + since) for since, priority in served]
    assert ranks == sorted(ranks)
    assert sorted(served) == sorted(asked)


async def _served(redis_url: str, asked: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """One seat takes them all; (since, priority) in the order of service."""
    clients = connect(redis_url, timeout_s=10)
    hall = Hall(Acd(clients.call, rules=RULES, poll=clients.poll))
    try:
        await clients.call.flushall()
        base = await hall.acd.clock_ms() - 10_000_000
        await hall.offer("longest", since=base - 90_000_000)  # takes the seat while the others queue
        await hall.ready("1001")
        for number, (since, priority) in enumerate(asked):
            await hall.offer(str(number), since=base + since, priority=priority)
        await hall.acd.ended("longest")
        order = []
        while call := (await hall.acd.seat("1001")).call_id:
            order.append(asked[int(call)])
            await hall.acd.ended(call)
        return order
    finally:
        await hall.acd.close()


# a kept place

Step = tuple[str, int, int]
queue_ = st.lists(
    st.tuples(st.just("call"), since_, st.sampled_from(PRIORITIES)),
    min_size=3,
    max_size=6,
    unique_by=lambda s: s[1],
)
# In the end one seat takes all who are left, one after the other.
_EVERYBODY: list[Step] = [("ready", 1001, 0), *[("done", 1001, 0)] * 40]
steps_ = st.lists(
    st.one_of(
        st.tuples(st.just("call"), since_, st.sampled_from(PRIORITIES)),
        st.tuples(st.just("ready"), st.integers(1001, 1003), st.just(0)),
        st.tuples(st.just("done"), st.integers(1001, 1003), st.just(0)),
        st.tuples(st.just("missed"), st.integers(1001, 1003), st.just(0)),
        st.tuples(st.just("sweep"), st.just(0), st.just(0)),
    ),
    min_size=6,
    max_size=30,
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(queue=queue_, steps=steps_, keeper=st.integers(0, 10), at=st.integers(2, 20))
def test_a_kept_place_is_served_exactly_when_waiting_would_have_been(
    redis_url: str, queue: list[Step], steps: list[Step], keeper: int, at: int
) -> None:
    """The same day twice, once with everybody waiting and once with one who keeps the place at some moment.

    After each step the same persons are with seats in both: so the callback passes nobody who kept waiting,
    and nobody passes it.
    """
    steps = [*queue, *steps, *_EVERYBODY]
    waiting = asyncio.run(_day(redis_url, steps, None, at))
    kept = asyncio.run(_day(redis_url, steps, keeper, at))
    assert kept == waiting


async def _day(redis_url: str, steps: list[Step], keeper: int | None, at: int) -> list[set[int]]:
    """Who is with a seat after each step, by the number of the caller."""
    clients = connect(redis_url, timeout_s=10)
    hall = Hall(Acd(clients.call, rules=RULES, poll=clients.poll))
    try:
        await clients.call.flushall()
        base = await hall.acd.clock_ms() - 10_000_000
        for level, seat in enumerate(("1001", "1002", "1003"), start=1):
            # A level each: of two seats ready in the same millisecond either may be first.
            await hall.sign_in(seat, general=level)
        seen, callers, sinces = [], 0, set()
        for place, (what, first, second) in enumerate(steps):
            waiting = [c.call_id for c in await hall.acd.calls() if c.state is CallState.WAITING]
            if place == at % len(steps) and keeper is not None and waiting:
                call = waiting[keeper % len(waiting)]
                assert await hall.acd.keep_place(call, call.replace("c-", "back-"))
            view = await hall.acd.seat(str(first)) if first else None
            if what == "call" and first not in sinces:
                sinces.add(first)  # of two in the same millisecond either may be first
                await hall.acd.offer(offer(f"c-{callers}", since=base + first, priority=second))
                callers += 1
            elif what == "ready":
                if view and view.state is SeatState.NOT_READY:
                    await hall.acd.ready(view.seat)
            elif what == "done" and view and view.call_id:
                await hall.acd.ended(view.call_id)
            elif what == "missed" and view and view.call_id and view.fence:
                await hall.acd.missed(view.call_id, view.fence, "no_answer")
            elif what == "sweep":
                await hall.acd.sweep()
            held = [seat.call_id for seat in await hall.acd.seats() if seat.call_id]
            seen.append({int(call.rpartition("-")[2]) for call in held})
        return seen
    finally:
        await hall.acd.close()
