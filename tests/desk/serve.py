"""Starts a desk for somebody who works on the console: real Redis, SQLite, the users of standing.py.

    python -m tests.desk.serve [--port 8090] [--dist console/dist] [--calls]

Every user's password is standing.PASSWORD.  `--calls` lets a call arrive every few seconds, so that something
happens on the page: it is offered to the ACD, and answered and ended when a seat is there.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from asterisk_conf.obtain import programs
from crm import Arrival, Mark, Outcome, UserExists, now_ms
from hotline_app.desk.config import DeskConfig
from seats import Offer, Reservation
from tests.desk.standing import PASSWORD, USERS, Standing, seed, standing

_CALLERS = ("13904760001", "0476-8200001", "15800000002", "18600000003", "")


async def serve(given: argparse.Namespace, base: Path, redis_url: str) -> None:
    config = DeskConfig(
        recordings=base / "recordings",
        console=given.dist,
        nodes=("node1",),
        login_tries=1000,
    )
    database = f"sqlite:///{base / 'desk.db'}"
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with standing(
        redis_url=redis_url, database_url=database, base=base, port=given.port, config=config
    ) as desk:
        with suppress(UserExists):
            await seed(desk.store)
        print(f"READY {desk.url}  users: {', '.join(USERS)}  password: {PASSWORD}", flush=True)
        tasks = [asyncio.create_task(_sweep(desk))]
        if given.calls:
            tasks.append(asyncio.create_task(_calls(desk)))
        await stop.wait()
        for task in tasks:
            task.cancel()


async def _sweep(desk: Standing) -> None:
    while True:
        await asyncio.sleep(1)
        await desk.acd.sweep()


async def _calls(desk: Standing) -> None:
    """The bridge's part, without a telephone."""
    running: set[asyncio.Task[None]] = set()
    for number in itertools.count(1):
        caller = _CALLERS[number % len(_CALLERS)]
        task = asyncio.create_task(_one(desk, f"node1-{now_ms() // 1000}.{number}", caller))
        running.add(task)
        task.add_done_callback(running.discard)
        await asyncio.sleep(8)


async def _one(desk: Standing, call_id: str, caller: str) -> None:
    began = now_ms()
    opened = await desk.ledger.open(Arrival(call_id, "node1", "carrier", "12345", caller, "", began))
    card = {
        "ticket_no": opened.ticket_no,
        "caller_masked": opened.caller_masked,
        "place": opened.place,
        "line": "12345",
        "line_name": opened.line_name,
        "department": opened.department,
        "origin": "carrier",
        "language": "zh",
    }
    await desk.ledger.mark(Mark(call_id, "offered", now_ms()))
    for _ in range(60):
        found = await desk.acd.offer(
            Offer(call_id, "node1", "PJSIP/carrier-00000001", waiting_since_ms=began, card=card)
        )
        if isinstance(found, Reservation):
            await desk.acd.pop(found)
            await desk.acd.ringing(call_id, found.fence)
            await asyncio.sleep(3)
            await desk.acd.answered(call_id, seat=found.seat, fence=found.fence)
            await desk.ledger.mark(Mark(call_id, "answered", now_ms(), seat=found.seat))
            await asyncio.sleep(20)
            await desk.acd.ended(call_id)
            await desk.ledger.close(call_id, Outcome.ANSWERED, now_ms(), 16, seat=found.seat)
            return
        await asyncio.sleep(1)
    await desk.acd.ended(call_id)
    await desk.ledger.close(call_id, Outcome.ABANDONED_QUEUE, now_ms(), 16)


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.desk.serve")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--dist", type=Path, default=Path("console/dist"))
    parser.add_argument("--calls", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hl-desk-") as directory:
        base = Path(directory)
        socket = base / "redis.sock"
        tools = programs(test=True)
        options = ("--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", directory)
        redis = subprocess.Popen(
            tools.argv("redis-server", *options, "--logfile", str(base / "redis.log")),
            env=tools.env("redis-server"),
            start_new_session=True,  # Ctrl-C is for the desk first
        )
        try:
            while not socket.exists() and redis.poll() is None:
                time.sleep(0.02)
            asyncio.run(serve(given, base, f"unix://{socket}"))
        finally:
            redis.terminate()
            redis.wait(10)


if __name__ == "__main__":
    main()
