"""A node that is gone: what is let go of, when, and what is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from agi import absence
from agi.absence import Absence, is_dead
from ami_bridge.tasks import end
from seats import AcdUnavailable, connect
from seats.orders import Order, Orders


class Node:
    """What a test says of a node, and what has been let go of."""

    def __init__(self, orders: Orders) -> None:
        self.dead = True
        self.away = 0  # so often Redis fails
        self.done: list[str] = []
        self.heard: list[Order] = []
        self.absence = Absence(
            node="node2",
            peers=("node1",),
            dead=self._dead,
            orders=orders,
            phones_gone=lambda: self._does("phones"),
            calls_gone=lambda: self._does("calls"),
        )
        self._peer = asyncio.create_task(self._own(orders))

    async def _dead(self) -> bool:
        return self.dead

    async def _does(self, what: str) -> int:
        if self.away:
            self.away -= 1
            raise AcdUnavailable("away")
        self.done.append(what)
        return 1

    async def _own(self, orders: Orders) -> None:
        async for order in orders.take("node1"):
            self.heard.append(order)
            self.done.append("legs")
            await orders.done(order, {"legs": 1})

    async def has(self, *done: str) -> None:
        async with asyncio.timeout(10):
            while self.done != list(done):  # noqa: ASYNC110 - told by tasks of the absence
                await asyncio.sleep(0.02)

    async def leaves(self) -> None:
        await self.absence.stop()
        await end(self._peer)


@pytest.fixture
async def node(redis_url: str, redis_clean: Redis, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Node]:
    for name, value in (("LOOK_S", 0.05), ("DEAD_S", 0.05), ("SILENT_S", 0.4), ("CALLS_S", 0.5)):
        monkeypatch.setattr(absence, name, value)
    clients = connect(redis_url, timeout_s=10)
    made = Node(Orders(clients.call, poll=clients.poll))
    yield made
    await made.leaves()
    await clients.close()


async def test_of_a_dead_node_everything_is_let_go(node: Node) -> None:
    node.absence.begins()
    node.absence.begins()
    await node.has("phones", "legs", "calls")
    assert [(order.name, order.data) for order in node.heard] == [("drop-peer", {"peer": "node2"})]


async def test_of_a_node_that_lives_only_the_phones(node: Node) -> None:
    node.dead = False
    node.absence.begins()
    await node.has("phones")
    await asyncio.sleep(1)
    assert node.done == ["phones"]


async def test_a_link_that_is_back_in_time_costs_nothing(node: Node) -> None:
    node.dead = False
    node.absence.begins()
    await asyncio.sleep(0.1)
    node.absence.over()
    await asyncio.sleep(1)
    assert node.done == []


async def test_one_that_has_restarted_lets_its_peers_know(node: Node) -> None:
    node.absence.restarted()
    await node.has("legs")


async def test_redis_away_for_a_moment_only_delays_it(node: Node) -> None:
    node.away = 3
    node.absence.begins()
    async with asyncio.timeout(10):
        while sorted(node.done) != ["calls", "legs", "phones"]:  # noqa: ASYNC110 - see Node.has
            await asyncio.sleep(0.02)


async def test_a_closed_port_is_death_and_an_open_one_life() -> None:
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert not await is_dead("127.0.0.1", port)
    server.close()
    await server.wait_closed()
    assert await is_dead("127.0.0.1", port)
