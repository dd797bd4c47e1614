"""Two Asterisk nodes, one queue: whoever is free answers, wherever the caller and the seat's phone are."""

from __future__ import annotations

import asyncio
import os
import random
import signal

import pytest
from sqlalchemy import select

from crm.models import Call, CallMark
from tests.live.books import channels, settled
from tests.live.conftest import Stage
from tests.live.orders import live_call, order
from tests.live.scene import Scene
from tests.live.test_call import loudest_hz, recording, the_call
from tests.network.leg import Leg
from tests.network.load import Plan

pytestmark = pytest.mark.live

A, B = 0, 1


async def test_a_caller_at_one_node_talks_with_a_seat_at_the_other(stage: Stage) -> None:
    """… and a leader whose phone is at either node listens to them."""
    scene = await stage(seats=3, nodes=2)
    await scene.staffed(ready=False, at={"1001": B, "1002": A, "1003": B})
    phone, screen = scene.phones["1001"], scene.screens["1001"]
    phone.answers(after=0.3)
    await screen.does("ready")
    call = await scene.net.citizen("13904760001", node=A).calls("12345")
    await call.presses("1")
    talk = await phone.talks(within_s=15)
    assert await scene.net.who_hears_whom([call, talk], seconds=2) == {
        call: frozenset({talk}),
        talk: frozenset({call}),
    }
    assert talk.caller == "13904760001", "the seat's phone shows who calls"
    call_id = await live_call(scene)
    assert call_id.startswith("node1-")

    for leader, ext in enumerate(("1002", "1003")):
        spy = {"call_id": call_id, "seat": "1001", "leader": ext, "leader_node": f"node{leader + 1}"}
        await order(scene, "whisper", **spy)
        listener = await scene.phones[ext].talks(within_s=5)
        await asyncio.sleep(0.5)
        assert await scene.net.who_hears_whom([call, talk, listener], seconds=2) == {
            call: frozenset({talk}),
            talk: frozenset({call, listener}),
            listener: frozenset({call, talk}),
        }
        await order(scene, "stop-listening", leader=ext)
        await listener.ends(within_s=5)

    await talk.hangs_up()
    await call.ends(within_s=15)
    await settled(scene, 1)
    told = await the_call(scene)
    assert (told["node"], told["seat"], told["outcome"]) == ("node1", "1001", "answered")
    assert [leg["seat"] for leg in told["legs"]] == ["1001"]
    assert [mark["seat"] for mark in told["marks"] if mark["kind"] == "answered"] == ["1001"]
    (pop,) = screen.pops
    assert pop.at < phone.invited_at
    for track, hz in (("caller", call.tone_hz), ("seat", talk.tone_hz)):
        assert loudest_hz(await recording(scene, call_id, track)) == pytest.approx(hz, abs=3)


async def test_a_seat_at_the_other_node_that_does_not_answer_is_passed_over(stage: Stage) -> None:
    """Busy, declined, gone: the reason arrives over the trunk, and the caller goes on to the next seat."""
    scene = await stage(seats=3, nodes=2, settings={"queue": {"ring_s": 5}})
    await scene.staffed(ready=False, at={"1001": B, "1002": B, "1003": A})
    for screen in scene.screens.values():
        screen.keen = False
    scene.phones["1001"].busy()
    scene.phones["1002"].never_answers()
    for ext in ("1001", "1002", "1003"):
        await scene.screens[ext].does("ready")
    call = await scene.net.citizen("13904760001", node=A).calls("12345")
    await call.presses("1")
    talk = await scene.phones["1003"].talks(within_s=25)
    seats = {each["seat"]: each["reason"] for each in (await scene.house.get("/seats"))["items"]}
    assert (seats["1001"], seats["1002"]) == ("busy", "no_answer")
    await talk.hangs_up()
    await call.ends(within_s=15)
    await settled(scene, 1)


CALLS = 200
PER_SECOND = 20
SEATS = 20


async def test_200_calls_over_both_nodes_are_answered_once_and_in_order(stage: Stage) -> None:
    scene = await stage(seats=SEATS, nodes=2, settings={"queue": {"wrap_up_s": 0}})
    at = {str(1001 + n): n % 2 for n in range(SEATS)}
    await scene.staffed(speaks=False, at=at)
    for phone in scene.phones.values():
        phone.answers(after=0.0, talks=1.5)  # fewer than come: many wait, and their order can be seen
    carrier = [A, B] * (CALLS // 2)  # delivers to both, in no order
    random.Random(12345).shuffle(carrier)
    plan = Plan(lasts_s=180, node=carrier.__getitem__)
    legs = await scene.net.load(calls=CALLS, per_second=PER_SECOND, plan=plan)
    assert all(leg.answered_at for leg in legs)
    kept = await settled(scene, CALLS)
    assert kept.outcomes == {"answered": CALLS}
    assert await scene.net.channels() == []
    assert await channels(scene) == []

    store = await scene.house.store()
    try:
        async with store.read() as connection:
            marked = select(CallMark.call_id, CallMark.at).where(CallMark.kind == "offered")
            offered = {str(row[0]): int(row[1]) for row in await connection.execute(marked)}
            answered = list(
                await connection.execute(
                    select(CallMark.call_id, CallMark.seat).where(CallMark.kind == "answered")
                )
            )
            rang = list(
                await connection.execute(
                    select(CallMark.call_id, CallMark.at)
                    .where(CallMark.kind == "ringing")
                    .order_by(CallMark.at)
                )
            )
            nodes = list(await connection.scalars(select(Call.node)))
    finally:
        await store.close()
    assert sorted(call for call, _ in answered) == sorted(offered), "each answered once"
    assert nodes.count("node1") == nodes.count("node2") == CALLS // 2
    both = {at[str(seat)] for _, seat in answered}
    crossed = [call for call, seat in answered if call.startswith("node1-") == (at[str(seat)] == B)]
    assert both == {A, B}
    assert len(crossed) > CALLS / 5, "many a caller is answered at the other node"
    arrived = {call: call.rpartition("-")[2] for call in offered}
    assert len(arrived) == CALLS
    overtakers = overtaken(offered, [call for call, _ in rang])
    assert overtakers == [], f"{len(overtakers)} of {CALLS} were answered out of turn"


def overtaken(offered: dict[str, int], order: list[str], *, tolerance_ms: int = 1500) -> list[str]:
    """Calls whose phone rang although somebody who had come well before was still waiting.

    A match and the mark that tells of its ringing lie a redirect, a pop and a question apart: two that come
    within that time may be told in either order.
    """
    found = []
    first = list(dict.fromkeys(order))
    for place, call in enumerate(first):
        later = first[place + 1 :]
        if any(offered[other] < offered[call] - tolerance_ms for other in later):
            found.append(call)
    return found


async def test_when_a_node_dies_its_seats_are_gone_and_callers_go_on(stage: Stage) -> None:
    """kill -9 of node B's Asterisk, while one of its seats talks and another rings for callers of A."""
    scene = await stage(seats=3, nodes=2, settings={"queue": {"wrap_up_s": 0}})
    await scene.staffed(ready=False, at={"1001": B, "1002": B, "1003": A})
    for screen in scene.screens.values():
        screen.keen = False
    for ext in ("1001", "1002"):
        await scene.screens[ext].does("ready")
    scene.phones["1001"].answers(after=0.0)
    scene.phones["1002"].never_answers()
    first = await caller(scene, 1)
    await scene.phones["1001"].talks(within_s=15)
    ringing = await caller(scene, 2)
    await scene.phones["1002"].rung(within_s=15)
    waiting = await caller(scene, 3)

    supervisor = scene.house.our_processes()["up"]
    os.kill(supervisor, signal.SIGSTOP)  # else it is back in a second, and its phones with it
    try:
        os.kill(scene.house.pid_of("asterisk-node2"), signal.SIGKILL)
        await scene.until(lambda: gone(scene, "1001", "1002"), within_s=5, what="both seats unregistered")
        await first.ends(within_s=10)  # its seat is gone; it is told goodbye, not left in silence
        await scene.screens["1003"].does("ready")
        for leg in (ringing, waiting):  # in this order
            talk = await scene.phones["1003"].talks(within_s=20)
            assert talk.caller == f"1390476000{2 if leg is ringing else 3}"
            await talk.hangs_up()
            await leg.ends(within_s=15)
    finally:
        os.kill(supervisor, signal.SIGCONT)
    kept = await settled(scene, 3)
    assert kept.outcomes == {"answered": 3}


async def test_a_node_that_is_back_at_once_has_still_lost_its_calls(stage: Stage) -> None:
    """The supervisor starts it again within a second: who talked over the trunk is not left in silence, and
    the node's own caller is explained."""
    scene = await stage(seats=2, nodes=2, settings={"queue": {"wrap_up_s": 0}})
    await scene.staffed(at={"1001": B, "1002": A})
    over = await caller(scene, 1)
    own = await scene.net.citizen("13904760009", node=B).calls("12345")
    await own.presses("1")
    await asyncio.gather(*(scene.phones[ext].talks(within_s=15) for ext in ("1001", "1002")))
    os.kill(scene.house.pid_of("asterisk-node2"), signal.SIGKILL)
    await over.ends(within_s=20)
    await scene.phones["1001"].hangs_up()
    await scene.phones["1002"].hangs_up()
    await own.hangs_up()
    kept = await settled(scene, 2)
    assert kept.outcomes == {"answered": 2}
    await scene.until(lambda: back(scene, "1001"), within_s=30, what="its seat ready again")


async def test_a_link_that_is_lost_cuts_nobody_off(stage: Stage) -> None:
    """Every bridge frozen for a while, and another owner: node B is alive, so its talks go on."""
    scene = await stage(seats=1, nodes=2)
    await scene.staffed(at={"1001": B})
    call = await caller(scene, 1)
    talk = await scene.phones["1001"].talks(within_s=15)
    bridges = [pid for name, pid in scene.house.our_processes().items() if name.startswith("bridge")]
    for pid in bridges:
        os.kill(pid, signal.SIGSTOP)
    await asyncio.sleep(8)
    for pid in bridges:
        os.kill(pid, signal.SIGCONT)
    await asyncio.sleep(5)
    assert await scene.net.who_hears_whom([call, talk], seconds=1) == {
        call: frozenset({talk}),
        talk: frozenset({call}),
    }
    await talk.hangs_up()
    await call.ends(within_s=15)
    await settled(scene, 1)


async def caller(scene: Scene, n: int) -> Leg:
    leg = await scene.net.citizen(f"1390476000{n}", node=A).calls("12345")
    await leg.presses("1")
    return leg


async def gone(scene: Scene, *seats: str) -> bool:
    seen = {each["seat"]: each for each in (await scene.house.get("/seats"))["items"]}
    return all(seen[seat]["registered"] is False and seen[seat]["state"] != "ready" for seat in seats)


async def back(scene: Scene, seat: str) -> bool:
    seen = {each["seat"]: each for each in (await scene.house.get("/seats"))["items"]}
    return seen[seat]["registered"] is True and seen[seat]["state"] == "ready"
