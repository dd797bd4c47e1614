"""Rules are data: a change counts from the next reading on, and a database that is away changes nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

from agi.rulebook import RuleBook
from crm import Store, groups, routing
from seats import Strategy
from tests.agi.conftest import Hotline

OFFICE = ("08:30", "17:30")


async def test_a_change_counts_without_a_restart_and_reaches_the_acd(hotline: Hotline) -> None:
    assert hotline.rules.routes.of("12345", "carrier").groups == ("general",)
    await groups.put(hotline.store, "heat", {"name": "供热", "capacity": 7}, version=None, actor="test")
    rule = {"position": 1, "line": "12345", "groups": [{"group": "heat", "after_s": 0}], "priority": 3}
    await routing.put(hotline.store, None, rule, version=None, actor="test")
    assert await hotline.rules.refresh()
    route = hotline.rules.routes.of("12345", "carrier")
    assert (route.groups, route.priority) == (("heat",), 3)
    told = (await hotline.acd.group_rules())["heat"]
    assert (told.capacity, told.strategy) == (7, Strategy.LONGEST_IDLE)


async def test_a_database_that_never_answered_leaves_everybody_to_the_general_group(
    hotline: Hotline, tmp_path: Path
) -> None:
    away = await Store.open(
        f"sqlite:///{tmp_path}/nowhere/x.db",
        vault=hotline.store.vault,
        state_dir=tmp_path,
        tolerate_away=True,
    )
    book = RuleBook(away, hotline.acd, general_group="general", office=OFFICE)
    assert not await book.refresh()
    assert book.routes.of("12345", "carrier").groups == ("general",)
    assert "line-12333" in await hotline.acd.group_rules(), "what another bridge has told the ACD stands"
    await away.close()


async def test_it_is_read_again_and_again(hotline: Hotline) -> None:
    book = RuleBook(hotline.store, hotline.acd, general_group="general", office=OFFICE, every_s=0.01)
    following = asyncio.create_task(book.follow())
    info = await groups.get(hotline.store, "general")
    await groups.put(hotline.store, "general", {"service_s": 20}, version=info.version, actor="test")
    async with asyncio.timeout(20):
        while book.groups.of("general").service_s != 20:  # noqa: ASYNC110 - read by another task, which says nothing
            await asyncio.sleep(0.01)
    following.cancel()
    await asyncio.wait((following,))
