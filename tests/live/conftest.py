"""Fixtures of the live suite: a house that runs, a telephone network around it, seats that are staffed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from asterisk_conf.obtain import Programs
from tests.live.hall import change_group
from tests.live.house import House, free_ports
from tests.live.scene import Scene
from tests.network.places import CARRIER, DEFAULT_HOSTS

Stage = Callable[..., Awaitable[Scene]]


@pytest.fixture
async def stage(programs: Programs) -> AsyncIterator[Stage]:
    """`await stage(seats=2)` → a running house with a network and that many registered seats.

    `dials_out`: mobile and local numbers may be dialled over the carrier, where the network's phones are.
    `general`: rules of the general group that differ from the seeded ones.
    """
    async with AsyncExitStack() as life:

        async def build(
            *,
            seats: int = 1,
            settings: dict[str, dict[str, Any]] | None = None,
            nodes: int = 1,
            ports: dict[str, int] | None = None,
            dials_out: bool = False,
            general: dict[str, Any] | None = None,
        ) -> Scene:
            outside, trunks = dict(settings or {}), []
            places = dict(ports or {})
            if dials_out:
                (places[CARRIER],) = free_ports(1)
                trunks = [{"name": "carrier-a", "kind": "carrier", **_at(CARRIER, places[CARRIER])}]
                routes = {"1": {"trunk": "carrier-a"}, "0476": {"trunk": "carrier-a"}}
                outside["numbers"] = outside.get("numbers", {}) | {"routes": routes}
            extensions = [str(1001 + n) for n in range(seats)]
            house = await House.built(seats=extensions, settings=outside, nodes=nodes, trunks=trunks)
            life.push_async_callback(house.demolish)
            if general:
                await change_group(house, general)
            scene = Scene(programs, house, ports=places)
            await life.enter_async_context(scene)
            return scene

        yield build


def _at(place: str, port: int) -> dict[str, Any]:
    return {"host": DEFAULT_HOSTS[place], "port": port, "qualify_s": 0}
