"""Who owns a node, on a real Redis; and a whole Node with a lease, a link and a feed."""

import asyncio
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from ami_bridge import LeaseEnd, LeaseLost, LinkDown, Node, OwnerLease, Snapshot
from ami_bridge import actions as act
from ami_bridge import events as ev
from asterisk_conf.obtain import Programs

from .asterisk import HASTY, Asterisk
from .conftest import until
from .peer import Peer, listening
from .test_broken_peer import endpoint

LEASE_S = 0.6


class Owner:
    """Keeps what its lease told it."""

    def __init__(self, redis: Redis, name: str) -> None:
        self.told: list[str] = []
        self.lease = OwnerLease(
            redis, "node1", owner=name, on_gained=self._gained, on_lost=self._lost, lease_s=LEASE_S
        )

    async def _gained(self, fence: int) -> None:
        self.told.append(f"gained {fence}")

    async def _lost(self, why: LeaseEnd) -> None:
        self.told.append(why)


@pytest.fixture
async def owners(redis_clean: Redis) -> AsyncIterator[tuple[Owner, Owner]]:
    pair = (Owner(redis_clean, "a"), Owner(redis_clean, "b"))
    yield pair
    for owner in pair:
        await owner.lease.stop()


async def test_one_owner_at_a_time_and_a_greater_number_each_time(owners: tuple[Owner, Owner]) -> None:
    first, second = owners
    await first.lease.start()
    await until(lambda: first.lease.held)
    await second.lease.start()
    await asyncio.sleep(LEASE_S * 2)
    assert (first.lease.held, second.lease.held) == (True, False)
    with pytest.raises(LeaseLost):
        second.lease.fence()
    number = first.lease.fence()
    await first.lease.stop()
    await until(lambda: second.lease.held)
    assert second.lease.fence() > number
    with pytest.raises(LeaseLost):
        first.lease.fence()


async def test_an_owner_that_froze_knows_it_before_it_acts(
    owners: tuple[Owner, Owner], redis_clean: Redis
) -> None:
    first, second = owners
    await first.lease.start()
    await until(lambda: first.lease.held)
    time.sleep(LEASE_S * 1.5)  # noqa: ASYNC251 - the whole process stands still, as under SIGSTOP
    with pytest.raises(LeaseLost):
        first.lease.fence()
    assert await redis_clean.exists("{ami:node1}:owner") == 0
    await second.lease.start()
    await until(lambda: second.lease.held or first.lease.held)
    assert not (second.lease.held and first.lease.held)


async def test_a_lease_taken_away_is_noticed(owners: tuple[Owner, Owner], redis_clean: Redis) -> None:
    first, _ = owners
    await first.lease.start()
    await until(lambda: first.lease.held)
    await redis_clean.set("{ami:node1}:owner", "somebody 99", px=5000)
    await until(lambda: LeaseEnd.TAKEN in first.told)
    assert not first.lease.held


@pytest.fixture
def own_redis(programs: Programs, short_dir: Path) -> Iterator[tuple[Redis, subprocess.Popen[bytes]]]:
    """A Redis that a test may hurt."""
    socket = short_dir / f"own-{time.monotonic_ns()}.sock"
    process = subprocess.Popen(
        programs.argv("redis-server", "--port", "0", "--unixsocket", str(socket), "--save", ""),
        env=programs.env("redis-server"),
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 10
    while not socket.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    yield Redis.from_url(f"unix://{socket}"), process
    process.kill()
    process.wait()


async def test_a_redis_that_is_away_ends_the_right_to_act_in_time(
    own_redis: tuple[Redis, subprocess.Popen[bytes]],
) -> None:
    redis, process = own_redis
    owner = Owner(redis, "a")
    await owner.lease.start()
    await until(lambda: owner.lease.held)
    process.send_signal(signal.SIGSTOP)
    frozen = time.monotonic()
    await until(lambda: not owner.lease.held)
    assert time.monotonic() - frozen < LEASE_S + 0.5
    await until(lambda: LeaseEnd.UNREACHABLE in owner.told)
    process.send_signal(signal.SIGCONT)
    await until(lambda: owner.lease.held)
    await owner.lease.stop()
    await redis.aclose()


async def test_exactly_one_bridge_holds_the_link_and_another_follows(
    redis_clean: Redis, asterisk: Asterisk
) -> None:
    asterisk.start()
    events: dict[str, list[ev.Event]] = {"a": [], "b": []}
    snapshots: dict[str, list[Snapshot]] = {"a": [], "b": []}

    def bridge(name: str) -> Node:
        async def on_event(event: ev.Event) -> None:
            events[name].append(event)

        async def on_snapshot(snapshot: Snapshot) -> None:
            snapshots[name].append(snapshot)

        return Node(
            asterisk.endpoint(),
            redis_clean,
            owner=name,
            on_event=on_event,
            on_snapshot=on_snapshot,
            timing=HASTY,
            lease_s=LEASE_S,
        )

    first, second = bridge("a"), bridge("b")
    await first.start()
    await until(lambda: first.link.up)
    await second.start()
    with pytest.raises(LeaseLost):
        await second.act(act.Ping())
    await first.act(
        act.Originate(channel="Local/8200001@talk/n", channel_id="c-1", application="Wait", data="60")
    )
    await until(lambda: [e for e in events["a"] if e.call_id == "c-1"])
    await first.stop()
    await until(lambda: second.link.up)
    # The call goes on, and who follows finds it.
    assert "c-1" in {channel.call_id for channel in snapshots["b"][0].channels}
    assert events["b"] == [event for event in events["b"] if isinstance(event, ev.FullyBooted)]
    await second.stop()
    with pytest.raises((LeaseLost, LinkDown)):
        await second.act(act.Ping())


async def test_without_redis_events_flow_on_but_nothing_is_done(
    own_redis: tuple[Redis, subprocess.Popen[bytes]],
) -> None:
    redis, process = own_redis
    got: list[ev.Event] = []

    async def on_event(event: ev.Event) -> None:
        got.append(event)

    async def on_snapshot(_snapshot: Snapshot) -> None:
        return

    async with listening(Peer()) as peer:
        node = Node(
            endpoint(peer),
            redis,
            owner="a",
            on_event=on_event,
            on_snapshot=on_snapshot,
            timing=HASTY,
            lease_s=LEASE_S,
        )
        await node.start()
        await until(lambda: node.link.up)
        process.send_signal(signal.SIGSTOP)
        await until(lambda: not node.owned)
        with pytest.raises(LeaseLost):
            await node.act(act.Ping())
        await peer.event("Hangup", Uniqueid="c-1", Linkedid="c-1", Cause="16")
        await until(lambda: any(isinstance(event, ev.Hangup) for event in got))
        process.send_signal(signal.SIGCONT)
        await until(lambda: node.owned and node.link.up)
        await node.act(act.Ping())
        await node.stop()
    await redis.aclose()
