"""The two sides of every comparison: the whole house, and the same journey as plain dialplan with `Queue()`.

The same telephone network, the same seats' phones, the same recording in two tracks and the same event log on
both sides.  Wall time is not compared: only CPU, by part.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from asterisk_conf.obtain import Programs
from asterisk_conf.render import render
from bench import _cpu
from crm import catalogue
from hotline_app import wiring
from hotline_app.asterisk_server import AsteriskServer
from hotline_app.runtime import Runtime
from hotline_app.settings import Values
from hotline_app.state import State
from seats import Acd
from tests.live.books import settled
from tests.live.house import House, free_ports
from tests.live.scene import Scene
from tests.network.leg import Leg
from tests.network.load import Plan
from tests.network.network import Network

STAFFED = 30
TALK_S = 1.0
WARM_UP = 30
PLAIN = Path(__file__).parent / "plain"


@dataclass(frozen=True, slots=True)
class Load:
    """How many calls, how fast; milliseconds of CPU a call come out."""

    calls: int
    per_second: float


async def _citizen(leg: Leg) -> None:
    await leg.presses("1")
    await leg.ends(within_s=60)


async def _calls(net: Network, calls: int, per_second: float) -> None:
    legs = await net.load(calls=calls, per_second=per_second, plan=Plan(does=_citizen, lasts_s=60))
    failed = [leg for leg in legs if leg.answered_at is None]
    if failed:
        raise RuntimeError(
            f"{len(failed)} of {calls} calls were not answered: the figures would mean nothing"
        )


async def ours(programs: Programs, load: Load, *, seats: int = STAFFED) -> dict[str, float]:
    """CPU milliseconds an answered call, by part.  ``seats``: how many the directory, Asterisk and the ACD
    have; STAFFED of them have a phone and take calls, the others are on a break."""
    staffed = [str(1001 + n) for n in range(STAFFED)]
    house = await House.built(seats=staffed, settings={"queue": {"wrap_up_s": 0}})
    others = [str(1001 + n) for n in range(STAFFED, seats)]
    store = await house.store()
    try:
        await catalogue.ensure_seats(store, others)
    finally:
        await store.close()
    try:
        async with Scene(programs, house) as scene:
            await _on_a_break(house, others)
            await scene.staffed(speaks=False)
            for phone in scene.phones.values():
                phone.answers(talks=TALK_S)
            await _calls(scene.net, WARM_UP, load.per_second)
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
            await _calls(scene.net, load.calls, load.per_second)
            after = now()
            await settled(scene, WARM_UP + load.calls)
            return _cpu.spent(before, after, load.calls)
    finally:
        await house.demolish()


async def _on_a_break(house: House, seats: list[str]) -> None:
    clients = wiring.redis_clients(house.runtime)
    acd = Acd(clients.call, rules=wiring.acd_rules(house.runtime), poll=clients.poll)
    try:
        for seat in seats:
            await acd.sign_in(seat, user=f"u{seat}", name=seat, groups={"general": 1}, languages=["zh"])
    finally:
        await acd.close()


async def plain(programs: Programs, load: Load, *, members: int) -> dict[str, float]:
    """The same of Asterisk with `Queue()`; ``members`` in the queue, STAFFED of them with a phone."""
    base = Path(tempfile.mkdtemp(prefix="hl-plain-"))
    try:
        return await _plain_at(base, programs, load, members)
    finally:
        shutil.rmtree(base, ignore_errors=True)


async def _plain_at(base: Path, programs: Programs, load: Load, members: int) -> dict[str, float]:
    sip, ami, web = free_ports(3)
    state = State(base / "state")
    state.make()
    values = {"sip": {"port": sip}, "web": {"port": web}, "nodes": [{"name": "plain", "port": ami}]}
    runtime = Runtime(Values.model_validate(values), state)
    store = await wiring.open_store(runtime, tolerate_away=False)
    try:
        seats = await catalogue.ensure_seats(store, [str(1001 + n) for n in range(members)])
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
            await _calls(net, WARM_UP, load.per_second)
            assert asterisk.process.record is not None
            pid = asterisk.process.record.pid
            before = {"asterisk": _cpu.process_ms(pid)}
            await _calls(net, load.calls, load.per_second)
            return _cpu.spent(before, {"asterisk": _cpu.process_ms(pid)}, load.calls)
    finally:
        await asterisk.stop()
