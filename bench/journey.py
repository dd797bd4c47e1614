"""CPU per call of the whole journey, beside the same journey as plain dialplan with `Queue()` of 500 members.

Both sides in one run, one after the other (bench/_sides.py).
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from typing import Any

from asterisk_conf.obtain import Programs
from bench._sides import STAFFED, Load, ours, plain

MEMBERS = 500


async def _both(programs: Programs, load: Load, rounds: int) -> dict[str, Any]:
    sides: dict[str, list[dict[str, float]]] = {"plain": [], "ours": []}
    for _ in range(rounds):
        sides["plain"].append(await plain(programs, load, members=MEMBERS))
        sides["ours"].append(await ours(programs, load))
    best = {side: min(found, key=lambda parts: sum(parts.values())) for side, found in sides.items()}
    totals = {side: sum(parts.values()) for side, parts in best.items()}
    return {
        "calls": load.calls,
        "per_second": load.per_second,
        "members": MEMBERS,
        "staffed": STAFFED,
        "rounds": rounds,
        "cpu_ms_per_call": best,
        "total_ms_per_call": totals,
        "ratio": totals["ours"] / totals["plain"],
    }


def run(options: Sequence[str], programs: Programs) -> dict[str, Any]:
    """Runs both sides; CPU milliseconds a call by part, and the ratio of the totals."""
    parser = argparse.ArgumentParser(prog="./hotline bench journey")
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--per-second", type=float, default=8.0)
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args(list(options))
    return asyncio.run(_both(programs, Load(given.calls, given.per_second), given.rounds))


def shown(found: dict[str, Any]) -> str:
    """The figures as a person reads them."""
    lines = [f"{found['calls']} calls at {found['per_second']:g}/s, best of {found['rounds']}; CPU ms a call"]
    for side, parts in found["cpu_ms_per_call"].items():
        told = "  ".join(f"{part} {ms:.2f}" for part, ms in parts.items())
        lines.append(f"{side:6} {found['total_ms_per_call'][side]:6.2f}   {told}")
    lines.append(f"ours ÷ plain = {found['ratio']:.2f}")
    return "\n".join(lines)
