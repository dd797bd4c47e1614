"""Fixtures of the live suite: a house that runs, a telephone network around it, seats that are staffed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from asterisk_conf.obtain import Programs
from tests.live.house import House
from tests.live.scene import Scene

Stage = Callable[..., Awaitable[Scene]]


@pytest.fixture
async def stage(programs: Programs) -> AsyncIterator[Stage]:
    """`await stage(seats=2)` → a running house with a network and that many registered seats."""
    async with AsyncExitStack() as life:

        async def build(
            *,
            seats: int = 1,
            settings: dict[str, dict[str, Any]] | None = None,
            nodes: int = 1,
            ports: dict[str, int] | None = None,
        ) -> Scene:
            extensions = [str(1001 + n) for n in range(seats)]
            house = await House.built(seats=extensions, settings=settings, nodes=nodes)
            life.push_async_callback(house.demolish)
            scene = Scene(programs, house, ports=ports)
            await life.enter_async_context(scene)
            return scene

        yield build
