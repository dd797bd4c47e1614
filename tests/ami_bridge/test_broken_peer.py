"""A link to a peer that speaks AMI wrongly."""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ami_bridge import ActionTimeout, Link, LinkDown, NodeEndpoint, Snapshot, Traffic
from ami_bridge import actions as act
from ami_bridge import events as ev
from ami_bridge.protocol import AmiProtocol
from ami_bridge.wire import Headers

from .asterisk import HASTY
from .conftest import Consumer, MakeConsumer, until
from .peer import Peer, listening, message


def endpoint(peer: Peer) -> NodeEndpoint:
    return NodeEndpoint("node1", "127.0.0.1", peer.port, "bridge", "s3cret")


async def linked(peer: Peer, consumer: MakeConsumer, **options: object) -> Consumer:
    one = consumer(endpoint(peer), **options)
    await one.link.start()
    await until(lambda: one.link.up)
    return one


def user_event(number: int, text: str = "") -> str:
    return message(Event="UserEvent", Uniqueid="c-1", Linkedid="c-1", UserEvent=f"e{number}", Text=text)


def kinds(one: Consumer) -> list[str]:
    return [event.kind for event in one.of(ev.UserEvent)]  # type: ignore[attr-defined]


async def test_characters_split_across_chunks_stay_whole(consumer: MakeConsumer) -> None:
    async with listening(Peer()) as peer:
        one = await linked(peer, consumer)
        for byte in user_event(1, "内蒙古赤峰市 ᠴᠢᠭᠤᠯᠭᠠᠨ").encode():
            await peer.send(bytes([byte]))
            await asyncio.sleep(0)
        await until(lambda: one.of(ev.UserEvent))
        assert one.of(ev.UserEvent)[0].body["Text"] == "内蒙古赤峰市 ᠴᠢᠭᠤᠯᠭᠠᠨ"  # type: ignore[attr-defined]


async def test_bytes_that_are_no_utf8_cost_a_character_not_the_event(consumer: MakeConsumer) -> None:
    async with listening(Peer()) as peer:
        one = await linked(peer, consumer)
        await peer.send(
            user_event(1, "X").encode().replace(b"X", "赤峰".encode("gbk")) + user_event(2).encode()
        )
        await until(lambda: kinds(one) == ["e1", "e2"])
        assert "\ufffd" in one.of(ev.UserEvent)[0].body["Text"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "garbage",
    [
        b"\r\n\r\n\r\n\r\n",
        b"\x00\xff\xfe\x80\r\n\r\n",
        b"Event\r\n\r\n",
        b"Event: \r\n\r\n",
        b"Response: Success\r\n\r\n",
        b"Response: Success\r\nMessage: x successfully queued\r\nActionID: 0/none/1\r\n\r\n",
        b"Event: Hangup\r\nUniqueid: c-1\r\nCause: not a number\r\n\r\n",
        b"Event: Hangup\r\nTimestamp: soon\r\n\r\n",
        b"Event: UserEvent\r\nChanVariable: \r\nChanVariable: =\r\n: \r\n\r\n",
        b"Event: OriginateResponse\r\nActionID: 0/none/1\r\nUniqueid: <null>\r\n\r\n",
    ],
)
async def test_one_bad_message_costs_only_itself(consumer: MakeConsumer, garbage: bytes) -> None:
    async with listening(Peer()) as peer:
        one = await linked(peer, consumer)
        await peer.send(user_event(1).encode() + garbage + user_event(2).encode())
        await until(lambda: {"e1", "e2"} <= set(kinds(one)))
        await one.link.act(act.Ping())
        assert peer.sessions == 1


async def test_an_endless_message_ends_the_session_not_the_memory(consumer: MakeConsumer) -> None:
    async with listening(Peer()) as peer:
        one = await linked(peer, consumer)
        with pytest.raises(ConnectionError):
            for _ in range(200):
                await peer.send(b"x" * 16_384)
                await asyncio.sleep(0)
        await until(lambda: peer.sessions == 2 and one.link.up)


async def test_who_is_not_asterisk_is_left(consumer: MakeConsumer) -> None:
    async with listening(Peer(banner=b"SSH-2.0-OpenSSH_9.2\r\n")) as peer:
        one = consumer(endpoint(peer))
        await one.link.start()
        await until(lambda: peer.sessions >= 3)
        assert one.snapshots == []


async def test_a_peer_that_never_speaks_is_left_and_tried_again(consumer: MakeConsumer) -> None:
    async def mute(_peer: Peer, _action: str, _number: str) -> bool:
        return True

    async with listening(Peer(answer=mute)) as peer:
        one = consumer(endpoint(peer), timing=replace(HASTY, login_s=0.1))
        await one.link.start()
        await until(lambda: peer.sessions >= 3)
        assert not one.link.up


async def test_a_half_open_session_is_found_by_the_watchdog(consumer: MakeConsumer) -> None:
    async def no_pong(_peer: Peer, action: str, _number: str) -> bool:
        return action == "Ping"

    async with listening(Peer(answer=no_pong)) as peer:
        one = await linked(peer, consumer)
        await until(lambda: peer.sessions == 2 and one.link.up)
        assert len(one.snapshots) == 2


async def test_a_peer_that_dies_within_a_message_leaves_no_trace(consumer: MakeConsumer) -> None:
    async with listening(Peer()) as peer:
        one = await linked(peer, consumer)
        await peer.send("Event: UserEvent\r\nUniqueid: c-1\r\nUserEvent: half")
        peer.hang_up()
        await until(lambda: peer.sessions == 2 and one.link.up)
        await peer.send(user_event(1))
        await until(lambda: kinds(one) == ["e1"])


async def test_an_action_lost_with_its_session_fails_at_once_and_is_not_repeated(
    consumer: MakeConsumer,
) -> None:
    async def dies(peer: Peer, action: str, _number: str) -> bool:
        if action == "Redirect":
            peer.hang_up()
        return action == "Redirect"

    async with listening(Peer(answer=dies)) as peer:
        one = await linked(peer, consumer)
        with pytest.raises(LinkDown):
            await one.link.act(act.Redirect(channel="a", context="b", exten="c"), timeout_s=10)
        await until(lambda: peer.sessions == 2 and one.link.up)
        assert peer.count("Redirect") == 1


async def test_a_list_without_its_end_and_a_late_answer_time_out_alone(consumer: MakeConsumer) -> None:
    asked: list[str] = []

    async def half(peer: Peer, action: str, number: str) -> bool:
        if action != "QueueStatus":
            return False
        asked.append(number)
        await peer.send(message(Response="Success", ActionID=number, EventList="start"))
        await peer.event("QueueParams", ActionID=number, Queue="x")
        return True

    async with listening(Peer(answer=half)) as peer:
        one = await linked(peer, consumer, timing=replace(HASTY, ping_s=30))
        with pytest.raises(ActionTimeout):
            await one.link.act(act.QueueStatus(), timeout_s=0.1)
        await asyncio.sleep(0)
        assert one.link.traffic.pending == 0
        await peer.event("QueueStatusComplete", ActionID=asked[0])
        await one.link.act(act.Ping())
        assert one.link.traffic.pending == 0
        assert peer.sessions == 1


async def test_events_wait_for_the_reconcile_and_keep_their_order(consumer: MakeConsumer) -> None:
    async with listening(Peer()) as peer:
        story: list[str] = []
        reconciling, go_on = asyncio.Event(), asyncio.Event()

        async def reconcile(_snapshot: Snapshot) -> None:
            reconciling.set()
            await go_on.wait()
            story.append("snapshot")

        def note(event: ev.Event) -> None:
            if isinstance(event, ev.UserEvent):
                story.append(event.kind)

        link = Link(endpoint(peer), note, reconcile, timing=HASTY)
        await link.start()
        await reconciling.wait()
        for number in range(1200):
            await peer.send(user_event(number))
        await until(lambda: link.traffic.handed > 1200)
        assert story == []
        go_on.set()
        await until(lambda: link.up)
        await peer.send(user_event(1200))
        await until(lambda: len(story) == 1202)
        assert story == ["snapshot", *(f"e{number}" for number in range(1201))]
        await link.stop()


async def test_a_reconcile_that_fails_is_tried_again_with_a_new_snapshot() -> None:
    async with listening(Peer()) as peer:
        tries: list[Snapshot] = []

        async def reconcile(snapshot: Snapshot) -> None:
            tries.append(snapshot)
            if len(tries) < 3:
                raise RuntimeError("the store is away")

        link = Link(endpoint(peer), lambda _: None, reconcile, timing=HASTY)
        await link.start()
        await until(lambda: link.up)
        assert len(tries) == 3
        assert peer.count("CoreShowChannels") == 3
        await link.stop()


async def test_a_consumer_that_raises_neither_closes_the_session_nor_loses_the_next() -> None:
    async with listening(Peer()) as peer:
        got: list[str] = []

        def consume(event: ev.Event) -> None:
            if isinstance(event, ev.UserEvent):
                got.append(event.kind)
                raise RuntimeError("a fault of ours")

        async def reconcile(_snapshot: Snapshot) -> None:
            return

        link = Link(endpoint(peer), consume, reconcile, timing=HASTY)
        await link.start()
        await until(lambda: link.up)
        await peer.send(user_event(1) + user_event(2))
        await until(lambda: got == ["e1", "e2"])
        assert peer.sessions == 1
        await link.stop()


async def test_stop_leaves_nothing_behind(consumer: MakeConsumer) -> None:
    before = asyncio.all_tasks()
    peer = Peer()
    async with listening(peer):
        one = await linked(peer, consumer)
        await one.link.stop()
        sessions = peer.sessions
    # Also while it is waiting to reconnect: the peer is gone now.
    await one.link.start()
    await asyncio.sleep(0.2)
    await one.link.stop()
    await asyncio.sleep(HASTY.backoff_last_s * 2)
    assert peer.sessions == sessions
    assert peer.count("Logoff") == 1
    assert [task for task in asyncio.all_tasks() - before if "ami" in task.get_name()] == []


@pytest.mark.parametrize("fence", [lambda: 7])
async def test_the_owners_number_stands_in_every_action_id(
    consumer: MakeConsumer, fence: Callable[[], int]
) -> None:
    async with listening(Peer()) as peer:
        await linked(peer, consumer, fence=fence)
        assert {sent["ActionID"].split("/")[0] for sent in peer.actions} == {"7"}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    garbage=st.binary(max_size=400),
    cuts=st.lists(st.integers(min_value=1, max_value=60), min_size=1, max_size=20),
)
def test_no_bytes_stop_the_protocol(garbage: bytes, cuts: list[int]) -> None:
    """Any bytes in any chunks: nothing raises, and a good event behind them arrives."""
    got: list[Headers] = []

    async def feed() -> None:
        protocol = AmiProtocol(
            wanted={"UserEvent"},
            on_event=lambda _, headers: got.append(headers),
            traffic=Traffic(),
            log=structlog.get_logger(),
        )
        protocol.connection_made(asyncio.Transport())
        stream = (
            b"Asterisk Call Manager/11.0.0\r\n" + garbage + b"\r\n\r\n\r\n" + user_event(1, "赤峰").encode()
        )
        for cut in itertools.cycle(cuts):
            chunk, stream = stream[:cut], stream[cut:]
            if not chunk:
                break
            protocol.data_received(chunk)

    asyncio.run(feed())
    assert got[-1]["Text"] == "赤峰"
