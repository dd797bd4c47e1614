"""A hotline of three seats and two nodes in which anything may happen: the steps.


test_machine.py judges them.  Asterisk's truth is kept here (who is alive, who talks, what a bridge has in
hand); Redis only learns of it by the ACD's verbs.  A bridge that dies between two scripts is one that forgets
what it had in hand.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from seats import (
    Acd,
    AcdRules,
    CallKind,
    GroupRules,
    LiveCall,
    Offer,
    RefusedTransition,
    Reservation,
    SeatState,
    Strategy,
    Widen,
    connect,
)

T = TypeVar("T")
LEASE_S = 0.02
RULES = AcdRules(
    ring_s=LEASE_S,
    ring_slack_s=0,
    reserve_lease_s=LEASE_S,
    callback_lease_s=LEASE_S,
    dial_out_s=LEASE_S,
    wrap_up_s=LEASE_S,
    heartbeat_s=LEASE_S,
    doubt_s=LEASE_S,
    gone_s=0,
    remember_s=60,
    answer_within_s=20,
    head_start_s={0: 0.1, 2: 0.03, 5: 0, 9: -0.05},
)
NODES = ("node1", "node2")
SEATS = {"1001": {"general": 1}, "1002": {"general": 2, "tax": 1}, "1003": {"tax": 1, "general": 1}}
LANGUAGES = {"1001": ["zh"], "1002": ["zh", "mn"], "1003": []}


@dataclass(frozen=True)
class Route:
    groups: tuple[str, ...]
    language: str = "zh"
    widen: tuple[Widen, ...] = ()


ROUTES = (
    Route(("general",)),
    Route(("tax",)),
    Route(("tax", "general")),
    Route(("general",), "mn"),
    Route(("tax",), widen=(Widen(LEASE_S, "general"),)),
    Route(("tax",), "mn", (Widen(LEASE_S, "general", "zh"), Widen(3600, "late"))),
)

seats_ = st.sampled_from(sorted(SEATS))
# Which of those there are.  Drawn whether or not there are any: time decides here what there is, and
# hypothesis must see the same choices whenever it tries the same steps again.
picks = st.integers(0, 10_000)


def chosen(among: Iterable[str], pick: int) -> str | None:
    found = sorted(among)
    return found[pick % len(found)] if found else None


class Hotline(RuleBasedStateMachine):
    url: str

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.numbers = itertools.count(1)
        self.alive: dict[str, Route] = {}  # callers in Asterisk
        self.kept: dict[str, tuple[Route, int, int]] = {}  # callbacks: route, since, priority
        self.dialled: dict[str, str] = {}  # outgoing calls that ring: call -> seat
        self.unseen: set[str] = set()  # calls that ended while nobody listened
        self.torn: set[str] = set()  # talks that were ordered away, but the owner died before it did it
        self.talking: dict[str, str] = {}  # Asterisk's own bridges: call -> seat
        self.in_hand: dict[str, Reservation] = {}  # what a bridge is carrying out
        self.rung: set[str] = set()
        self.claimed: set[tuple[str, int]] = set()
        self.strategies: dict[str, Strategy] = {}
        self.not_judged: set[int | None] = set()  # matches that no queue made

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def ask(self, *command: str | int) -> Any:
        async def answer() -> Any:
            return await self.redis.execute_command(*command)  # type: ignore[no-untyped-call]

        return self.do(answer())

    def new_id(self, pick: int) -> str:
        return f"{NODES[pick % 2]}-1.{next(self.numbers)}"

    @property
    def waiting(self) -> list[str]:
        """Callers who are not in a talk."""
        return sorted(self.alive.keys() - self.talking.keys())

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
            known = {"user": seat, "name": "王芳", "groups": SEATS[seat], "languages": LANGUAGES[seat]}
            await self.acd.sign_in(seat, **known)  # type: ignore[arg-type]
            await self.acd.ready(seat)

        self.perhaps(both())

    @rule(seat=seats_)
    def takes_a_break(self, seat: str) -> None:
        self.perhaps(self.acd.not_ready(seat, "lunch"))

    @rule(seat=seats_, forced=st.booleans())
    def signs_out(self, seat: str, forced: bool) -> None:
        leave = self.acd.force_sign_out if forced else self.acd.sign_out
        self.perhaps(leave(seat, by="user"))

    @rule(seat=seats_, registered=st.booleans(), node=st.sampled_from(NODES))
    def phone_comes_and_goes(self, seat: str, registered: bool, node: str) -> None:
        self.do(self.acd.contact(seat, registered, node=node))

    @rule(
        seat=seats_, state=st.sampled_from(["NOT_INUSE", "INUSE", "UNAVAILABLE"]), node=st.sampled_from(NODES)
    )
    def phone_is_used(self, seat: str, state: str, node: str) -> None:
        in_call = seat in self.talking.values()
        self.do(self.acd.device(seat, "INUSE" if in_call else state, node=node))

    @rule(seat=seats_, pick=picks)
    def dials_out(self, seat: str, pick: int) -> None:
        call = self.new_id(pick)
        if self.perhaps(self.acd.dialling_out(seat, call, node=call.partition("-")[0])):
            self.dialled[call] = seat

    @rule(pick=picks, answered=st.booleans())
    def the_other_side_answers_or_not(self, pick: int, answered: bool) -> None:
        call = chosen(self.dialled, pick)
        if call is None:
            return
        seat = self.dialled.pop(call)
        if answered and seat not in self.talking.values() and self.do(self.acd.answered(call, seat=seat)):
            self.alive[call] = ROUTES[0]
            self.talking[call] = seat
        else:
            self.do(self.acd.ended(call))

    @rule(strategy=st.sampled_from(Strategy), group=st.sampled_from(["general", "tax"]))
    def strategy_changes(self, strategy: Strategy, group: str) -> None:
        self.strategies[group] = strategy
        self.do(self.acd.configure(GroupRules(name, each) for name, each in self.strategies.items()))

    def perhaps(self, work: Coroutine[Any, Any, Any]) -> Any:
        try:
            return self.do(work) or True
        except RefusedTransition as refused:
            assert refused.from_state in list(SeatState)
            return None

    # what callers and bridges do

    @rule(
        route=st.sampled_from(ROUTES),
        priority=st.sampled_from([0, 2, 5, 9]),
        skew=st.sampled_from([0, -40, 40, 3_600_000]),
        last=st.none() | seats_,
        pick=picks,
    )
    def calls(self, route: Route, priority: int, skew: int, last: str | None, pick: int) -> None:
        """skew: how wrong the node's clock is, ms."""
        call = self.new_id(pick)
        since = self.do(self.acd.clock_ms()) + skew if skew else 0
        self.alive[call] = route
        self.offers(call, priority, since, last)

    @rule(pick=picks)
    def asks_again(self, pick: int) -> None:
        call = chosen(self.waiting, pick)
        if call is None:
            return
        known = self.do(self.acd.call(call))
        self.offers(call, known.priority if known else 5, known.since_ms if known else 0)

    def offers(self, call: str, priority: int, since: int, last: str | None = None) -> None:
        route = self.alive[call]
        node = call.partition("-")[0]
        asked = Offer(
            call, node, f"c-{call}", route.groups, route.language, priority, since, route.widen, last
        )
        self.take(self.do(self.acd.offer(asked)))

    def take(self, found: object) -> None:
        if isinstance(found, Reservation):
            self.in_hand[found.call_id] = found

    @rule(pick=picks)
    def owner_wakes(self, pick: int) -> None:
        call = chosen({*self.alive, *self.kept}, pick)
        found = self.do(self.acd.claim(call)) if call else None
        if found is None:
            return
        assert (found.call_id, found.fence) not in self.claimed
        self.claimed.add((found.call_id, found.fence))
        assert (found.channel == "") == (found.call_id in self.kept)
        if found.call_id in self.alive and found.call_id not in self.torn:
            self.take(found)

    @rule(pick=picks)
    def rings(self, pick: int) -> None:
        call = chosen(self.in_hand, pick)
        if call is None:
            return
        if self.do(self.acd.ringing(call, self.in_hand[call].fence)):
            self.rung.add(call)
        else:
            self.drop(call)

    @rule(pick=picks, told=st.booleans())
    def answers(self, pick: int, told: bool) -> None:
        call = chosen(self.rung, pick)
        if call is None:
            return
        found = self.in_hand[call]
        self.drop(call)
        if found.seat in self.talking.values():
            return
        if self.do(self.acd.answered(call, seat=found.seat, fence=found.fence if told else None)):
            self.talks(call, found.seat)

    @rule(pick=picks, reason=st.sampled_from(["no_answer", "busy", "unregistered"]))
    def misses(self, pick: int, reason: str) -> None:
        call = chosen(self.in_hand, pick)
        if call is None:
            return
        self.do(self.acd.missed(call, self.in_hand[call].fence, reason))
        self.drop(call)

    @rule(pick=picks, seat=seats_)
    def plain_queue_connects(self, pick: int, seat: str) -> None:
        call = chosen(self.waiting, pick)
        if call is None or seat in self.talking.values():
            return
        self.drop(call)
        assert self.do(self.acd.answered(call, seat=seat))
        self.talks(call, seat)

    def talks(self, call: str, seat: str) -> None:
        self.talking[call] = seat
        for other, dialling in list(self.dialled.items()):
            if dialling == seat:
                del self.dialled[other]  # one phone, one call

    @rule(pick=picks, seen=st.booleans())
    def hangs_up(self, pick: int, seen: bool) -> None:
        call = chosen(self.alive, pick)
        if call is None:
            return
        del self.alive[call]
        self.talking.pop(call, None)
        self.torn.discard(call)
        self.drop(call)
        if seen:
            self.do(self.acd.ended(call))
        else:
            self.unseen.add(call)

    def drop(self, call: str) -> None:
        self.in_hand.pop(call, None)
        self.rung.discard(call)

    # callbacks

    @rule(pick=picks)
    def keeps_the_place_and_hangs_up(self, pick: int) -> None:
        call, back = chosen(self.waiting, pick), self.new_id(pick)
        if call is None:
            return
        found = self.do(self.acd.keep_place(call, back, data={"callback": 1}))
        if found is not None:
            self.kept[back] = (Route(found.groups, found.language), found.since_ms, found.priority)
            self.drop(call)
            del self.alive[call]
            self.do(self.acd.ended(call))

    @rule(pick=picks)
    def citizen_picks_up(self, pick: int) -> None:
        back = chosen(self.kept, pick)
        if back is None:
            return
        self.alive[back] = self.kept.pop(back)[0]
        self.offers(back, 5, 0)

    @rule(pick=picks)
    def callback_is_dropped(self, pick: int) -> None:
        back = chosen(self.kept, pick)
        if back is None:
            return
        assert self.do(self.acd.drop_callback(back)) is not None
        del self.kept[back]

    # a leader

    @rule(pick=picks, seat=seats_, dies=st.booleans())
    def leader_assigns(self, pick: int, seat: str, dies: bool) -> None:
        """dies: the owner, before it has fetched a caller who talks."""
        call = chosen(self.alive, pick)
        if call is None:
            return
        if seat in self.talking.values() or not self.perhaps(self.acd.assign(call, seat, by="leader")):
            return
        self.drop(call)
        view = self.do(self.acd.call(call))
        self.not_judged.add(view.fence if view else None)
        if call in self.talking and dies:
            self.torn.add(call)
        else:
            self.talking.pop(call, None)

    @rule(pick=picks, route=st.sampled_from(ROUTES))
    def leader_moves(self, pick: int, route: Route) -> None:
        call = chosen(self.waiting, pick)
        if call is not None:
            self.do(self.acd.move(call, route.groups, route.language, by="leader"))

    # faults and upkeep

    @rule()
    def bridges_are_killed(self) -> None:
        self.in_hand.clear()
        self.rung.clear()

    @rule()
    def owners_resync(self) -> None:
        for node in NODES:
            self.do(self.acd.restore(node, self.snapshot(node)))
        self.unseen.clear()
        self.torn.clear()

    def snapshot(self, node: str) -> list[LiveCall]:
        live = []
        for call, route in self.alive.items():
            seat = self.talking.get(call)
            known: dict[str, Any] = {"groups": route.groups, "language": route.language}
            if not call.startswith(f"{node}-"):
                continue
            if seat:
                live.append(LiveCall(call, "c", "talking", seat, **known))
            elif call in self.rung:
                live.append(LiveCall(call, "c", "ringing", self.in_hand[call].seat, **known))
            else:
                live.append(LiveCall(call, "c", "waiting", **known))
        outgoing = (item for item in self.dialled.items() if item[0].startswith(f"{node}-"))
        return live + [
            LiveCall(call, "c", "ringing", seat, kind=CallKind.OUTGOING) for call, seat in outgoing
        ]

    @rule()
    def redis_comes_back_empty(self) -> None:
        """Owners bring the calls back, the database the callbacks and the groups' rules."""
        self.ask("FLUSHALL")
        self.owners_resync()
        for back, (route, since, priority) in self.kept.items():
            self.do(
                self.acd.enqueue_callback(
                    back,
                    back.partition("-")[0],
                    since_ms=since,
                    groups=route.groups,
                    language=route.language,
                    priority=priority,
                )
            )
        self.do(self.acd.configure(GroupRules(name, each) for name, each in self.strategies.items()))
