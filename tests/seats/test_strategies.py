"""Strategies: the seat that Redis chooses is the seat that the reference model chooses."""

import asyncio
import random
from collections.abc import Callable

import pytest
from redis.asyncio import Redis

from seats import Acd, AcdRules, GroupRules, Reservation, SeatState, SeatView, Strategy
from tests.seats import reference
from tests.seats.conftest import Hall, offer

PEOPLE = 6


async def worked(hall: Hall, seat: str, calls: int) -> None:
    """The seat has served so many calls today."""
    for n in range(calls):
        call = f"node1-{seat}.{n}"
        await hall.acd.answered(call, seat=seat)
        await asyncio.sleep(0.002)
        await hall.acd.ended(call)
        await hall.acd.ready(seat)


async def crowd(hall: Hall, chance: random.Random) -> None:
    """Free seats with different levels, calls, talk and idle times."""
    seats = [str(1001 + n) for n in range(PEOPLE)]
    chance.shuffle(seats)
    for seat in seats:
        await hall.sign_in(seat, general=chance.randint(1, 3), tax=chance.randint(1, 9))
        await hall.acd.ready(seat)
        await worked(hall, seat, chance.randint(0, 3))
        await asyncio.sleep(0.002)


def chosen(strategy: Strategy, seats: list[SeatView], group: str) -> str:
    free = [seat for seat in seats if reference.is_free(seat) and group in seat.groups]
    best = min(free, key=lambda seat: (*reference.seat_order(strategy, seat, seat.groups[group]), seat.seat))
    return best.seat


@pytest.mark.parametrize("strategy", Strategy)
@pytest.mark.parametrize("seed", range(4))
async def test_the_order_of_every_strategy(
    make_acd: Callable[[AcdRules], Acd], strategy: Strategy, seed: int
) -> None:
    hall = Hall(make_acd(AcdRules(wrap_up_s=0)))
    await hall.acd.configure([GroupRules("general", strategy)])
    await crowd(hall, random.Random(seed))
    for n in range(PEOPLE):
        expected = chosen(strategy, await hall.acd.seats(), "general")
        found = await hall.acd.offer(offer(f"node1-9.{n}"))
        assert isinstance(found, Reservation)
        assert found.seat == expected


async def test_a_changed_strategy_takes_effect_for_seats_that_are_free_already(
    make_acd: Callable[[AcdRules], Acd], redis_clean: Redis
) -> None:
    hall = Hall(make_acd(AcdRules(wrap_up_s=0)))
    await crowd(hall, random.Random(5))
    for strategy in (*Strategy, Strategy.LONGEST_IDLE):
        rules = [GroupRules("general", strategy), GroupRules("tax", Strategy.LEAST_TALK)]
        await hall.acd.configure(rules)
        listed = set(await redis_clean.zrange("{acd}:idle", 0, -1))
        strategies = {"general": strategy, "tax": Strategy.LEAST_TALK}
        assert listed == reference.idle_entries(await hall.acd.seats(), strategies)
    await hall.acd.configure([])
    assert set(await redis_clean.zrange("{acd}:idle", 0, -1)) == reference.idle_entries(
        await hall.acd.seats(), {}
    )


async def test_the_same_rules_again_change_nothing(hall: Hall) -> None:
    rules = [
        GroupRules("general", Strategy.LEAST_CALLS, 20, 15.5, 0, 20),
        GroupRules("tax"),
    ]
    assert await hall.acd.configure(rules) == 2
    assert await hall.acd.configure(rules) == 0
    assert await hall.acd.group_rules() == {each.group: each for each in rules}
    assert await hall.acd.configure([]) == 2
    assert await hall.acd.group_rules() == {}


async def test_figures_are_the_days_and_the_persons(make_acd: Callable[[AcdRules], Acd]) -> None:
    hall = Hall(make_acd(AcdRules(wrap_up_s=0)))
    await hall.ready("1001")
    await worked(hall, "1001", 2)
    view = await hall.acd.seat("1001")
    assert (view.calls_today, view.state) == (2, SeatState.READY)
    assert view.talk_ms_today >= 4
    await hall.sign_in("1001")  # a reload
    assert (await hall.acd.seat("1001")).calls_today == 2
    await hall.acd.sign_in("1001", user="other", name="李", groups={"general": 1}, languages=[])
    assert (await hall.acd.seat("1001")).calls_today == 0


async def test_yesterdays_figures_count_for_less_than_todays(make_acd: Callable[[AcdRules], Acd]) -> None:
    """A day that begins now: what was counted before it belongs to the day before."""
    before = Hall(make_acd(AcdRules(wrap_up_s=0, day_begins_s=0)))
    await before.acd.configure([GroupRules("general", Strategy.LEAST_CALLS)])
    await before.ready("1001", "1002")
    await worked(before, "1001", 3)
    tomorrow = Hall(make_acd(AcdRules(wrap_up_s=0, day_begins_s=86_400)))
    await worked(tomorrow, "1002", 1)
    found = await tomorrow.acd.offer(offer("node1-9.1"))
    assert isinstance(found, Reservation)
    assert found.seat == "1001"
