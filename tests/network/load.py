"""Many citizens at a steady rate."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from .citizen import Citizen
from .leg import Leg


class Callers(Protocol):
    """What a load needs of the network."""

    def citizen(
        self, number: str, *, speaks: bool = True, records: bool = True, node: int = 0
    ) -> Citizen:  # pragma: no cover
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """What each caller of a load does.

    caller: number of the n-th (from 0); node: to which node of the hotline it is delivered.
    does: its behaviour once answered; None: stays until the far end hangs up.
    lasts_s: a call longer than this is hung up.  Silent and deaf by default: that is cheap.
    """

    caller: Callable[[int], str] = lambda n: f"1390476{n:04d}"
    does: Callable[[Leg], Awaitable[None]] | None = None
    lasts_s: float = 60.0
    speaks: bool = False
    records: bool = False
    node: Callable[[int], int] = lambda n: 0


async def run(net: Callers, calls: int, per_second: float, number: str, plan: Plan) -> list[Leg]:
    """Places the n-th call n / per_second s after the first, late or not; returns all legs at their end."""
    start = time.monotonic()
    legs: list[Leg] = []
    lives: list[asyncio.Task[None]] = []
    try:
        for n in range(calls):
            await asyncio.sleep(max(start + n / per_second - time.monotonic(), 0))
            citizen = net.citizen(plan.caller(n), speaks=plan.speaks, records=plan.records, node=plan.node(n))
            legs.append(await citizen.dials(number))
            lives.append(asyncio.create_task(_live(legs[-1], plan)))
        await asyncio.gather(*lives)
    finally:
        for life in lives:
            life.cancel()
    return legs


async def _live(leg: Leg, plan: Plan) -> None:
    try:
        async with asyncio.timeout(plan.lasts_s):
            if plan.does is not None:
                await leg.settles(within_s=plan.lasts_s)
                if leg.talks:
                    await plan.does(leg)
                    await leg.hangs_up()
            await leg.ends(within_s=plan.lasts_s)
    except TimeoutError:
        await leg.hangs_up()
