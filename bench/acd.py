"""The ACD beside Asterisk's own `Queue()`: matches a second, the script's own time, CPU per answered call.

The matcher alone runs in a real Redis with 2,000 seats, 50 groups and 10,000 waiting callers
(bench/_matcher.py).  Then, in the same run, the same telephone network calls the whole house (Asterisk,
bridges, Redis, database, desk) with 2,000 seats, and plain Asterisk with queues of 500 and of 2,000 members
(bench/_sides.py).
"""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Sequence
from typing import Any

from asterisk_conf.obtain import Programs
from bench import _matcher
from bench._sides import STAFFED, Load, ours, plain

MEMBERS = (500, 2_000)
TARGETS = {"matches_per_s": 5_000, "match_p99_us": 5_000, "growth": "log n", "ours_to_queue_2000": 1.0}


async def _all(programs: Programs, matches: int, load: Load, rounds: int) -> dict[str, Any]:
    matcher = await _matcher.measured(programs, matches=matches)
    found: dict[str, Any] = {
        "machine": {"cores": os.cpu_count(), "load_before": os.getloadavg()},
        "targets": TARGETS,
        "matcher": matcher,
    }
    if load.calls:
        found["calls"] = await _calls(programs, load, rounds)
    return found


async def _calls(programs: Programs, load: Load, rounds: int) -> dict[str, Any]:
    sides: dict[str, list[dict[str, float]]] = {}
    for _ in range(rounds):
        for members in MEMBERS:
            sides.setdefault(f"queue_{members}", []).append(await plain(programs, load, members=members))
        sides.setdefault("ours_2000", []).append(await ours(programs, load, seats=MEMBERS[-1]))
    best = {side: min(runs, key=lambda parts: sum(parts.values())) for side, runs in sides.items()}
    totals = {side: sum(parts.values()) for side, parts in best.items()}
    return {
        "calls": load.calls,
        "per_second": load.per_second,
        "staffed": STAFFED,
        "rounds": rounds,
        "cpu_ms_per_call": best,
        "total_ms_per_call": totals,
        "ours_to_queue": {
            str(members): round(totals["ours_2000"] / totals[f"queue_{members}"], 3) for members in MEMBERS
        },
    }


def run(options: Sequence[str], programs: Programs) -> dict[str, Any]:
    """The matcher's figures (microseconds are Redis's own), CPU milliseconds a call by part, ratios."""
    parser = argparse.ArgumentParser(prog="./hotline bench acd")
    parser.add_argument("--matches", type=int, default=8_000)
    parser.add_argument("--calls", type=int, default=200, help="0: the matcher alone")
    parser.add_argument("--per-second", type=float, default=8.0)
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args(list(options))
    load = Load(given.calls, given.per_second)
    return asyncio.run(_all(programs, given.matches, load, given.rounds))


def shown(found: dict[str, Any]) -> str:
    """The figures as a person reads them."""
    matcher = found["matcher"]
    lines = [
        f"{matcher['seats']} seats, {matcher['groups']} groups, {matcher['waiting']} waiting:",
        f"  {matcher['matches_per_s']} matches/s; in the script p50 {matcher['match_p50_us']:.0f} µs, "
        f"p99 {matcher['match_p99_us']:.0f} µs, over 5 ms: {matcher['matches_over_5_ms']}",
    ]
    lines += [
        f"  {depth:>6} waiting: {cost['mean_us']:.0f} µs a match (p50 {cost['p50_us']:.0f})"
        for depth, cost in matcher["match_by_depth"].items()
    ]
    growth, log_growth = matcher["growth_100_to_10000"], matcher["log_growth"]
    lines.append(f"  100 → 10,000 waiting: × {growth} (log n would be × {log_growth})")
    if "calls" in found:
        calls = found["calls"]
        lines.append(
            f"{calls['calls']} calls at {calls['per_second']:g}/s, best of {calls['rounds']}; CPU ms a call"
        )
        for side, parts in calls["cpu_ms_per_call"].items():
            told = "  ".join(f"{part} {ms:.2f}" for part, ms in parts.items())
            lines.append(f"{side:10} {calls['total_ms_per_call'][side]:6.2f}   {told}")
        for members, ratio in calls["ours_to_queue"].items():
            lines.append(f"ours ÷ Queue() with {members} members = {ratio:.2f}")
    return "\n".join(lines)
