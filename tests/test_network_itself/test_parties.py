"""Calls between simulated parties through a tiny exchange: who hears whom, keys, refusals, seats."""

from __future__ import annotations

import asyncio

import pytest

from tests.network.leg import NotSeen

from .conftest import Exchange

pytestmark = pytest.mark.live


async def test_two_parties_hear_each_other_and_nobody_hears_himself(exchange: Exchange) -> None:
    net = exchange.net
    seat = await net.seat("1001", "secret-1001")
    await seat.registers()
    seat.answers(after=0.3)

    call = await net.citizen("13904760001").calls("12345")
    talk = await seat.talks()

    assert await net.who_hears_whom([call, talk]) == {call: {talk}, talk: {call}}
    assert talk.caller == "13904760001"
    assert talk.invited_at is not None and talk.answered_at is not None
    assert seat.invited_at == talk.invited_at
    assert 0.3 <= talk.answered_at - talk.invited_at < 5
    await call.hangs_up()
    await talk.ends()
    assert talk.cut_off and not call.cut_off
    assert await net.channels() == []


@pytest.mark.parametrize(
    ("number", "seat_hears", "caller_hears"), [("12346", False, True), ("12347", True, False)]
)
async def test_a_one_way_fault_is_told_from_a_sound_call(
    exchange: Exchange, number: str, seat_hears: bool, caller_hears: bool
) -> None:
    net = exchange.net
    seat = await net.seat("1001", "secret-1001")
    await seat.registers()

    call = await net.citizen("13904760001").calls(number)
    talk = await seat.talks()

    assert await net.who_hears_whom([call, talk]) == {
        call: {talk} if caller_hears else set(),
        talk: {call} if seat_hears else set(),
    }


async def test_three_parties_in_one_room_all_hear_the_others(exchange: Exchange) -> None:
    net = exchange.net
    first, second, third = [await net.citizen(f"1390476000{n}").calls("12349") for n in (1, 2, 3)]
    await asyncio.sleep(0.5)

    assert await net.who_hears_whom([first, second, third]) == {
        first: {second, third},
        second: {first, third},
        third: {first, second},
    }
    await second.hangs_up()
    assert await net.who_hears_whom([first, third]) == {first: {third}, third: {first}}


async def test_a_prompt_is_heard_a_key_arrives_and_the_seat_is_heard(exchange: Exchange) -> None:
    net = exchange.net
    seat = await net.seat("1001", "secret-1001")
    await seat.registers()

    call = await net.citizen("13904760001").calls("12348")
    began = await call.hears(exchange.prompt)
    await call.presses("2")
    talk = await seat.talks()

    assert call.answered_at is not None and 0 <= began - call.answered_at < 2
    await talk.gets_keys("2#")
    await call.hears(talk)
    with pytest.raises(NotSeen, match="did not hear"):
        await call.hears(exchange.prompt, within_s=0.5)


async def test_a_seat_is_busy_rejects_or_never_answers(exchange: Exchange) -> None:
    net = exchange.net
    seat = await net.seat("1001", "secret-1001")
    await seat.registers()
    citizen = net.citizen("13904760001")

    seat.busy()
    call = await citizen.dials("12345")
    await call.ends()
    assert (call.answered_at, call.cause) == (None, 17)

    seat.rejects(after=0.2)
    call = await citizen.dials("12345")
    await call.ends()
    assert call.answered_at is None
    assert [leg.answered_at for leg in seat.calls] == [None, None]

    seat.never_answers()
    call = await citizen.dials("12345")
    ringing = (await seat.rung(), await seat.rung(), await seat.rung())[-1]
    await call.hangs_up()
    await ringing.ends()
    assert ringing.answered_at is None and ringing.cut_off


async def test_an_unregistered_seat_is_not_rung_and_a_wrong_secret_is_told(exchange: Exchange) -> None:
    net = exchange.net
    seat = await net.seat("1001", "secret-1001")
    await seat.registers()
    await seat.unregisters()
    call = await net.citizen("13904760001").dials("12345")
    await call.ends()
    assert seat.calls == []

    await seat.registers()
    call = await net.citizen("13904760001").calls("12345")
    await seat.talks()

    stranger = await net.seat("1002", "wrong")
    with pytest.raises(NotSeen, match="Registered"):
        await stranger.registers(within_s=1.0)


async def test_a_seat_dials_a_department_which_hears_it(exchange: Exchange) -> None:
    net = exchange.net
    seat = await net.seat("1001", "secret-1001")
    await seat.registers()
    department = net.phone("8200001")
    department.answers(after=0.2)

    call = await seat.calls_out("8200001")
    await call.answers()
    talk = await department.talks()

    assert talk.address == net.places["department"].host
    assert await net.who_hears_whom([call, talk]) == {call: {talk}, talk: {call}}


async def test_a_number_that_nobody_has_is_unknown(exchange: Exchange) -> None:
    seat = await exchange.net.seat("1001", "secret-1001")
    await seat.registers()
    call = await seat.calls_out("8200001")
    await call.ends()
    assert call.answered_at is None
