"""Alarms: raised once, told once, cleared once, whoever asks how often."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from seats import Acd, AcdRules, Event, connect
from seats.alarms import Alarm, AlarmKind, Alarms, Level


@pytest.fixture
async def alarms(redis_url: str, redis_clean: Redis) -> AsyncIterator[Alarms]:
    clients = connect(redis_url, timeout_s=10)
    yield Alarms(clients.call, rules=AcdRules(answer_within_s=20))
    await clients.close()


def wait(level: Level = Level.WARN, group: str = "general") -> Alarm:
    return Alarm(AlarmKind.LONGEST_WAIT, group, level, "通用组最长等候 75 秒")


async def told(acd: Acd) -> list[Event]:
    return [event for event in await acd.events_since("0") if event.type == "alarm"]


async def test_an_alarm_is_raised_once_and_told_once(alarms: Alarms, acd: Acd) -> None:
    before = await acd.clock_ms()
    assert await alarms.raise_(wait())
    assert not await alarms.raise_(wait())
    (standing,) = await alarms.list()
    assert (standing.id, standing.level, standing.cleared) == ("longest_wait:general", Level.WARN, False)
    assert before <= standing.raised_ms <= await acd.clock_ms()
    (event,) = await told(acd)
    assert event.data == standing.as_json()


async def test_a_worse_level_is_told_again_and_keeps_its_moment(alarms: Alarms, acd: Acd) -> None:
    await alarms.raise_(wait())
    (first,) = await alarms.list()
    assert await alarms.raise_(wait(Level.BAD))
    (second,) = await alarms.list()
    assert (second.level, second.raised_ms) == (Level.BAD, first.raised_ms)
    assert [event.data["level"] for event in await told(acd)] == ["warn", "bad"]


async def test_a_cleared_alarm_is_told_once_and_can_be_raised_anew(alarms: Alarms, acd: Acd) -> None:
    await alarms.raise_(wait())
    assert await alarms.clear("longest_wait:general")
    assert not await alarms.clear("longest_wait:general")
    assert await alarms.list() == []
    assert await alarms.raise_(wait())
    assert [event.data["cleared"] for event in await told(acd)] == [False, True, False]


async def test_the_worst_come_first_then_the_oldest(alarms: Alarms, acd: Acd) -> None:
    await alarms.raise_(wait(group="heating"))
    (first,) = await alarms.list()
    while await acd.clock_ms() == first.raised_ms:
        pass
    await alarms.raise_(wait(group="general"))
    await alarms.raise_(wait(Level.BAD, group="water"))
    assert [alarm.object for alarm in await alarms.list()] == ["water", "heating", "general"]
