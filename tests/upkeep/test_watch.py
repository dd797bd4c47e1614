"""The engine on a real Redis and database: alarms appear, are told, and go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ami_bridge.lease import owner_key
from crm import Store
from hotline_app.settings import Alarms as Limits
from hotline_app.settings import Recording
from hotline_app.upkeep.watch import Watch
from seats import Acd, Clients, Offer
from seats.alarms import Alarm, AlarmKind, Alarms, Level
from tests.upkeep.conftest import PATIENT

AT_ONCE = {"raise_after_s": 0, "clear_after_s": 0}


@dataclass
class Post:
    """A watch, and the alarms as a leader sees them."""

    watch: Watch
    alarms: Alarms

    async def standing(self) -> dict[str, str]:
        await self.watch.round()
        return {alarm.id: alarm.level.value for alarm in await self.alarms.list()}


Make = Callable[..., Post]


@pytest.fixture
def post(store: Store, acd: Acd, clients: Clients, tmp_path: Path) -> Make:
    def make(
        *,
        folder: Path = tmp_path,
        nodes: tuple[str, ...] = (),
        free_warn: float = 0.0,
        database: Store = store,
    ) -> Post:
        alarms = Alarms(clients.call, rules=PATIENT)
        watch = Watch(
            database, acd, clients.call, alarms,
            limits=Limits(wait_warn_s=60, **AT_ONCE), recording=Recording(free_warn=free_warn, free_bad=0.0),
            folder=folder, nodes=nodes, slow_s=0.0,
        )  # fmt: skip
        return Post(watch, alarms)

    return make


async def signed_in(acd: Acd, seat: str = "1001") -> None:
    await acd.sign_in(seat, user="u", name="王芳", groups={"general": 1}, languages=["zh"])


async def test_no_seat_at_all_until_somebody_signs_in(post: Make, acd: Acd) -> None:
    hall = post()
    assert await hall.standing() == {"no_seat:all": "bad"}
    await signed_in(acd)
    assert await hall.standing() == {}
    told = [e.data["cleared"] for e in await acd.events_since("0") if e.type == "alarm"]
    assert told == [False, True]


async def test_a_caller_who_waits_too_long(post: Make, acd: Acd) -> None:
    hall = post()
    await signed_in(acd)
    now = await acd.clock_ms()
    await acd.offer(Offer("node1-1764000000.1", "node1", "PJSIP/x-1", waiting_since_ms=now - 70_000))
    assert await hall.standing() == {"longest_wait:general": "warn"}
    (alarm,) = await hall.alarms.list()
    assert alarm.text.startswith("通用组最长等候已达 7"), "the group's name, not its code"
    await acd.ended("node1-1764000000.1")
    assert await hall.standing() == {}


async def test_callers_in_a_group_without_anybody(post: Make, acd: Acd) -> None:
    hall = post()
    await signed_in(acd)
    await acd.offer(Offer("node1-1764000000.2", "node1", "PJSIP/x-2", groups=("line-96119",)))
    assert await hall.standing() == {"empty_group:line-96119": "bad"}


async def test_a_node_without_an_owner(post: Make, acd: Acd, clients: Clients) -> None:
    hall = post(nodes=("node1", "node2"))
    await signed_in(acd)
    await clients.call.set(owner_key("node1"), "bridge0-1 1")
    assert await hall.standing() == {"part_away:node2": "bad"}
    await clients.call.set(owner_key("node2"), "bridge1-1 1")
    assert await hall.standing() == {}


async def test_a_database_that_is_away_is_said_and_nothing_else_is_cleared_by_it(
    post: Make, store: Store, acd: Acd, clients: Clients
) -> None:
    await signed_in(acd)
    assert await post(free_warn=1.0).standing() == {"disk:recordings": "warn"}
    nowhere = await Store.open(
        "postgresql://nobody@127.0.0.1:9/none",
        vault=store.vault, state_dir=store.state_dir, tolerate_away=True,
    )  # fmt: skip
    lost = Alarm(AlarmKind.UNEXPLAINED, "all", Level.BAD, "去向不明的通话 1 通")
    await Alarms(clients.call, rules=PATIENT).raise_(lost)
    assert await post(free_warn=1.0, database=nowhere).standing() == {
        "disk:recordings": "warn",
        "part_away:database": "bad",
        "unexplained:all": "bad",
    }
    await nowhere.close()
    assert await post(free_warn=1.0).standing() == {"disk:recordings": "warn"}


async def test_a_new_desk_does_not_tell_again_what_stands(post: Make, acd: Acd) -> None:
    await post().standing()
    assert await post().standing() == {"no_seat:all": "bad"}
    assert sum(e.type == "alarm" for e in await acd.events_since("0")) == 1
