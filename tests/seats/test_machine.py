"""Random seats, callers, bridges that crash between any two steps, news that is lost: what must always hold.

No seat has two calls and no call two seats; no caller is forgotten, none overtaken by a later one; a match is
carried out by one only; and whatever happened, every caller who stays is served in the end.
"""

import asyncio
import itertools
import json
from collections.abc import Coroutine
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from seats import Acd, AcdRules, CallState, LiveCall, RefusedTransition, Reservation, SeatState, connect
from tests.seats import reference
from tests.seats.conftest import NODE, offer

T = TypeVar("T")
LEASE_S = 0.02
RULES = AcdRules(
    ring_s=LEASE_S,
    ring_slack_s=0,
    reserve_lease_s=LEASE_S,
    wrap_up_s=LEASE_S,
    heartbeat_s=LEASE_S,
    doubt_s=3600,  # here phones say anything
    gone_s=0,
    answer_within_s=20,
)
SEATS = {"1001": {"general": 1}, "1002": {"general": 2, "tax": 1}, "1003": {"tax": 1, "general": 1}}
GROUPS = (("general",), ("tax",), ("tax", "general"))
HELD = {CallState.RESERVED, CallState.RINGING, CallState.TALKING}

seats_ = st.sampled_from(sorted(SEATS))
some = st.randoms(use_true_random=False)


class Hotline(RuleBasedStateMachine):
    url: str

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.numbers = itertools.count(1)
        self.alive: dict[str, tuple[str, ...]] = {}  # callers in Asterisk, with their groups
        self.unseen: set[str] = set()  # callers who left while nobody listened
        self.talking: dict[str, str] = {}  # Asterisk's own bridges: call -> seat
        self.in_hand: dict[str, Reservation] = {}  # what a bridge is carrying out
        self.rung: set[str] = set()
        self.claimed: set[tuple[str, int]] = set()
        self.waited: set[str] = set()  # who waited before this step
        self.fences: set[int | None] = set()  # and the reservations there were

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def ask(self, *command: str | int) -> Any:
        async def answer() -> Any:
            return await self.redis.execute_command(*command)  # type: ignore[no-untyped-call]

        return self.do(answer())

    @initialize()
    def begin(self) -> None:
        clients = connect(self.url, timeout_s=10)
        self.redis = clients.call
        self.acd = Acd(clients.call, rules=RULES, poll=clients.poll)
        self.ask("FLUSHALL")

    # what people do

    @rule(seat=seats_)
    def signs_in_and_is_ready(self, seat: str) -> None:
        async def both() -> None:
            await self.acd.sign_in(seat, user=seat, name="王芳", groups=SEATS[seat], languages=["zh"])
            await self.acd.ready(seat)

        self.perhaps(both())

    @rule(seat=seats_)
    def takes_a_break(self, seat: str) -> None:
        self.perhaps(self.acd.not_ready(seat, "lunch"))

    @rule(seat=seats_)
    def signs_out(self, seat: str) -> None:
        self.perhaps(self.acd.sign_out(seat, by="user"))

    @rule(seat=seats_, registered=st.booleans())
    def phone_comes_and_goes(self, seat: str, registered: bool) -> None:
        self.do(self.acd.contact(seat, registered))

    @rule(seat=seats_, state=st.sampled_from(["NOT_INUSE", "INUSE", "UNAVAILABLE"]))
    def phone_is_used(self, seat: str, state: str) -> None:
        self.do(self.acd.device(seat, state))

    def perhaps(self, work: Coroutine[Any, Any, Any]) -> None:
        try:
            self.do(work)
        except RefusedTransition as refused:
            assert refused.from_state in list(SeatState)

    # what callers and bridges do

    @rule(groups=st.sampled_from(GROUPS), priority=st.sampled_from([0, 5]))
    def calls(self, groups: tuple[str, ...], priority: int) -> None:
        call = f"node1-1.{next(self.numbers)}"
        self.alive[call] = groups
        self.take(self.do(self.acd.offer(offer(call, *groups, priority=priority))))

    @precondition(lambda self: self.alive.keys() - self.talking.keys())
    @rule(random=some)
    def asks_again(self, random: Any) -> None:
        call = random.choice(sorted(self.alive.keys() - self.talking.keys()))
        known = self.do(self.acd.call(call))
        priority = known.priority if known else 5
        since = known.since_ms if known else 0
        self.take(self.do(self.acd.offer(offer(call, *self.alive[call], priority=priority, since=since))))

    def take(self, found: object) -> None:
        if isinstance(found, Reservation):
            self.in_hand[found.call_id] = found

    @precondition(lambda self: self.alive)
    @rule(random=some)
    def owner_wakes(self, random: Any) -> None:
        found = self.do(self.acd.claim(random.choice(sorted(self.alive))))
        if found is not None:
            assert (found.call_id, found.fence) not in self.claimed
            self.claimed.add((found.call_id, found.fence))
            self.take(found)

    @precondition(lambda self: self.in_hand)
    @rule(random=some)
    def rings(self, random: Any) -> None:
        call = random.choice(sorted(self.in_hand))
        if self.do(self.acd.ringing(call, self.in_hand[call].fence)):
            self.rung.add(call)
        else:
            self.drop(call)

    @precondition(lambda self: self.rung)
    @rule(random=some, told=st.booleans())
    def answers(self, random: Any, told: bool) -> None:
        call = random.choice(sorted(self.rung))
        found = self.in_hand[call]
        self.drop(call)
        if found.seat in self.talking.values():
            return
        if self.do(self.acd.answered(call, seat=found.seat, fence=found.fence if told else None)):
            self.talking[call] = found.seat

    @precondition(lambda self: self.in_hand)
    @rule(random=some, reason=st.sampled_from(["no_answer", "busy", "unregistered"]))
    def misses(self, random: Any, reason: str) -> None:
        call = random.choice(sorted(self.in_hand))
        self.do(self.acd.missed(call, self.in_hand[call].fence, reason))
        self.drop(call)

    @precondition(lambda self: self.alive.keys() - self.talking.keys())
    @rule(random=some, seat=seats_)
    def plain_queue_connects(self, random: Any, seat: str) -> None:
        if seat in self.talking.values():
            return
        call = random.choice(sorted(self.alive.keys() - self.talking.keys()))
        self.drop(call)
        assert self.do(self.acd.answered(call, seat=seat))
        self.talking[call] = seat

    @precondition(lambda self: self.alive)
    @rule(random=some, seen=st.booleans())
    def hangs_up(self, random: Any, seen: bool) -> None:
        call = random.choice(sorted(self.alive))
        del self.alive[call]
        self.talking.pop(call, None)
        self.drop(call)
        if seen:
            self.do(self.acd.ended(call))
        else:
            self.unseen.add(call)

    def drop(self, call: str) -> None:
        self.in_hand.pop(call, None)
        self.rung.discard(call)

    # faults and upkeep

    @rule()
    def bridges_are_killed(self) -> None:
        self.in_hand.clear()
        self.rung.clear()

    @rule()
    def leases_end(self) -> None:
        self.do(asyncio.sleep(LEASE_S * 1.5))
        self.do(self.acd.sweep())
        self.check_nobody_waits_beside_a_free_seat()

    @rule()
    def owner_resyncs(self) -> None:
        self.resync()
        self.check_nobody_waits_beside_a_free_seat()

    def resync(self) -> None:
        live = []
        for call, groups in self.alive.items():
            seat = self.talking.get(call)
            if seat:
                live.append(LiveCall(call, "c", "talking", seat, groups=groups))
            elif call in self.rung:
                live.append(LiveCall(call, "c", "ringing", self.in_hand[call].seat, groups=groups))
            else:
                live.append(LiveCall(call, "c", "waiting", groups=groups))
        self.do(self.acd.restore(NODE, live))
        self.unseen.clear()

    # what must always hold

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "acd"):
            return
        seats = {view.seat: view for view in self.do(self.acd.seats())}
        calls = {view.call_id: view for view in self.do(self.acd.calls())}
        assert self.alive.keys() <= calls.keys() <= self.alive.keys() | self.unseen
        for call in calls.values():
            assert (call.seat is not None) == (call.state in HELD)
            if call.seat is not None:
                seat = seats[call.seat]
                assert (seat.call_id, seat.fence, seat.state.value) == (
                    call.call_id,
                    call.fence,
                    call.state.value,
                )
        held = [view.call_id for view in seats.values() if view.call_id]
        assert len(held) == len(set(held))
        for view in seats.values():
            assert (view.call_id is not None) == (view.state.value in {state.value for state in HELD})
            if view.call_id:
                assert calls[view.call_id].seat == view.seat
        for talk, name in self.talking.items():
            assert (calls[talk].state, calls[talk].seat) == (CallState.TALKING, name)
        self.check_lists(seats, calls)
        self.check_order(seats, calls)

    def check_lists(self, seats: dict[str, Any], calls: dict[str, Any]) -> None:
        leases = {f"call:{v.call_id}" for v in calls.values() if v.state.value in ("reserved", "ringing")}
        leases |= {f"wrap:{view.seat}" for view in seats.values() if view.state is SeatState.WRAP_UP}
        assert set(self.ask("ZRANGE", "{acd}:idle", 0, -1)) == reference.idle_entries(seats.values(), {})
        assert set(self.ask("ZRANGE", "{acd}:waiting", 0, -1)) == reference.waiting_entries(calls.values())
        assert set(self.ask("ZRANGE", "{acd}:ages", 0, -1)) == reference.age_entries(calls.values())
        standing = {lease for lease in self.ask("ZRANGE", "{acd}:leases", 0, -1) if lease[:5] != "doubt"}
        assert standing == leases
        assert set(self.ask("HKEYS", "{acd}:cards")) <= calls.keys()

    def check_order(self, seats: dict[str, Any], calls: dict[str, Any]) -> None:
        """A match of this step left no more urgent caller of that seat's groups waiting."""
        waiting = {name for name, view in calls.items() if view.state is CallState.WAITING}
        for view in calls.values():
            if view.state is not CallState.RESERVED or view.fence in self.fences:
                continue
            for other in (calls[name] for name in waiting & self.waited):
                if seats[view.seat].groups.keys() & set(other.groups):
                    ranks = [(reference.call_rank(v.priority, v.since_ms), v.since_ms) for v in (view, other)]
                    assert ranks[0] <= ranks[1]
        self.fences = {view.fence for view in calls.values()}
        self.waited = waiting

    def check_nobody_waits_beside_a_free_seat(self) -> None:
        def groups_of(entries: Any) -> set[str]:
            return {entry.split("|")[0] for entry in entries}

        idle = groups_of(self.ask("ZRANGE", "{acd}:idle", 0, -1))
        assert not idle & groups_of(self.ask("ZRANGE", "{acd}:waiting", 0, -1))

    # in the end

    def teardown(self) -> None:
        if hasattr(self, "acd"):
            self.everybody_is_served()
            self.do(self.acd.close())
        self.runner.close()

    def everybody_is_served(self) -> None:
        self.bridges_are_killed()
        self.resync()
        for call in list(self.talking):
            self.serve(call)
        for seat in SEATS:
            self.do(self.acd.contact(seat, True))
            self.do(self.acd.device(seat, "NOT_INUSE"))
        for _ in range(3 * len(self.alive) + 3):
            if not self.alive:
                break
            self.do(asyncio.sleep(LEASE_S * 1.5))
            self.do(self.acd.sweep())
            for seat in SEATS:
                self.signs_in_and_is_ready(seat)
            for call in list(self.alive):
                found = self.do(self.acd.claim(call))
                if found and self.do(self.acd.ringing(call, found.fence)):
                    assert self.do(self.acd.answered(call, seat=found.seat, fence=found.fence))
                    self.serve(call)
        assert not self.alive, json.dumps([v.as_json() for v in self.do(self.acd.calls())])
        assert self.do(self.acd.calls()) == []

    def serve(self, call: str) -> None:
        self.do(self.acd.ended(call))
        self.talking.pop(call, None)
        del self.alive[call]


def test_any_order_of_things(redis_url: str) -> None:
    machine = type("HotlineHere", (Hotline,), {"url": redis_url})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=40,
            deadline=None,
            # A step takes real time, so shrinking would take an hour; the seed is printed instead.
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
