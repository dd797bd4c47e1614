"""The ACD's scripts alone, in a real Redis: 2,000 seats, 50 groups, queues of 100 to 10,000 callers.

A match is the script `ready` that finds a caller: the seat's document is read and written, the caller leaves
all its lanes, the wake, the events, the rates and the groups' figures are written.  Times are Redis's own
(``INFO commandstats`` and ``latencystats``); nothing but the scripts named runs while they are counted.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import random
import time
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from redis.asyncio import Redis

from asterisk_conf.obtain import Programs
from bench import _cpu
from bench._redis import private_redis
from seats import Acd, AcdRules, GroupRules, Offer, Reservation, SeatState, Strategy, Waiting, Widen, connect
from seats.keys import KEYS
from seats.script_book import ScriptBook

SEATS = 2_000
GROUPS = 50
DEPTHS = (100, 1_000, 10_000)
ROUND = 40  # matches between two refills of the queue, so that its depth stays what it is named
PIPELINE = 20
RULES = AcdRules(answer_within_s=30, wrap_up_s=3600, remember_s=3600)
NODE = "node1"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cost:
    """One kind of script, microseconds as Redis counted them."""

    scripts: int
    mean_us: float
    p50_us: float
    p99_us: float
    p999_us: float


class Hall:
    """2,000 seats in 50 groups, each in three of them; every tenth speaks Mongolian too."""

    def __init__(self, redis: Redis, acd: Acd) -> None:
        self.redis = redis
        self.acd = acd
        self._random = random.Random(12345)
        self._numbers = itertools.count()
        self.seats = [str(10_000 + n) for n in range(SEATS)]
        self.waiting = 0
        self._fcall = ScriptBook(RULES).function("ready")
        self._requests = itertools.count()

    async def opens(self) -> None:
        strategies = itertools.cycle(Strategy)
        await self.acd.configure(GroupRules(_group(n), next(strategies)) for n in range(GROUPS))
        await self._all(self._sits(n, seat) for n, seat in enumerate(self.seats))

    async def _sits(self, n: int, seat: str) -> None:
        groups = {_group(n * step % GROUPS): 1 + n % 3 for step in (1, 7, 13)}
        languages = ["zh", "mn"] if n % 10 == 0 else ["zh"]
        await self.acd.sign_in(seat, user=seat, name="王芳", groups=groups, languages=languages)
        await self.acd.contact(seat, True, node=NODE)
        await self.acd.device(seat, "NOT_INUSE", node=NODE)

    def _offer(self) -> Offer:
        number, chance = next(self._numbers), self._random
        first, second, third = chance.sample(range(GROUPS), 3)
        return Offer(
            f"{NODE}-1700000000.{number}",
            NODE,
            f"PJSIP/carrier-{number:08x}",
            groups=(_group(first), _group(second)),
            language="mn" if chance.random() < 0.05 else "zh",
            priority=chance.choice((5, 5, 5, 5, 5, 3, 2, 1, 0)),
            widen=(Widen(20, _group(third)),),
            last_seat=chance.choice(self.seats) if chance.random() < 0.3 else None,
            card={"caller_masked": "139****0001", "place": "内蒙古赤峰", "line": "12345", "number": number},
        )

    async def fills(self, depth: int) -> None:
        """Callers until so many wait.  No seat is free meanwhile."""
        found = await self._all(self.acd.offer(self._offer()) for _ in range(depth - self.waiting))
        assert all(isinstance(each, Waiting) for each in found)
        self.waiting = depth

    async def matched(self, seats: list[str]) -> int:
        """All these seats become ready, pipelined; returns how many of them got a caller."""
        got = 0
        for begin in range(0, len(seats), PIPELINE):
            pipe = self.redis.pipeline(transaction=False)
            for seat in seats[begin : begin + PIPELINE]:
                request = f"r{next(self._requests)}"
                pipe.execute_command(
                    "FCALL", self._fcall, len(KEYS), *KEYS.values(), seat, "ready", "", request
                )
            got += sum('"state":"reserved"' in document for document in await pipe.execute())
        self.waiting -= got
        return got

    async def rests(self, seats: list[str]) -> None:
        """They have served whom they got, and take a break."""

        async def one(seat: str) -> None:
            view = await self.acd.seat(seat)
            if view.call_id:
                assert await self.acd.answered(view.call_id, seat=seat, fence=view.fence)
                await self.acd.ended(view.call_id)
            await self.acd.not_ready(seat, "break")

        await self._all(map(one, seats))

    async def direct(self, count: int) -> None:
        """Callers who find a free seat at once, while thousands wait in other lanes."""
        for n in range(count):
            seat = f"9{n:04d}"
            await self.acd.sign_in(seat, user=seat, name="李", groups={"spare": 1}, languages=[])
            await self.acd.ready(seat)

        async def one(n: int) -> None:
            found = await self.acd.offer(Offer(f"{NODE}-9.{n}", NODE, "PJSIP/carrier-9", groups=("spare",)))
            assert isinstance(found, Reservation)

        await self.forget_figures()
        await self._all(map(one, range(count)))

    async def forget_figures(self) -> None:
        await self.redis.config_resetstat()

    async def figures(self) -> Cost:
        stats: dict[str, Any] = (await self.redis.info("commandstats"))["cmdstat_fcall"]
        shares: dict[str, Any] = (await self.redis.info("latencystats"))["latency_percentiles_usec_fcall"]
        return Cost(stats["calls"], stats["usec_per_call"], shares["p50"], shares["p99"], shares["p99.9"])

    async def _all(self, work: Iterable[Awaitable[T]]) -> list[T]:
        return list(await asyncio.gather(*work))


def _group(number: int) -> str:
    return f"g{number:02d}"


async def measured(programs: Programs, *, matches: int) -> dict[str, Any]:
    """Every figure of the matcher: throughput, cost by depth, and the script's own tail."""
    async with private_redis(programs) as url:
        clients = connect(url, timeout_s=30)
        acd = Acd(clients.call, rules=RULES, poll=clients.poll)
        try:
            hall = Hall(clients.call, acd)
            await hall.opens()
            return await _figures(hall, matches)
        finally:
            await acd.close()


async def _figures(hall: Hall, matches: int) -> dict[str, Any]:
    by_depth = {}
    for depth in DEPTHS:
        await hall.fills(depth)
        by_depth[depth] = await _cost_at(hall, depth, matches // 4)
    throughput = await _throughput(hall, matches)
    await hall.forget_figures()
    await hall.fills(DEPTHS[-1] + 500)
    queued = await hall.figures()
    await hall.direct(500)
    found_at_once = await hall.figures()
    growth = by_depth[DEPTHS[-1]]["mean_us"] / by_depth[DEPTHS[0]]["mean_us"]
    return {
        "seats": SEATS,
        "groups": GROUPS,
        "waiting": DEPTHS[-1],
        **throughput,
        "match_by_depth": {str(depth): cost for depth, cost in by_depth.items()},
        "growth_100_to_10000": round(growth, 3),
        "log_growth": round(math.log(DEPTHS[-1]) / math.log(DEPTHS[0]), 3),
        "offer_queued": _rounded(queued),
        "offer_finds_a_seat": _rounded(found_at_once),
    }


async def _cost_at(hall: Hall, depth: int, matches: int) -> dict[str, float]:
    """Redis's own cost of a match while about ``depth`` callers wait."""
    assert all(seat.state is SeatState.NOT_READY for seat in await hall.acd.seats())
    total: list[tuple[int, Cost]] = []
    for begin in range(0, matches, ROUND):
        seats = [hall.seats[(begin + n) % SEATS] for n in range(ROUND)]
        await hall.forget_figures()
        got = await hall.matched(seats)
        total.append((got, await hall.figures()))
        await hall.rests(seats)
        await hall.fills(depth)
    asked = sum(cost.scripts for _, cost in total)
    return {
        "matches": sum(got for got, _ in total),
        "scripts": asked,
        "mean_us": round(sum(cost.mean_us * cost.scripts for _, cost in total) / asked, 1),
        "p50_us": round(sorted(cost.p50_us for _, cost in total)[len(total) // 2], 1),
        "p99_us": round(sorted(cost.p99_us for _, cost in total)[len(total) // 2], 1),
        "worst_us": round(max(cost.p999_us for _, cost in total), 1),
    }


async def _throughput(hall: Hall, matches: int) -> dict[str, Any]:
    """Matches a second of wall time, all seats at once, again and again; and the script's own tail of all."""
    seconds, got, costs = 0.0, 0, []
    redis = (await hall.redis.info("server"))["process_id"]
    cpu_ms = 0.0
    slow = 0
    while got < matches:
        await hall.forget_figures()
        await hall.redis.slowlog_reset()
        before, began = _cpu.process_ms(redis), time.perf_counter()
        got += await hall.matched(hall.seats)
        seconds += time.perf_counter() - began
        cpu_ms += _cpu.process_ms(redis) - before
        costs.append(await hall.figures())
        slow += int(await hall.redis.slowlog_len())
        await hall.rests(hall.seats)
        await hall.fills(DEPTHS[-1])
    return {
        "matches": got,
        "matches_per_s": round(got / seconds),
        "redis_cpu_ms_per_match": round(cpu_ms / got, 3),
        "match_mean_us": round(sum(c.mean_us for c in costs) / len(costs), 1),
        "match_p50_us": round(max(c.p50_us for c in costs), 1),
        "match_p99_us": round(max(c.p99_us for c in costs), 1),
        "match_p999_us": round(max(c.p999_us for c in costs), 1),
        "matches_over_5_ms": slow,
    }


def _rounded(cost: Cost) -> dict[str, float]:
    return {
        "scripts": cost.scripts,
        "mean_us": round(cost.mean_us, 1),
        "p50_us": round(cost.p50_us, 1),
        "p99_us": round(cost.p99_us, 1),
    }
