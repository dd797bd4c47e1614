"""The FastAGI server against peers that are not a well-behaved Asterisk, byte for byte."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from asterisk.agi import AGIHangup, AGIInvalidCommand, AGISIGPIPEHangup, AGIUnknownError, AGIUsageError

from agi.channel import Channel
from agi.request import HardenedRequest
from agi.server import FastAgiServer

HELLO = b"agi_network: yes\nagi_network_script: decide\nagi_uniqueid: t-1.1\n"
Script = Callable[[Channel], Awaitable[None]]


class Bench:
    """A running server whose one route runs the script of the test."""

    def __init__(self, server: FastAgiServer, port: int) -> None:
        self.server = server
        self.port = port
        self.script: Script | None = None
        self.failures: asyncio.Queue[BaseException | None] = asyncio.Queue()

    async def route(self, request: HardenedRequest) -> None:
        assert self.script is not None
        try:
            await self.script(Channel(request))
        except BaseException as failure:
            self.failures.put_nowait(failure)
            raise
        self.failures.put_nowait(None)

    async def peer(self, first: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(first)
        return reader, writer

    async def outcome(self) -> BaseException | None:
        async with asyncio.timeout(5):
            return await self.failures.get()


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    server = FastAgiServer(session_timeout_s=2.0, header_timeout_s=0.3)
    box = Bench(server, await server.listen("127.0.0.1", 0))
    server.add_route("decide", box.route)
    yield box
    await server.close()


async def answered(bench: Bench) -> None:
    """A good call gets through: it sets one variable and is done."""

    async def one_variable(channel: Channel) -> None:
        await channel.set_variable("HL_NEXT", "hangup")

    bench.script = one_variable
    reader, writer = await bench.peer(HELLO + b"\n")
    async with asyncio.timeout(2):
        assert await reader.readline() == b'SET VARIABLE HL_NEXT "hangup"\n'
        writer.write(b"200 result=1\n")
        assert await reader.read() == b""
    writer.close()
    assert await bench.outcome() is None


async def test_a_port_scan_does_not_freeze_the_loop(bench: Bench) -> None:
    for _ in range(20):
        _, writer = await bench.peer()
        writer.close()
    await answered(bench)


async def test_a_peer_that_closes_inside_the_headers_is_refused_and_the_next_call_works(bench: Bench) -> None:
    reader, writer = await bench.peer(b"agi_network: yes\nagi_net")
    writer.write_eof()
    assert await reader.read() == b""
    assert bench.server.refused == 1
    await answered(bench)


async def test_a_half_open_peer_is_dropped_after_the_header_limit(bench: Bench) -> None:
    reader, _ = await bench.peer(b"agi_network: yes\n")
    async with asyncio.timeout(2):
        assert await reader.read() == b""
    assert bench.server.refused == 1
    await answered(bench)


async def test_headers_without_end_are_refused(bench: Bench) -> None:
    reader, _ = await bench.peer(b"agi_x: " + b"A" * 200_000)
    async with asyncio.timeout(2):
        with contextlib.suppress(ConnectionResetError):  # closed while we still had bytes under way
            assert await reader.read() == b""
    assert bench.server.refused == 1
    await answered(bench)


async def test_random_bytes_never_end_the_server(bench: Bench) -> None:
    rng = random.Random(12345)
    for _ in range(30):
        _, writer = await bench.peer(rng.randbytes(rng.randrange(1, 4000)) + b"\n\n")
        writer.close()
    await answered(bench)


async def test_an_unknown_route_is_closed_without_a_command(bench: Bench) -> None:
    reader, _ = await bench.peer(b"agi_network_script: other\n\n")
    async with asyncio.timeout(2):
        assert await reader.read() == b""


async def test_a_gbk_name_of_a_thousand_characters_is_only_a_name(bench: Bench) -> None:
    names: list[str] = []

    async def note(channel: Channel) -> None:
        names.append(channel.caller_name)

    bench.script = note
    name = "赤峰市".encode("gbk") * 333
    reader, _ = await bench.peer(HELLO + b"agi_calleridname: " + name + b"\n\n")
    async with asyncio.timeout(2):
        assert await reader.read() == b""
    assert await bench.outcome() is None
    assert len(names[0]) > 900


async def test_hangup_between_replies_does_not_shift_them(bench: Bench) -> None:
    values: list[str] = []

    async def two_questions(channel: Channel) -> None:
        values.append(await channel.get_variable("A"))
        values.append(await channel.get_variable("B"))
        assert channel.asked_in_vain

    bench.script = two_questions
    reader, writer = await bench.peer(HELLO + b"\n")
    await reader.readline()
    writer.write(b"HANGUP\n200 result=1 (first (with) brackets)\n")
    await reader.readline()
    writer.write(b"100 trying\n200 result=1 (second)\n")
    assert await bench.outcome() is None
    assert values == ["first (with) brackets", "second"]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (b"510 Invalid or unknown command\n", AGIInvalidCommand),
        (b"511 Command Not Permitted on a dead channel\n", AGIHangup),
        (
            b"520-Invalid command syntax.  Proper usage follows:\nUsage: X\n520 End of proper usage.\n",
            AGIUsageError,
        ),
        (b"520 Invalid command syntax.\n", AGIUsageError),
        (b"what?\n", AGIUnknownError),
        (b"200 result=-1 (hangup)\n", AGIHangup),
    ],
)
async def test_each_refusal_is_an_exception_of_pyst2(
    bench: Bench, reply: bytes, error: type[Exception]
) -> None:
    async def ask(channel: Channel) -> None:
        await channel.get_variable("A")

    bench.script = ask
    reader, writer = await bench.peer(HELLO + b"\n")
    await reader.readline()
    writer.write(reply)
    assert isinstance(await bench.outcome(), error)
    await answered(bench)


async def test_a_peer_that_dies_inside_a_command_is_a_hangup(bench: Bench) -> None:
    async def ask(channel: Channel) -> None:
        await channel.get_variable("A")

    bench.script = ask
    reader, writer = await bench.peer(HELLO + b"\n")
    await reader.readline()
    writer.write(b"200 resu")
    writer.close()
    assert isinstance(await bench.outcome(), AGISIGPIPEHangup)


async def test_a_peer_that_never_replies_costs_the_time_limit_and_no_more(bench: Bench) -> None:
    async def ask(channel: Channel) -> None:
        await channel.get_variable("A")

    bench.script = ask
    reader, _ = await bench.peer(HELLO + b"\n")
    await reader.readline()
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    assert isinstance(await bench.outcome(), (TimeoutError, asyncio.CancelledError))
