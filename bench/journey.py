"""CPU per call of the whole journey, beside the same journey as plain dialplan with `Queue()` of 500 members.

Both sides in one run, one after the other, with the same telephone network, the same seats' phones, the same
recording in two tracks and the same event log.  Wall time is not compared: only CPU, by part.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from asterisk_conf.obtain import Programs
from asterisk_conf.render import render
from bench import _cpu
from crm import catalogue
from hotline_app import wiring
from hotline_app.asterisk_server import AsteriskServer
from hotline_app.runtime import Runtime
from hotline_app.settings import Values
from hotline_app.state import State
from tests.live.books import settled
from tests.live.house import House, free_ports
from tests.live.scene import Scene
from tests.network.leg import Leg
from tests.network.load import Plan
from tests.network.network import Network

MEMBERS = 500
STAFFED = 30
TALK_S = 1.0
WARM_UP = 30
PLAIN = Path(__file__).parent / "plain"


async def _citizen(leg: Leg) -> None:
    await leg.presses("1")
    await leg.ends(within_s=60)


async def _load(net: Network, calls: int, per_second: float) -> None:
    legs = await net.load(calls=calls, per_second=per_second, plan=Plan(does=_citizen, lasts_s=60))
    failed = [leg for leg in legs if leg.answered_at is None]
    if failed:
        raise RuntimeError(
            f"{len(failed)} of {calls} calls were not answered: the figures would mean nothing"
        )


async def _ours(programs: Programs, calls: int, per_second: float) -> dict[str, float]:
    house = await House.built(
        seats=[str(1001 + n) for n in range(STAFFED)], settings={"queue": {"wrap_up_s": 0}}
    )
    try:
        async with Scene(programs, house) as scene:
            await scene.staffed(speaks=False)
            for phone in scene.phones.values():
                phone.answers(talks=TALK_S)
            await _load(scene.net, WARM_UP, per_second)
            await settled(scene, WARM_UP)

            def now() -> dict[str, float]:
                pids = house.our_processes()
                bridges = [pids["bridge-0"], pids["bridge-1"]]
                loops = sum(_cpu.main_thread_ms(pid) for pid in bridges)
                return {
                    "asterisk": _cpu.process_ms(house.pid_of("asterisk")),
                    "bridges": loops,
                    "database": sum(_cpu.process_ms(pid) for pid in bridges) - loops,
                    "redis": _cpu.process_ms(house.pid_of("redis")),
                    "desk": _cpu.process_ms(pids["desk"]),
                    "supervisor": _cpu.process_ms(pids["up"]),
                }

            before = now()
            await _load(scene.net, calls, per_second)
            after = now()
            await settled(scene, WARM_UP + calls)
            return _cpu.spent(before, after, calls)
    finally:
        await house.demolish()


async def _plain(programs: Programs, calls: int, per_second: float) -> dict[str, float]:
    base = Path(tempfile.mkdtemp(prefix="hl-plain-"))
    try:
        return await _plain_at(base, programs, calls, per_second)
    finally:
        shutil.rmtree(base, ignore_errors=True)


async def _plain_at(base: Path, programs: Programs, calls: int, per_second: float) -> dict[str, float]:
    sip, ami, web = free_ports(3)
    state = State(base / "state")
    state.make()
    values = {"sip": {"port": sip}, "web": {"port": web}, "nodes": [{"name": "plain", "port": ami}]}
    runtime = Runtime(Values.model_validate(values), state)
    store = await wiring.open_store(runtime, tolerate_away=False)
    try:
        seats = await catalogue.ensure_seats(store, [str(1001 + n) for n in range(MEMBERS)])
        lines = await catalogue.lines(store)
    finally:
        await store.close()
    plan = wiring.node_plan(runtime, programs, seats=seats, lines=lines)
    asterisk = AsteriskServer(programs, state, "plain", None)
    asterisk.prepare(plan)
    render(plan, asterisk.conf, templates=[PLAIN])
    asterisk.start()
    await asterisk.ready()
    try:
        async with Network(programs, hotline_sip=("127.0.0.1", sip)) as net:
            secrets = {seat.ext: seat.secret for seat in seats[:STAFFED]}
            for phone in await net.seats(secrets, speaks=False):
                phone.answers(talks=TALK_S)
            await _load(net, WARM_UP, per_second)
            assert asterisk.process.record is not None
            pid = asterisk.process.record.pid
            before = {"asterisk": _cpu.process_ms(pid)}
            await _load(net, calls, per_second)
            return _cpu.spent(before, {"asterisk": _cpu.process_ms(pid)}, calls)
    finally:
        await asterisk.stop()


async def _both(programs: Programs, calls: int, per_second: float, rounds: int) -> dict[str, Any]:
    sides: dict[str, list[dict[str, float]]] = {"ours": [], "plain": []}
    run: dict[str, Callable[[Programs, int, float], Awaitable[dict[str, float]]]]
    run = {"plain": _plain, "ours": _ours}
    for _ in range(rounds):
        for side, measure in run.items():
            sides[side].append(await measure(programs, calls, per_second))
    best = {side: min(found, key=lambda parts: sum(parts.values())) for side, found in sides.items()}
    totals = {side: sum(parts.values()) for side, parts in best.items()}
    return {
        "calls": calls,
        "per_second": per_second,
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
    return asyncio.run(_both(programs, given.calls, given.per_second, given.rounds))


def shown(found: dict[str, Any]) -> str:
    """The figures as a person reads them."""
    lines = [f"{found['calls']} calls at {found['per_second']:g}/s, best of {found['rounds']}; CPU ms a call"]
    for side, parts in found["cpu_ms_per_call"].items():
        told = "  ".join(f"{part} {ms:.2f}" for part, ms in parts.items())
        lines.append(f"{side:6} {found['total_ms_per_call'][side]:6.2f}   {told}")
    lines.append(f"ours ÷ plain = {found['ratio']:.2f}")
    return "\n".join(lines)
