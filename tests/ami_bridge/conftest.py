"""Asterisk, a recording consumer, and patience."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from ami_bridge import Link, LinkState, NodeEndpoint, Snapshot
from ami_bridge import events as ev
from asterisk_conf.obtain import Programs

from .asterisk import HASTY, Asterisk


@pytest.fixture
def asterisk(programs: Programs, tmp_path: Path) -> Iterator[Asterisk]:
    """Written but not started: one of its own for tests that hurt it."""
    server = Asterisk(programs, tmp_path)
    yield server
    server.kill()


@pytest.fixture(scope="session")
def shared(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asterisk]:
    """Started, for tests that leave it as it was."""
    server = Asterisk(programs, tmp_path_factory.mktemp("asterisk"))
    server.add_user(Asterisk.user("deaf", read="call,reporting"))
    server.add_user(Asterisk.user("all", write="all"))
    server.start()
    yield server
    server.kill()


class Consumer:
    """Keeps what a link hands out, in order."""

    def __init__(self, endpoint: NodeEndpoint, **options: object) -> None:
        self.events: list[ev.Event] = []
        self.snapshots: list[Snapshot] = []
        self.states: list[LinkState] = []
        options.setdefault("timing", HASTY)
        self.link = Link(endpoint, self.events.append, self._snapshot, on_state=self.states.append, **options)  # type: ignore[arg-type]

    async def _snapshot(self, snapshot: Snapshot) -> None:
        self.snapshots.append(snapshot)

    def of(self, kind: type[ev.Event]) -> list[ev.Event]:
        return [event for event in self.events if isinstance(event, kind)]


MakeConsumer = Callable[..., Consumer]


@pytest.fixture
async def consumer() -> AsyncIterator[MakeConsumer]:
    made: list[Consumer] = []

    def make(endpoint: NodeEndpoint, **options: object) -> Consumer:
        made.append(Consumer(endpoint, **options))
        return made[-1]

    yield make
    for one in made:
        await one.link.stop()


async def until(true: Callable[[], object], seconds: float = 20) -> None:
    """Waits for a condition; fails with its source line when it does not come."""
    async with asyncio.timeout(seconds):
        # Asked, not told: what is waited for happens in another process.
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
