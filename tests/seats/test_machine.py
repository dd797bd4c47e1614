"""Random seats, callers, bridges that crash between any two steps, news that is lost: what must always hold.

No seat has two calls and no call two seats; no caller and no callback is forgotten, none overtaken by one
with less claim; a match is carried out by one only; and whatever happened, everybody who stays is served in
the end.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from seats import CallState, CallView, SeatState, SeatView
from tests.seats import reference
from tests.seats.machine import LEASE_S, RULES, SEATS, Hotline

HELD = {CallState.RESERVED, CallState.RINGING, CallState.TALKING}


class Judged(Hotline):
    def __init__(self) -> None:
        super().__init__()
        self.waited: dict[str, CallView] = {}  # who waited before this step
        self.fences: set[int | None] = set()  # and the reservations there were

    @rule()
    def leases_end(self) -> None:
        self.unseen |= self.dialled.keys()  # Asterisk has given up by then
        self.dialled.clear()
        self.do(asyncio.sleep(LEASE_S * 1.5))
        self.do(self.acd.sweep())
        self.check_nobody_waits_beside_a_free_seat()
        self.check_phones_are_believed()

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "acd"):
            return
        seats = {view.seat: view for view in self.do(self.acd.seats())}
        calls = {view.call_id: view for view in self.do(self.acd.calls())}
        living = self.alive.keys() | self.kept.keys()
        assert living <= calls.keys() <= living | self.unseen | self.dialled.keys()
        for call in calls.values():
            if call.call_id in self.unseen and call.state is CallState.TALKING and call.seat is None:
                continue  # its seat's phone was on the hook: nobody's, until Asterisk says that it is gone
            assert (call.seat is not None) == (call.state in HELD)
            if call.seat is not None:
                seat = seats[call.seat]
                assert (seat.call_id, seat.fence, seat.kind) == (call.call_id, call.fence, call.kind)
                assert seat.state.value == call.state.value
        held = [view.call_id for view in seats.values() if view.call_id]
        assert len(held) == len(set(held))
        for view in seats.values():
            assert (view.call_id is not None) == (view.state.value in {state.value for state in HELD})
            if view.call_id:
                assert calls[view.call_id].seat == view.seat
            assert view.registered is not False or view.state is not SeatState.READY
        for talk, name in self.talking.items():
            if talk not in self.torn:
                assert (calls[talk].state, calls[talk].seat) == (CallState.TALKING, name)
        for back in self.kept:
            assert calls[back].channel == ""
        self.check_lists(seats, calls)
        self.check_order(seats, calls)

    def check_lists(self, seats: dict[str, SeatView], calls: dict[str, CallView]) -> None:
        def listed(key: str) -> set[str]:
            return set(self.ask("ZRANGE", key, 0, -1))

        assert listed("{acd}:idle") == reference.idle_entries(seats.values(), self.strategies)
        heads = RULES.head_start_s
        assert listed("{acd}:waiting") == reference.waiting_entries(calls.values(), heads)
        assert listed("{acd}:ages") == reference.age_entries(calls.values())
        assert listed("{acd}:staffed") == {
            f"{lane}|{view.seat}" for view in seats.values() if view.user for lane in reference.lanes_of(view)
        }
        leases = {f"call:{v.call_id}" for v in calls.values() if v.state.value in ("reserved", "ringing")}
        leases |= {f"wrap:{view.seat}" for view in seats.values() if view.state is SeatState.WRAP_UP}
        standing = listed("{acd}:leases")
        assert {lease for lease in standing if lease[:4] in ("call", "wrap")} == leases
        widening = {lease[6:] for lease in standing if lease.startswith("widen:")}
        assert widening <= calls.keys()
        assert set(self.ask("HKEYS", "{acd}:cards")) <= calls.keys()

    def check_order(self, seats: dict[str, SeatView], calls: dict[str, CallView]) -> None:
        """A match of this step left nobody waiting who had a better claim to that seat all the time."""
        waiting = {name: view for name, view in calls.items() if view.state is CallState.WAITING}
        for view in calls.values():
            old = self.fences | self.not_judged
            if view.state is not CallState.RESERVED or view.fence in old or view.seat is None:
                continue
            lanes = reference.lanes_of(seats[view.seat])
            for name in waiting.keys() & self.waited.keys():
                if lanes & set(waiting[name].lanes) & set(self.waited[name].lanes):
                    assert self.claim_of(view) <= self.claim_of(waiting[name])
        self.fences = {view.fence for view in calls.values()}
        self.waited = waiting

    def claim_of(self, view: CallView) -> tuple[int, int]:
        return reference.call_rank(view.priority, view.since_ms, RULES.head_start_s), view.since_ms

    def check_nobody_waits_beside_a_free_seat(self) -> None:
        def lanes_of(entries: Any) -> set[str]:
            return {entry.split("|")[0] for entry in entries}

        idle = lanes_of(self.ask("ZRANGE", "{acd}:idle", 0, -1))
        assert not idle & lanes_of(self.ask("ZRANGE", "{acd}:waiting", 0, -1))

    def check_phones_are_believed(self) -> None:
        """No seat is on a call that its own phone has denied for longer than the rules doubt it."""
        kinds = {ghost.kind for ghost in self.do(self.acd.ghosts(after_s=LEASE_S * 2))}
        assert not kinds - {"ready_engaged", "held_unregistered", "call_without_seat"}

    # in the end

    def teardown(self) -> None:
        if hasattr(self, "acd"):
            self.everybody_is_served()
            self.do(self.acd.close())
        self.runner.close()

    def everybody_is_served(self) -> None:
        self.bridges_are_killed()
        self.dialled.clear()
        self.owners_resync()
        for call in list(self.talking):
            self.serve(call)
        for seat in SEATS:
            node = self.do(self.acd.seat(seat)).node or "node1"
            self.do(self.acd.contact(seat, True, node=node))
            self.do(self.acd.device(seat, "NOT_INUSE", node=node))
        for _ in range(3 * (len(self.alive) + len(self.kept)) + 3):
            if not self.alive and not self.kept:
                break
            self.do(asyncio.sleep(LEASE_S * 1.5))
            self.do(self.acd.sweep())
            for seat in SEATS:
                self.signs_in_and_is_ready(seat)
            for call in [*self.alive, *self.kept]:
                self.fetch(call)
        left = [view.as_json() for view in self.do(self.acd.calls())]
        assert not self.alive and not self.kept, json.dumps(left)
        assert left == []

    def fetch(self, call: str) -> None:
        found = self.do(self.acd.claim(call))
        if found is None:
            return
        if call in self.kept:
            self.alive[call] = self.kept.pop(call)[0]
            self.offers(call, 5, 0)
        if self.do(self.acd.ringing(call, found.fence)):
            assert self.do(self.acd.answered(call, seat=found.seat, fence=found.fence))
            self.serve(call)

    def serve(self, call: str) -> None:
        self.do(self.acd.ended(call))
        self.talking.pop(call, None)
        del self.alive[call]


def test_any_order_of_things(redis_url: str) -> None:
    machine = type("HotlineHere", (Judged,), {"url": redis_url})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=80,
            deadline=None,
            # A step takes real time, so shrinking would take an hour; the seed is printed instead.
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
