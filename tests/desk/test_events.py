"""The event stream: what is told to whom, and that nothing is lost or told twice when a socket comes back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from hotline_app.desk.hub import position
from hotline_app.desk.socket import SIGNED_OUT, TOO_MANY
from seats import Offer, Reservation
from tests.desk.conftest import OpenBrowser, OpenDesk
from tests.desk.standing import Standing

CARD = {"ticket_no": "20261123000001", "caller_masked": "139****0001", "line": "12345"}


async def _tell(desk: Standing, data: Any) -> None:
    """One event of no consequence, as the ACD would write it."""
    fields = ("type", "repair", "at", "1", "seat", "", "call", "", "data", json.dumps(data))
    await desk.clients.call.execute_command("XADD", "{acd}:events", "*", *fields)  # type: ignore[no-untyped-call]


async def _seat_ready(desk: Standing, ext: str) -> None:
    await desk.acd.sign_in(ext, user="seat1", name="seat1", groups={"general": 1}, languages=["zh"])
    await desk.acd.ready(ext)


async def _reserved(desk: Standing, ext: str, call_id: str) -> Reservation:
    await _seat_ready(desk, ext)
    found = await desk.acd.offer(Offer(call_id, "node1", "PJSIP/carrier-1", card=CARD))
    assert isinstance(found, Reservation) and found.seat == ext
    return found


@asynccontextmanager
async def _acknowledgements(desk: Standing) -> AsyncIterator[asyncio.Queue[tuple[str, int]]]:
    """What the bridges hear."""
    heard: asyncio.Queue[tuple[str, int]] = asyncio.Queue()

    async def listen() -> None:
        async for told in desk.acd.popped():
            heard.put_nowait(told)

    task = asyncio.create_task(listen())
    while not await desk.clients.call.publish("{acd}:popped", ""):  # noqa: ASYNC110 - Redis has no event for it
        await asyncio.sleep(0.02)
    yield heard
    task.cancel()


async def test_a_pop_reaches_its_seat_alone_and_the_answer_reaches_the_bridge(
    desk: Standing, browse: OpenBrowser
) -> None:
    one, two = await browse(desk, "seat1"), await browse(desk, "seat2")
    async with one.events() as mine, two.events() as other, _acknowledgements(desk) as heard:
        assert (await mine.next())["type"] == (await other.next())["type"] == "hello"
        found = await _reserved(desk, "1001", "node1-1.1")
        await desk.acd.pop(found)
        await desk.acd.ringing("node1-1.1", found.fence)
        pop = await mine.until("pop")
        assert pop["data"] == CARD | {"call_id": "node1-1.1", "fence": found.fence, "seat": "1001"}
        await mine.say(type="popped", call_id="node1-1.1", fence=found.fence)
        async with asyncio.timeout(5):
            assert await heard.get() == ("node1-1.1", found.fence)
        while (await other.until("seat.changed"))["data"]["state"] != "ringing":
            pass
        assert "pop" not in {event["type"] for event in other.seen}
        assert "call.changed" in {event["type"] for event in other.seen}


async def test_what_all_see_shares_a_message_and_a_pop_does_not_wait_for_it(
    open_desk: OpenDesk, browse: OpenBrowser
) -> None:
    desk = await open_desk(gather_s=3600.0)  # nothing but a pop, or a full bundle, sends anything
    one, two = await browse(desk, "seat1"), await browse(desk, "seat2")
    async with one.events() as mine, two.events() as other:
        await mine.next(), await other.next()
        found = await _reserved(desk, "1001", "node1-1.1")
        await desk.acd.pop(found)
        await mine.until("pop")
        places = [position(event["id"]) for event in mine.seen]
        assert places == sorted(set(places)) and len(places) > 3, "what came before the pop came with it"
        for number in range(80):
            await _tell(desk, {"n": number})
        message = await other.socket.receive_json()
        assert isinstance(message, list) and "pop" not in {event["type"] for event in message}
        assert [event["id"] for event in message][: len(places) - 2] == [e["id"] for e in mine.seen[1:-1]]
        while mine.seen[-1]["type"] != "repair":
            await mine.next()
        places = [position(event["id"]) for event in mine.seen]
        assert places == sorted(set(places)), "the shared message does not tell it again"


async def test_a_seats_event_is_what_the_seat_list_says(desk: Standing, browse: OpenBrowser) -> None:
    one = await browse(desk, "seat1")
    async with one.events() as stream:
        await stream.next()
        listed = (await one.post("/seats/1001/sign-in")).body
        told = (await stream.until("seat.changed"))["data"]
        assert {name: told[name] for name in listed} == listed


async def test_heartbeats_keep_the_screen_there_and_are_answered(desk: Standing, browse: OpenBrowser) -> None:
    one = await browse(desk, "seat1")
    await _seat_ready(desk, "1001")
    async with one.events() as stream:
        await stream.next()
        await stream.say(type="heartbeat")
        await stream.until("heartbeat")
        found = await desk.acd.offer(Offer("node1-1.2", "node1", "PJSIP/carrier-1", card=CARD))
        assert isinstance(found, Reservation) and found.has_screen


async def test_a_socket_that_comes_back_misses_nothing_and_hears_nothing_twice(
    desk: Standing, browse: OpenBrowser
) -> None:
    """Events are written all the while: before, during and after each of the broken connections."""
    one = await browse(desk, "seat1")
    ids: list[str] = []
    total = 400

    async def write() -> None:
        for number in range(total):
            await _tell(desk, {"n": number})
            if number % 10 == 0:
                await asyncio.sleep(0.01)

    got: list[int] = []
    last_id = ""
    writing: asyncio.Task[None] | None = None
    async with asyncio.timeout(60):
        while len(got) < total:
            async with one.events(last_id or None) as stream:
                if writing is None:
                    last_id = (await stream.next())["id"]
                    writing = asyncio.create_task(write())
                for _ in range(37):
                    event = await stream.next()
                    if event["type"] == "repair":
                        got.append(event["data"]["n"])
                        ids.append(event["id"])
                        last_id = event["id"]
                    if len(got) == total:
                        break
    assert writing is not None
    await writing
    assert got == list(range(total))
    assert len(set(ids)) == total


async def test_what_the_stream_no_longer_holds_is_told_as_resync(
    open_desk: OpenDesk, browse: OpenBrowser
) -> None:
    desk = await open_desk(replay_limit=1000)
    one = await browse(desk, "seat1")
    for number in range(20):
        await desk.acd.contact("1002", number % 2 == 0)
    first = (await desk.acd.events_since("0"))[0].id
    await desk.clients.call.xtrim("{acd}:events", maxlen=5, approximate=False)
    async with one.events(first) as stream:
        assert (await stream.next())["type"] == "resync"
        hello = await stream.next()
        assert hello["type"] == "hello" and hello["id"] == await desk.acd.last_event_id()
        await desk.acd.contact("1002", True)
        assert (await stream.until("seat.changed"))["data"]["registered"] is True


async def test_a_reader_that_stops_reading_is_cut_and_resumes(
    open_desk: OpenDesk, browse: OpenBrowser
) -> None:
    desk = await open_desk(socket_queue=16, socket_send_s=60.0)
    one = await browse(desk, "seat1")
    padding = "x" * 4000
    async with one.events() as stream:
        last_id = (await stream.next())["id"]
        # Nobody reads: the sockets' buffers fill, then the queue, then the desk lets go.
        for number in range(4000):
            await _tell(desk, [number, padding])
            if number % 50 == 0 and await _cut(desk):
                break
        assert await _cut(desk), "never cut"
    last_number = -1
    async with one.events(last_id) as stream:
        async with asyncio.timeout(60):
            while last_number < number:
                event = await stream.next()
                if event["type"] == "repair":
                    assert event["data"][0] == last_number + 1
                    last_number += 1


async def _cut(desk: Standing) -> bool:
    async with aiohttp.ClientSession() as http, http.get(desk.url + "/metrics") as answer:
        return "hotline_event_sockets_cut_total 1.0" in await answer.text()


async def test_nonsense_on_the_socket_is_answered_not_obeyed(desk: Standing, browse: OpenBrowser) -> None:
    one = await browse(desk, "seat1")
    async with one.events() as stream, _acknowledgements(desk) as heard:
        await stream.next()
        for text in (
            "{", "[]", '{"type":"dance"}', '{"type":"popped"}',
            '{"type":"popped","call_id":"a b","fence":1}',
            '{"type":"popped","call_id":"node1-1.1","fence":"1"}',
            '{"type":"popped","call_id":"node1-1.1","fence":true}',
        ):  # fmt: skip
            await stream.socket.send_str(text)
            told = await stream.until("problem")
            assert told["data"]["remedy"]
        assert heard.empty()
        for _ in range(30):
            await stream.say(type="heartbeat")
        assert await stream.closed() == TOO_MANY


async def test_a_role_without_a_seat_cannot_acknowledge(desk: Standing, browse: OpenBrowser) -> None:
    watcher = await browse(desk, "supervisor")
    async with watcher.events() as stream, _acknowledgements(desk) as heard:
        await stream.next()
        await stream.say(type="popped", call_id="node1-1.1", fence=1)
        assert "坐席" in (await stream.until("problem"))["data"]["detail"]
        assert heard.empty()


async def test_who_may_not_connect(desk: Standing, browse: OpenBrowser) -> None:
    one = await browse(desk, "seat1")
    address = desk.url + "/api/v1/events"
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await one.http.ws_connect(address, origin="https://elsewhere.example")
    assert refused.value.status == 403
    own = await one.http.ws_connect(address, origin=desk.url)
    await own.close()
    assert (await one.get("/events")).problem == "malformed"
    for last_id in ("1-2-3", "x", "-", "9" * 30, "+"):
        assert (await one.get(f"/events?last_id={last_id}")).problem == "invalid"


async def test_the_stream_ends_with_the_login(open_desk: OpenDesk, browse: OpenBrowser) -> None:
    desk = await open_desk(socket_recheck_s=0.2)
    one = await browse(desk, "seat1")
    async with one.events() as stream:
        await stream.next()
        await one.post("/logout")
        assert await stream.closed() == SIGNED_OUT
