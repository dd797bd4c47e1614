"""A link to a real Asterisk."""

import asyncio
import time
import uuid
from dataclasses import replace

import pytest

from ami_bridge import ActionRefused, BadHeader, LinkDown, LinkState
from ami_bridge import actions as act
from ami_bridge import events as ev

from .asterisk import HASTY, Asterisk
from .conftest import Consumer, MakeConsumer, until


def call_to(exten: str, channel_id: str, **options: object) -> act.Originate:
    """A call from nobody to an extension of the test dialplan."""
    return act.Originate(
        channel=f"Local/{exten}@talk/n",
        channel_id=channel_id,
        application="Wait",
        data="60",
        **options,  # type: ignore[arg-type]
    )


def fresh() -> str:
    return f"call-{uuid.uuid4().hex[:8]}"


async def up(
    shared: Asterisk, consumer: MakeConsumer, *, user: str = "bridge", **options: object
) -> Consumer:
    await shared.ready()
    one = consumer(shared.endpoint(user=user), **options)
    await one.link.start()
    await until(lambda: one.link.up)
    return one


def seen(one: Consumer, kind: type[ev.Event], call: str) -> list[ev.Event]:
    return [event for event in one.of(kind) if event.call_id == call]


async def test_a_snapshot_rebuilds_the_call_from_its_channel_variables(
    shared: Asterisk, consumer: MakeConsumer
) -> None:
    first = await up(shared, consumer)
    call = fresh()
    await first.link.act(call_to("8200001", call))
    await until(lambda: seen(first, ev.OriginateResponse, "") and seen(first, ev.Newchannel, call))

    second = await up(shared, consumer)

    channels = [channel for channel in second.snapshots[0].channels if channel.call_id == call]
    with_line = [channel for channel in channels if channel.variables.get("HL_LINE")]
    assert len(channels) == 2
    assert with_line[0].variables == {"HL_CALL": call, "HL_LINE": "8200001", "HL_ARRIVED": "1764000000"}
    assert second.snapshots[0].boot.started
    assert not second.snapshots[0].boot.restarted
    await first.link.act(act.Hangup(channel=channels[0].channel))
    await until(lambda: len(seen(first, ev.Hangup, call)) == 2)


async def test_registration_is_known_without_the_right_to_list_contacts(
    shared: Asterisk, consumer: MakeConsumer
) -> None:
    one = await up(shared, consumer)
    await asyncio.to_thread(shared.register, "1001", seconds=60)
    await until(lambda: [e.state for e in one.of(ev.DeviceStateChange)] == ["NOT_INUSE"])  # type: ignore[attr-defined]
    await until(lambda: one.of(ev.ContactStatus))
    assert one.of(ev.ContactStatus)[0].aor == "1001"  # type: ignore[attr-defined]

    seats = (await up(shared, consumer)).snapshots[0]
    assert (seats.reachable("1001"), seats.reachable("1002"), seats.reachable("9999")) == (True, False, None)
    assert seats.contacts is None
    mighty = (await up(shared, consumer, user="all")).snapshots[0]
    assert [(contact.aor, contact.status) for contact in mighty.contacts or ()] == [("1001", "NonQualified")]

    await asyncio.to_thread(shared.register, "1001", seconds=0)
    await until(lambda: [e.state for e in one.of(ev.DeviceStateChange)][1:] == ["UNAVAILABLE"])  # type: ignore[attr-defined]


async def test_asterisk_sends_only_the_events_of_the_filter(shared: Asterisk, consumer: MakeConsumer) -> None:
    lean, rich = await up(shared, consumer), await up(shared, consumer, user="all")
    call = fresh()
    await lean.link.act(call_to("quick", call))
    await until(lambda: len(seen(lean, ev.Hangup, call)) == 4 and len(seen(rich, ev.Hangup, call)) == 4)
    assert lean.link.traffic.dropped == 0
    assert rich.link.traffic.dropped > 10
    # Asterisk stamps an event once, for all sessions: so copies are told from repetitions.
    assert {event.identity for event in seen(lean, ev.ChannelEvent, call)} == {
        event.identity for event in seen(rich, ev.ChannelEvent, call)
    }


async def test_a_call_is_told_in_order_begin_to_end(shared: Asterisk, consumer: MakeConsumer) -> None:
    one = await up(shared, consumer)
    call = fresh()
    await one.link.act(call_to("quick", call))
    await until(lambda: len(seen(one, ev.Hangup, call)) == 4)
    story = [event.name for event in one.events if event.call_id == call]
    assert story[0] == "Newchannel"
    assert story[-1] == "Hangup"
    assert story.index("DialBegin") < story.index("DialEnd") < story.index("BridgeEnter")
    assert {event.status for event in one.of(ev.DialEnd)} == {"ANSWER"}  # type: ignore[attr-defined]
    assert one.of(ev.DialBegin)[0].at == pytest.approx(time.time(), abs=30)


async def test_chinese_names_arrive_whole(shared: Asterisk, consumer: MakeConsumer) -> None:
    one = await up(shared, consumer)
    call, name = fresh(), "赤峰市民" * 30
    await one.link.act(call_to("name", call, variables={"__NAME": name}))
    await until(lambda: one.of(ev.UserEvent))
    assert one.of(ev.UserEvent)[0].body["Text"] == name  # type: ignore[attr-defined]


async def test_a_redirect_wakes_a_waiting_caller(shared: Asterisk, consumer: MakeConsumer) -> None:
    one = await up(shared, consumer)
    call = fresh()
    await one.link.act(call_to("8200002", call))
    await until(lambda: len(seen(one, ev.Newchannel, call)) == 2)
    waiting = seen(one, ev.Newchannel, call)[1].channel  # type: ignore[attr-defined]
    await one.link.act(act.Redirect(channel=waiting, context="talk", exten="wake"))
    await until(lambda: [e for e in one.of(ev.UserEvent) if e.kind == "woken"])  # type: ignore[attr-defined]


async def test_a_reply_that_says_queued_is_an_answer(shared: Asterisk, consumer: MakeConsumer) -> None:
    one = await up(shared, consumer)
    reply = await one.link.act(call_to("8200003", fresh()))
    assert "queued" in reply.message
    await until(lambda: one.of(ev.OriginateResponse))
    answer = one.of(ev.OriginateResponse)[0]
    assert (answer.ok, answer.action_id) == (True, reply.action_id)  # type: ignore[attr-defined]


async def test_lists_are_collected_and_refusals_raise(shared: Asterisk, consumer: MakeConsumer) -> None:
    one = await up(shared, consumer)
    queues = await one.link.act(act.QueueStatus(queue="hl-plain"))
    assert [item["Event"] for item in queues.items] == ["QueueParams", "QueueMember"]
    with pytest.raises(ActionRefused, match="Channel"):
        await one.link.act(act.Redirect(channel="PJSIP/none-1", context="talk", exten="wake"))
    with pytest.raises(ActionRefused, match="denied"):
        await one.link.act(act.ModuleReload(module="pbx_config.so"))
    assert one.link.traffic.pending == 0


@pytest.mark.parametrize("value", ["a\r\nAction: Originate", "a\nb", "a\0b", "长" * 400])
async def test_nothing_can_be_smuggled_into_an_action(
    shared: Asterisk, consumer: MakeConsumer, value: str
) -> None:
    one = await up(shared, consumer)
    with pytest.raises(BadHeader):
        await one.link.act(act.Setvar(channel="PJSIP/1001-1", variable="NAME", value=value))
    assert one.link.traffic.pending == 0
    await one.link.act(act.Ping())


async def test_without_system_in_read_there_is_no_fully_booted(
    shared: Asterisk, consumer: MakeConsumer
) -> None:
    one = await up(shared, consumer, user="deaf", timing=replace(HASTY, booted_s=0.5))
    assert one.of(ev.FullyBooted) == []
    assert one.snapshots[0].boot.uptime_s is None
    assert one.snapshots[0].boot.started


async def test_a_link_for_looking_only_needs_no_right_to_events(
    shared: Asterisk, consumer: MakeConsumer
) -> None:
    one = await up(shared, consumer, user="deaf", wanted=(), timing=replace(HASTY, booted_s=3600))
    assert len(one.snapshots) == 1
    assert one.events == []


async def test_a_refused_login_stops_the_link(shared: Asterisk, consumer: MakeConsumer) -> None:
    await shared.ready()
    one = consumer(replace(shared.endpoint(), secret="wrong"))
    await one.link.start()
    await until(lambda: one.link.state is LinkState.REFUSED)
    await asyncio.sleep(HASTY.backoff_last_s * 3)
    assert one.states == [LinkState.CONNECTING, LinkState.REFUSED]
    with pytest.raises(LinkDown):
        await one.link.act(act.Ping())
