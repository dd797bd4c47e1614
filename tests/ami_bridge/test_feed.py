"""The call feed: order, once each, and no fault stops it."""

import asyncio

from ami_bridge import CallFeed
from ami_bridge import events as ev


def event(call: str, number: int) -> ev.UserEvent:
    return ev.UserEvent(
        at=float(number), call_id=call, channel="", uniqueid=call, linkedid=call, kind=str(number), body={}
    )


async def test_each_call_in_order_and_calls_side_by_side() -> None:
    done: dict[str, list[str]] = {}
    slow = asyncio.Event()

    async def handle(one: ev.Event) -> None:
        assert isinstance(one, ev.UserEvent)
        if one.call_id == "slow":
            await slow.wait()
        # Later ones are quicker: only the feed keeps the order.
        await asyncio.sleep(0.002 / (1 + int(one.kind)))
        done.setdefault(one.call_id, []).append(one.kind)

    feed = CallFeed(handle, workers=64)
    await feed.start()
    feed.put(event("slow", 0))
    for number in range(20):
        for call in range(10):
            feed.put(event(f"c-{call}", number))
    await asyncio.sleep(0.5)
    free = [call for call in done if call != "slow"]
    assert len(free) >= 9  # the slow one may share its worker with one of the ten
    assert all(done[call] == [str(number) for number in range(20)] for call in free)
    slow.set()
    await feed.stop()
    assert len(done) == 11


async def test_a_copy_is_dropped_and_a_repetition_is_not() -> None:
    handled: list[ev.Event] = []

    async def handle(one: ev.Event) -> None:
        handled.append(one)

    feed = CallFeed(handle)
    await feed.start()
    ids = {"channel": "a", "uniqueid": "c-1", "linkedid": "c-1", "call_id": "c-1"}
    hangup = ev.Hangup(at=1.0, cause=16, cause_text="", **ids)
    enter = ev.BridgeEnter(at=1.0, bridge_id="b", technology="t", members=1, **ids)
    again = ev.BridgeEnter(at=2.0, bridge_id="b", technology="t", members=1, **ids)
    late = ev.Hangup(at=3.0, cause=16, cause_text="", **ids)  # by arrival time, over a second link
    for one in (enter, enter, again, hangup, hangup, late):
        feed.put(one)
    await feed.settled()
    assert handled == [enter, again, hangup]
    assert feed.duplicates == 3
    await feed.stop()


async def test_a_handler_that_raises_or_hangs_costs_its_event_only() -> None:
    handled: list[str] = []

    async def handle(one: ev.Event) -> None:
        assert isinstance(one, ev.UserEvent)
        if one.kind == "1":
            raise RuntimeError("a fault of ours")
        if one.kind == "2":
            await asyncio.Event().wait()
        handled.append(one.kind)

    feed = CallFeed(handle, workers=1, limit_s=0.1)
    await feed.start()
    for number in range(5):
        feed.put(event("c-1", number))
    await feed.settled()
    assert handled == ["0", "3", "4"]
    assert feed.failed == 2
    await feed.stop()


async def test_too_many_waiting_ask_for_a_resync_once() -> None:
    asked: list[str] = []
    go_on = asyncio.Event()

    async def handle(_one: ev.Event) -> None:
        await go_on.wait()

    feed = CallFeed(handle, workers=1, most=10, on_overflow=lambda: asked.append("resync"))
    await feed.start()
    for number in range(100):
        feed.put(event("c-1", number))
    assert asked == ["resync"]
    go_on.set()
    await feed.settled()
    feed.forgive()
    feed.put(event("c-1", 200))
    await feed.stop()
    assert asked == ["resync"]
