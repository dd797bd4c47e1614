"""Redis frozen, killed and back empty: a clear answer in time, and everything goes on afterwards."""

import asyncio
import os
import signal
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis import Redis as BlockingRedis
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisGone

from asterisk_conf.obtain import Programs
from seats import Acd, AcdRules, AcdUnavailable, CallView, SeatState, connect
from tests.seats.conftest import NODE, Hall, soon

CALL = "node1-1.1"
# The promise is 0.7 s; the rest is what a busy machine may add to it.
IN_TIME_S = 2.0


class Server:
    def __init__(self, programs: Programs, directory: Path) -> None:
        self._programs = programs
        self._socket = directory / "r.sock"
        self._directory = directory
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    def start(self) -> None:
        options = (
            "--port",
            "0",
            "--unixsocket",
            str(self._socket),
            "--save",
            "",
            "--dir",
            str(self._directory),
        )
        self.process = subprocess.Popen(
            self._programs.argv("redis-server", *options),
            env=self._programs.env("redis-server"),
            stdout=subprocess.DEVNULL,
        )
        client = BlockingRedis.from_url(self.url)
        deadline = time.monotonic() + 20
        while True:
            try:
                client.ping()
                break
            except RedisGone:
                assert time.monotonic() < deadline, "redis-server did not start"
                time.sleep(0.02)
        client.close()

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        os.kill(self.process.pid, number)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()


@pytest.fixture
def server(programs: Programs, short_dir: Path) -> Iterator[Server]:
    directory = short_dir / f"o{time.monotonic_ns()}"
    directory.mkdir()
    server = Server(programs, directory)
    server.start()
    yield server
    server.kill()


@pytest.fixture
async def own(server: Server) -> AsyncIterator[Hall]:
    clients = connect(server.url)
    acd = Acd(clients.call, rules=AcdRules(reserve_lease_s=0.05), poll=clients.poll)
    yield Hall(acd)
    await acd.close()


async def unavailable_in_time(hall: Hall) -> None:
    began = time.monotonic()
    with pytest.raises(AcdUnavailable):
        await hall.offer(CALL)
    assert time.monotonic() - began < IN_TIME_S


async def test_frozen_then_thawed(server: Server, own: Hall) -> None:
    await own.ready("1001")
    server.signal(signal.SIGSTOP)
    await unavailable_in_time(own)
    await asyncio.gather(*(unavailable_in_time(own) for _ in range(30)))
    with pytest.raises(AcdUnavailable):
        await own.acd.seats()
    server.signal(signal.SIGCONT)
    # What was asked while frozen has been carried out meanwhile, once.
    assert (await own.reserved(CALL)).seat == "1001"
    assert len(await own.acd.calls()) == 1


async def test_a_patient_client_does_not_make_a_caller_wait(server: Server) -> None:
    client = Redis.from_url(server.url, decode_responses=True, socket_timeout=60)
    acd = Acd(client, rules=AcdRules())
    await acd.sweep()
    server.signal(signal.SIGSTOP)
    await unavailable_in_time(Hall(acd))
    server.signal(signal.SIGCONT)
    await acd.close()


def keep_busy(url: str, over: threading.Event) -> None:
    """Lets Redis work some 20 ms between any two looks at its other clients."""
    with BlockingRedis.from_url(url) as client:
        while not over.is_set():
            client.eval("for _ = 1, 2000000 do end", 0)


async def test_a_rush_waits_its_turn_while_redis_answers(server: Server) -> None:
    """Redis is slow, some 800 answers a second: the line lasts longer than the limit of one question."""
    clients = connect(server.url, timeout_s=10)
    acd = Acd(clients.call, rules=AcdRules(answer_within_s=1.0), poll=clients.poll)
    over = threading.Event()
    slowing = asyncio.create_task(asyncio.to_thread(keep_busy, server.url, over))
    asked: list[asyncio.Task[CallView | None]] = []
    try:
        for _ in range(40):  # in gusts: making all at once would hold up our own loop
            asked += [asyncio.create_task(acd.call(CALL)) for _ in range(100)]
            await asyncio.sleep(0)
        assert await asyncio.gather(*asked) == [None] * len(asked)
    finally:
        over.set()
        await slowing
    await acd.close()


async def test_a_claim_whose_answer_was_lost_is_undone_by_its_lease(server: Server, own: Hall) -> None:
    await own.offer(CALL)
    await own.ready("1001")
    server.signal(signal.SIGSTOP)
    with pytest.raises(AcdUnavailable):
        await own.acd.claim(CALL)
    server.signal(signal.SIGCONT)
    await asyncio.sleep(0.1)
    await own.acd.sweep()
    assert await own.acd.claim(CALL) is not None


async def test_killed_and_back_empty(server: Server, own: Hall) -> None:
    await own.ready("1001")
    await own.offer(CALL, "tax")
    wakes, popped = own.acd.wakes(NODE), own.acd.popped()
    events = own.acd.events(await own.acd.last_event_id())
    woken, shown = asyncio.create_task(soon(wakes)), asyncio.create_task(soon(popped))
    told = asyncio.create_task(soon(events))
    await asyncio.sleep(0.1)
    server.kill()
    await unavailable_in_time(own)
    server.start()
    assert (await own.acd.heartbeat("1001")).state is SeatState.SIGNED_OUT
    await own.offer(CALL)
    await own.ready("1001")
    assert (await woken).call_id == CALL
    assert (await told).type == "call.changed"
    while not shown.done():
        await own.acd.acknowledge_pop(CALL, 7)
        await asyncio.wait([shown], timeout=0.05)
    assert shown.result() == (CALL, 7)
    assert await own.acd.claim(CALL) is not None


async def test_gone(server: Server, own: Hall) -> None:
    server.kill()
    await unavailable_in_time(own)
    server.start()
    await own.ready("1001")
    assert (await own.reserved(CALL)).seat == "1001"


async def test_a_redis_that_refuses_is_unavailable_too(server: Server, own: Hall) -> None:
    client = BlockingRedis.from_url(server.url)
    client.replicaof("127.0.0.1", 1)
    await unavailable_in_time(own)
    client.replicaof("NO", "ONE")
    client.close()
    await own.offer(CALL)
