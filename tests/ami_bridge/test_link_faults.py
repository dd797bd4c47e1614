"""A link to an Asterisk that is killed, frozen, or comes back another."""

import asyncio
import time
from dataclasses import replace

import pytest

from ami_bridge import ActionTimeout, LinkDown, LinkState
from ami_bridge import actions as act

from .asterisk import HASTY, Asterisk
from .conftest import Consumer, MakeConsumer, until


async def up(asterisk: Asterisk, consumer: MakeConsumer, **options: object) -> Consumer:
    asterisk.start()
    one = consumer(asterisk.endpoint(), **options)
    await one.link.start()  # before Asterisk listens: the link is patient
    await until(lambda: one.link.up)
    return one


async def test_a_killed_asterisk_is_found_again_and_known_to_be_another(
    asterisk: Asterisk, consumer: MakeConsumer
) -> None:
    one = await up(asterisk, consumer)
    # Asterisk tells its start to the second: one that lived shorter would look the same.
    await asyncio.sleep(1.1)
    asterisk.kill()
    await until(lambda: not one.link.up)
    with pytest.raises(LinkDown):
        await one.link.act(act.Ping())
    asterisk.start()
    await until(lambda: one.link.up)
    first, second = one.snapshots
    assert not first.boot.restarted
    assert second.boot.restarted
    assert second.boot.started > first.boot.started
    assert first.boot.booted_at is not None
    assert second.boot.booted_at is not None
    assert first.boot.booted_at < second.boot.booted_at <= second.taken_at
    await one.link.act(act.Ping())


async def test_a_frozen_asterisk_is_given_up_within_the_watchdog(
    asterisk: Asterisk, consumer: MakeConsumer
) -> None:
    one = await up(asterisk, consumer)
    asterisk.freeze()
    frozen = time.monotonic()
    with pytest.raises(ActionTimeout):
        await one.link.act(act.CoreStatus(), timeout_s=0.2)
    assert time.monotonic() - frozen < 2
    await until(lambda: not one.link.up, seconds=HASTY.ping_s + HASTY.pong_s + 5)
    assert one.link.traffic.pending <= 1
    asterisk.thaw()
    await until(lambda: one.link.up)
    # The same process: its calls are alive, nothing may be ended.
    assert [snapshot.boot.restarted for snapshot in one.snapshots] == [False] * len(one.snapshots)
    assert len(one.snapshots) >= 2


async def test_an_unanswered_action_is_never_sent_again(asterisk: Asterisk, consumer: MakeConsumer) -> None:
    one = await up(asterisk, consumer, timing=replace(HASTY, ping_s=0.5))
    asterisk.freeze()
    originate = act.Originate(
        channel="Local/8200009@talk/n", channel_id="once-only", application="Wait", data="60"
    )
    with pytest.raises((ActionTimeout, LinkDown)):
        await one.link.act(originate, timeout_s=10)
    asterisk.kill()
    asterisk.start()
    await until(lambda: one.link.up)
    await asyncio.sleep(0.5)
    assert one.link.state is LinkState.UP
    status = await one.link.act(act.CoreStatus())
    assert (status.headers["CoreProcessedCalls"], status.headers["CoreCurrentCalls"]) == ("0", "0")
