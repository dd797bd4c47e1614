"""Contradictions between record, phone, console and node: put right within seconds, told and counted."""

import asyncio
from collections.abc import Callable

import pytest
from redis.asyncio import Redis

from seats import Acd, AcdRules, Event, Ghost, Reservation, Waiting
from tests.seats.conftest import NODE, Hall

CALL, OTHER, OUT = "node1-1.1", "node1-2.1", "node1-3.1"
DOUBT_S = 0.03
FAR = "node2"


@pytest.fixture
def brief(make_acd: Callable[[AcdRules], Acd]) -> Hall:
    """A hall that doubts a record after 30 ms."""
    return Hall(make_acd(AcdRules(doubt_s=DOUBT_S)))


async def time_passes(hall: Hall) -> int:
    await asyncio.sleep(DOUBT_S * 1.5)
    return await hall.acd.sweep()


async def with_phones(hall: Hall, *seats: str) -> None:
    for seat in seats:
        await hall.sign_in(seat)
        await hall.acd.contact(seat, True, node=NODE)
        await hall.acd.device(seat, "NOT_INUSE", node=NODE)
        await hall.acd.ready(seat)


async def repairs(hall: Hall) -> list[tuple[str, str | None, str | None]]:
    told: list[Event] = [event for event in await hall.acd.events_since("0") if event.type == "repair"]
    kinds = [(event.data["kind"], event.seat, event.call_id) for event in told]
    assert sum((await hall.acd.repairs()).values()) == len(kinds)
    return kinds


def test_the_real_time_is_below_five_seconds() -> None:
    assert AcdRules().doubt_s + 1.0 < 5.0  # the sweep runs every second


# the phone goes away


@pytest.mark.parametrize("how", ["contact", "device"])
@pytest.mark.parametrize("stage", ["reserved", "ringing"])
async def test_a_phone_that_goes_away_frees_the_caller_at_once(hall: Hall, stage: str, how: str) -> None:
    await with_phones(hall, "1001")
    found = await hall.offer(CALL, since=5_000)
    assert isinstance(found, Reservation)
    if stage == "ringing":
        await hall.acd.ringing(CALL, found.fence)
    await with_phones(hall, "1002")
    if how == "contact":
        await hall.acd.contact("1001", False, node=NODE)
    else:
        await hall.acd.device("1001", "UNAVAILABLE", node=NODE)
    assert await hall.state("1001") == "not_ready unregistered"
    assert (await hall.acd.seat("1002")).call_id == CALL  # without anybody asking
    assert await hall.acd.claim(CALL) is not None
    assert await repairs(hall) == [("phone_gone", "1001", CALL)]
    assert not await hall.acd.ringing(CALL, found.fence)


async def test_with_nobody_else_free_the_caller_is_at_the_front(hall: Hall) -> None:
    await with_phones(hall, "1001")
    found = await hall.offer(CALL, since=5_000)
    assert isinstance(found, Reservation)
    await hall.offer(OTHER, since=6_000)
    await hall.acd.contact("1001", False, node=NODE)
    again = await hall.offer(CALL)
    assert isinstance(again, Waiting)
    assert (again.place, again.since_ms) == (1, 5_000)
    await hall.acd.contact("1001", True, node=NODE)
    assert (await hall.acd.seat("1001")).call_id == CALL


async def test_a_ready_seat_whose_device_is_gone_is_back_with_it(hall: Hall) -> None:
    await with_phones(hall, "1001")
    await hall.acd.device("1001", "UNAVAILABLE", node=NODE)
    assert await hall.state("1001") == "not_ready unregistered"
    await hall.offer(CALL)
    await hall.acd.device("1001", "NOT_INUSE", node=NODE)
    assert (await hall.acd.seat("1001")).call_id == CALL


async def test_a_talk_outlives_the_registration(hall: Hall) -> None:
    await with_phones(hall, "1001")
    await hall.talk(CALL)
    await hall.acd.contact("1001", False, node=NODE)
    assert await hall.state("1001") == "talking"
    assert [ghost.kind for ghost in await hall.acd.ghosts(after_s=0)] == ["held_unregistered"]


async def test_a_seats_own_call_out_is_not_given_to_others(hall: Hall) -> None:
    await with_phones(hall, "1001", "1002")
    await hall.acd.dialling_out("1001", OUT, node=NODE)
    await hall.acd.contact("1001", False, node=NODE)
    assert await hall.call_state(OUT) == "ringing"
    await hall.acd.ended(OUT)
    assert await hall.state("1001") == "not_ready unregistered"


# the phone says otherwise


async def test_a_talk_of_a_phone_on_the_hook_is_over(brief: Hall) -> None:
    await with_phones(brief, "1001")
    await brief.talk(CALL)
    await brief.acd.device("1001", "INUSE", node=NODE)
    await brief.acd.device("1001", "NOT_INUSE", node=NODE)
    assert await brief.acd.sweep() == 0  # not at once: the news may be on its way
    assert await brief.state("1001") == "talking"
    assert await time_passes(brief) == 1
    assert await brief.state("1001") == "wrap_up"
    assert await repairs(brief) == [("talking_without_phone", "1001", CALL)]
    view = await brief.acd.call(CALL)
    assert view is not None
    assert (view.state.value, view.seat) == ("talking", None)  # given to nobody until Asterisk tells more
    assert isinstance(await brief.offer(CALL), Waiting)  # and it tells that the caller is still there
    await brief.acd.wrap_up_done("1001")
    assert (await brief.acd.seat("1001")).call_id == CALL


async def test_the_news_in_time_needs_no_repair(brief: Hall) -> None:
    await with_phones(brief, "1001")
    await brief.talk(CALL)
    await brief.acd.device("1001", "NOT_INUSE", node=NODE)
    await brief.acd.ended(CALL)
    await time_passes(brief)
    assert await repairs(brief) == []


async def test_a_phone_that_speaks_again_is_not_doubted(brief: Hall) -> None:
    await with_phones(brief, "1001")
    await brief.talk(CALL)
    await brief.acd.device("1001", "NOT_INUSE", node=NODE)
    await brief.acd.device("1001", "INUSE", node=NODE)
    await time_passes(brief)
    assert await brief.state("1001") == "talking"


async def test_an_old_word_says_nothing_of_a_new_talk(brief: Hall) -> None:
    """No device state has come since the talk began: that of its owner may be late, the talk is real."""
    await with_phones(brief, "1001")
    await brief.talk(CALL)
    await time_passes(brief)
    assert await brief.state("1001") == "talking"
    await brief.acd.device("1001", "NOT_INUSE", node=NODE)  # the same word, but said now
    await time_passes(brief)
    assert await brief.state("1001") == "wrap_up"


async def test_a_word_of_the_last_talk_says_nothing_of_the_next(brief: Hall) -> None:
    await with_phones(brief, "1001")
    await brief.talk(CALL)
    await brief.acd.device("1001", "NOT_INUSE", node=NODE)
    await brief.acd.ended(CALL)
    await brief.acd.wrap_up_done("1001")
    await asyncio.sleep(0.002)
    await brief.talk(OTHER)
    await time_passes(brief)
    assert await brief.state("1001") == "talking"


async def test_a_phone_that_no_longer_rings_gives_the_caller_back(brief: Hall) -> None:
    await with_phones(brief, "1001")
    found = await brief.offer(CALL)
    assert isinstance(found, Reservation)
    await brief.acd.ringing(CALL, found.fence)
    await brief.acd.device("1001", "RINGING", node=NODE)
    await with_phones(brief, "1002")
    await brief.acd.device("1001", "NOT_INUSE", node=NODE)
    await time_passes(brief)
    assert await brief.state("1001") == "not_ready no_answer"
    assert (await brief.acd.seat("1002")).call_id == CALL
    assert await repairs(brief) == [("ringing_without_phone", "1001", CALL)]


async def test_an_outgoing_call_of_a_phone_on_the_hook_is_over(brief: Hall) -> None:
    await with_phones(brief, "1001")
    await brief.acd.dialling_out("1001", OUT, node=NODE)
    await brief.acd.device("1001", "INUSE", node=NODE)
    await brief.acd.device("1001", "NOT_INUSE", node=NODE)
    await brief.offer(CALL)
    await time_passes(brief)
    assert (await brief.acd.seat("1001")).call_id == CALL
    assert await brief.acd.call(OUT) is None


async def test_a_ready_seat_on_the_phone_is_shown_and_passed_over(hall: Hall) -> None:
    await with_phones(hall, "1001")
    await hall.acd.device("1001", "INUSE", node=NODE)
    view = await hall.acd.seat("1001")
    assert view.engaged
    assert isinstance(await hall.offer(CALL), Waiting)
    assert await hall.acd.ghosts(after_s=0) == [Ghost("ready_engaged", "1001", None, view.device_ms)]
    assert await hall.acd.ghosts(after_s=60) == []


# the console goes away


@pytest.mark.parametrize("phone", [True, False])
async def test_a_ready_seat_with_neither_console_nor_phone_is_nobody(
    make_acd: Callable[[AcdRules], Acd], phone: bool
) -> None:
    hall = Hall(make_acd(AcdRules(heartbeat_s=0.02)))
    await hall.acd.heartbeat("1001")
    await hall.ready("1001")
    if phone:
        await hall.acd.contact("1001", True, node=NODE)
    await asyncio.sleep(0.03)
    await hall.acd.sweep()
    assert await hall.state("1001") == ("ready" if phone else "not_ready unregistered")
    assert await repairs(hall) == ([] if phone else [("ready_without_screen", "1001", None)])
    await hall.acd.contact("1001", True, node=NODE)
    assert await hall.state("1001") == "ready"


# two nodes


async def test_a_node_where_the_phone_is_not_registered_has_no_say(hall: Hall) -> None:
    await with_phones(hall, "1001")
    assert (await hall.acd.seat("1001")).node == NODE
    before = await hall.acd.seat("1001")
    assert await hall.acd.contact("1001", False, node=FAR) == before
    assert await hall.acd.device("1001", "UNAVAILABLE", node=FAR) == before
    assert await hall.acd.device("1001", "INUSE", node=FAR) == before
    found = await hall.reserved(CALL)
    assert (found.seat, found.seat_node) == ("1001", NODE)


@pytest.mark.parametrize("old_first", [True, False])
async def test_a_phone_that_moves_is_told_of_twice_in_any_order(hall: Hall, old_first: bool) -> None:
    await with_phones(hall, "1001")

    async def old() -> None:
        await hall.acd.device("1001", "UNAVAILABLE", node=NODE)
        await hall.acd.contact("1001", False, node=NODE)

    async def new() -> None:
        await hall.acd.device("1001", "NOT_INUSE", node=FAR)
        await hall.acd.contact("1001", True, node=FAR)

    for tell in (old, new) if old_first else (new, old):
        await tell()
    view = await hall.acd.seat("1001")
    assert (view.node, view.registered, view.state.value) == (FAR, True, "ready")
    assert (await hall.reserved(CALL)).seat_node == FAR


async def test_the_first_words_of_two_nodes_may_come_in_any_order(hall: Hall) -> None:
    await hall.ready("1001", "1002")
    for seat, nodes in (("1001", (NODE, FAR)), ("1002", (FAR, NODE))):
        for node in nodes:
            here = node == NODE
            await hall.acd.device(seat, "NOT_INUSE" if here else "UNAVAILABLE", node=node)
            await hall.acd.contact(seat, here, node=node)
        view = await hall.acd.seat(seat)
        assert (view.node, view.registered, view.state.value) == (NODE, True, "ready"), seat


async def test_a_call_of_one_node_is_answered_at_another(hall: Hall) -> None:
    await hall.ready("1001")
    await hall.acd.contact("1001", True, node=FAR)
    found = await hall.reserved(CALL)
    assert (found.node, found.seat_node) == (NODE, FAR)
    assert await hall.acd.restore(FAR, []) == []  # the other node's owner does not judge this call
    assert await hall.state("1001") == "reserved"


# Redis lost something


async def test_lists_that_were_lost_are_made_again_by_a_resync(hall: Hall, redis_clean: Redis) -> None:
    await hall.ready("1001", tax=1)
    await redis_clean.delete("{acd}:idle", "{acd}:staffed")
    await hall.acd.restore(NODE, [])
    assert await redis_clean.zcard("{acd}:idle") == 1
    assert await redis_clean.zcard("{acd}:staffed") == 1


async def test_documents_of_an_earlier_release_are_completed(hall: Hall, redis_clean: Redis) -> None:
    await redis_clean.hset(
        "{acd}:seats",
        "1001",
        '{"seat":"1001","state":"ready","reason":"","user":"u","name":"n","groups":{"general":1},"languages":{},'
        '"since_ms":5,"idle_since_ms":5,"call_id":"","fence":0,"has_screen":false,"registered":"yes","device":"",'
        '"wrap_up_until_ms":0,"after":""}',
    )
    await redis_clean.hset(
        "{acd}:calls",
        CALL,
        '{"call_id":"node1-1.1","node":"node1","channel":"c","groups":["general"],"priority":5,"since_ms":7,'
        '"changed_ms":7,"state":"waiting","seat":"","fence":0,"claimed":false,"waker_fence":0}',
    )
    assert [view.seat for view in await hall.acd.seats()] == ["1001"]
    assert [view.call_id for view in await hall.acd.calls()] == [CALL]
    await hall.acd.restore(NODE, [])
    assert isinstance(await hall.offer(OTHER), Reservation)


async def test_what_contradicts_now_is_a_ghost(hall: Hall, redis_clean: Redis) -> None:
    await with_phones(hall, "1001", "1002")
    await hall.talk(CALL)
    await hall.reserved(OTHER)
    assert await hall.acd.ghosts(after_s=0) == []
    await hall.acd.device("1001", "NOT_INUSE", node=NODE)
    await redis_clean.hdel("{acd}:calls", OTHER)
    kinds = [(ghost.kind, ghost.seat) for ghost in await hall.acd.ghosts(after_s=0)]
    assert kinds == [("talking_without_phone", "1001"), ("seat_without_call", "1002")]
    assert await hall.acd.ghosts(after_s=60) == []
