"""What a desk orders of a node's owner, as tests do it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from hotline_app import wiring
from seats import Acd, connect
from seats.orders import Orders
from tests.live.scene import Scene


@asynccontextmanager
async def ordering(scene: Scene) -> AsyncIterator[Orders]:
    """A desk's end of the stream of orders."""
    clients = connect(scene.house.runtime.redis_url)
    try:
        yield Orders(clients.call, poll=clients.poll)
    finally:
        await clients.close()


async def order(scene: Scene, name: str, *, node: str = "node1", **data: Any) -> dict[str, Any]:
    """One order and its answer.  Raises OrderFailed, OrderTimeout."""
    async with ordering(scene) as orders:
        return await orders.post(node, name, data, by="leader")


async def live_call(scene: Scene) -> str:
    """The id of the one live call."""

    async def there() -> bool:
        return len((await scene.house.get("/calls?state=live"))["items"]) == 1

    await scene.until(there, what="one live call")
    (row,) = (await scene.house.get("/calls?state=live"))["items"]
    return str(row["id"])


@asynccontextmanager
async def acd_of(scene: Scene) -> AsyncIterator[Acd]:
    """The ACD, as a desk has it."""
    clients = wiring.redis_clients(scene.house.runtime)
    try:
        yield wiring.acd(scene.house.runtime, clients)
    finally:
        await clients.close()


def sealed(scene: Scene, number: str) -> str:
    """A number as a desk puts it into an order."""
    return wiring.number_seal(wiring.vault(scene.house.runtime)).seal(number)
