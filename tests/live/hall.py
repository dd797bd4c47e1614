"""What a test does to the hall's data, and what it reads of it: groups, calls, callback tasks, prompts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from crm import Store, callbacks, groups
from seats import Acd, AcdRules, connect
from tests.live.house import House
from tests.live.scene import Scene

LISTENS_S = 45.0  # a prompt is found when it has been heard to its end; a busy machine loses a first key


@asynccontextmanager
async def opened(house: House) -> AsyncIterator[Store]:
    """The house's database, as another process sees it."""
    store = await house.store()
    try:
        yield store
    finally:
        await store.close()


async def change_group(house: House, rules: Mapping[str, Any], code: str = "general") -> None:
    """Changes a skill group, as a shift leader would."""
    async with opened(house) as store:
        info = await groups.get(store, code)
        await groups.put(store, code, rules, version=info.version, actor="test")


def prompt(scene: Scene, name: str) -> Path:
    """The file that is played."""
    node = scene.house.runtime.private_node
    assert node is not None
    return scene.house.runtime.state.node(node.name) / "prompts" / f"{name}.wav"


async def ended_calls(scene: Scene, count: int) -> list[dict[str, Any]]:
    """So many calls, all ended, with everything the API tells of them; the oldest first."""

    async def there() -> bool:
        ended = len((await scene.house.get("/calls?state=ended"))["items"])
        return ended >= count and not (await scene.house.get("/calls?state=live"))["items"]

    await scene.until(there, within_s=30, what=f"{count} ended calls")
    rows = (await scene.house.get("/calls?state=ended"))["items"]
    assert len(rows) == count, [(row["caller_masked"], row["outcome"]) for row in rows]
    details = [await scene.house.get(f"/calls/{row['id']}") for row in rows]
    return sorted(details, key=lambda call: str(call["arrived_at"]))


def marks(call: Mapping[str, Any]) -> dict[str, Any]:
    """A call's marks by kind: the data of the last of each."""
    return {mark["kind"]: mark["data"] for mark in call["marks"]}


async def waiting(scene: Scene) -> int:
    """How many callers wait on the line; kept places are counted apart."""
    found = (await scene.house.get("/groups"))["items"]
    return sum(int(group["waiting"]) for group in found)


async def callback_tasks(scene: Scene) -> list[callbacks.Callback]:
    """All tasks, the newest first."""
    async with opened(scene.house) as store:
        return list((await callbacks.page(store)).items)


async def alarms(scene: Scene) -> list[dict[str, Any]]:
    """What was alarmed since Redis began."""
    clients = connect(scene.house.runtime.redis_url)
    try:
        events = await Acd(clients.call, rules=AcdRules(), poll=clients.poll).events_since("0")
        return [event.data for event in events if event.type == "alarm"]
    finally:
        await clients.close()
