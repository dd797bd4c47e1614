"""One bridge process: answers the dialplan's questions, and stands by as a node's owner.

``python -m hotline_app.bridge --runtime FILE --slot K`` prints ``BRIDGE READY <port>`` when it would answer.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import structlog
import uvloop

from agi.accounts import Accounts
from agi.answering import ROUTE, Answering
from agi.callout import Calling
from agi.cards import Cards
from agi.live import LiveCalls
from agi.owner import Ordering, Owner
from agi.pop import PopBarrier
from agi.profiles import Profiles
from agi.prompts import PromptFolder, Voice
from agi.resync import Resync
from agi.rulebook import RuleBook
from agi.server import FastAgiServer
from agi.voicemail import Voicemails
from ami_bridge.tasks import end
from hotline_app import logs, wiring
from hotline_app.journey import build
from hotline_app.runtime import Runtime
from seats.orders import Orders
from transfer.citizens import Citizens

GENERAL = "general"


async def serve(runtime: Runtime, slot: int) -> None:
    """Runs until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as life:
        port = await _start(runtime, slot, life)
        print(f"BRIDGE READY {port}", flush=True)
        await stop.wait()


async def _start(runtime: Runtime, slot: int, life: AsyncExitStack) -> int:
    values = runtime.values
    store = await wiring.open_store(runtime, tolerate_away=True)
    life.push_async_callback(store.close)
    ledger = wiring.ledger(runtime, store)
    await ledger.start()
    life.push_async_callback(ledger.stop)
    clients = wiring.redis_clients(runtime)
    life.push_async_callback(clients.close)
    acd = wiring.acd(runtime, clients)
    orders = Orders(clients.call, poll=clients.poll)

    pops = PopBarrier(acd)
    listening = asyncio.create_task(pops.listen(), name="pops")
    life.callback(listening.cancel)

    cards = Cards(ledger)
    ordering = Ordering(
        orders=orders,
        nodes=tuple(endpoint.name for endpoint in runtime.nodes),
        ledger=ledger,
        outside=wiring.outside(runtime),
        unseal=wiring.number_seal(store.vault).unseal,
    )
    voicemails = Voicemails(runtime.recordings, shortest_s=values.voicemail.shortest_s)
    citizens = Citizens(ordering.outside, area_code=values.numbers.area_code)
    calling = Calling(store, citizens, shown=ordering.outside.shown, ring_s=values.callback.ring_s)
    for endpoint in runtime.nodes:
        live = LiveCalls(node=endpoint.name, ledger=ledger, acd=acd, cards=cards, voicemails=voicemails)
        owner = Owner(
            endpoint=endpoint,
            redis=clients.call,
            name=f"bridge{slot}-{os.getpid()}",
            acd=acd,
            live=live,
            resync=Resync(node=endpoint.name, acd=acd, ledger=ledger, live=live, groups=(GENERAL,)),
            accounts=Accounts(
                node=endpoint.name,
                cel=runtime.state.node(endpoint.name) / "log/cel-custom/cel.csv",
                bookmark=runtime.state.node(endpoint.name) / "cel.bookmark",
                ledger=ledger,
                voicemails=voicemails,
            ),
            ordering=ordering,
            calling=calling,
        )
        await owner.start()
        life.push_async_callback(owner.stop)

    rules = RuleBook(store, acd, general_group=GENERAL, office=(values.hours.open, values.hours.close))
    await rules.refresh()
    following = asyncio.create_task(rules.follow(), name="rules")
    life.push_async_callback(end, following)

    journey = build(
        values,
        voice=Voice(PromptFolder(_prompts(runtime)).path),
        ledger=ledger,
        acd=acd,
        cards=cards,
        profiles=Profiles(store, area_code=values.numbers.area_code),
        pops=pops,
        rules=rules,
        citizens=citizens,
        voicemails=voicemails,
    )
    server = FastAgiServer()
    server.add_route(ROUTE, Answering(journey).decide)
    bound = await server.listen(*runtime.bridges[slot])
    life.push_async_callback(server.close)
    return bound


def _prompts(runtime: Runtime) -> Path:
    node = runtime.private_node or runtime.values.nodes[0]
    return runtime.state.node(node.name) / "prompts"


def main() -> int:
    """The process's entry."""
    parser = argparse.ArgumentParser(prog="hotline_app.bridge")
    parser.add_argument("--runtime", type=Path, required=True)
    parser.add_argument("--slot", type=int, required=True)
    given = parser.parse_args()
    runtime = Runtime.read(given.runtime)
    name = f"bridge{given.slot}"
    logs.configure(runtime.state.log / f"{name}.log", process=name)
    try:
        uvloop.run(serve(runtime, given.slot))
    except OSError as fault:
        structlog.get_logger("bridge").error("bridge.cannot_start", error=str(fault))
        print(f"bridge{given.slot}: {fault}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
