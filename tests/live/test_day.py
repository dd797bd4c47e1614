"""A day of calls: what is reported equals what marks and the seats' log tell, and what Asterisk's CEL tells.

HOTLINE_DAY_CALLS=5000 makes it a day of a city; by default it is a small one, for it takes the whole machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import re
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from ami_bridge import ActionRefused
from crm import Store, measures, recordings, seat_log
from crm.calls import CallRow, page
from crm.measures import HALF_HOUR_MS, CallFigures, SeatFigures, from_marks
from crm.models import Recording
from crm.recordings import Track
from tests.live import cel_book
from tests.live.books import settled
from tests.live.cel_book import CelCall
from tests.live.conftest import Stage
from tests.live.hall import opened
from tests.live.scene import Scene
from tests.network.leg import Leg, NotSeen

pytestmark = pytest.mark.live

# Taken out of the environment: the hotline that is started here refuses settings that it does not know.
CALLS = int(os.environ.pop("HOTLINE_DAY_CALLS", "150"))
PER_SECOND = float(os.environ.pop("HOTLINE_DAY_RATE", "4"))
RUDE = 2  # seats that ring in vain, or turn callers down
# Fewer than would be needed: there is a queue, and callers leave it.
SEATS = max(8, RUDE + round(2 * PER_SECOND))
SAME_MS = 250
"""By so much the readings of one moment may differ on a machine that is full to the brim."""
SETTINGS = {
    "queue": {"wrap_up_s": 1, "ring_s": 5},
    "survey": {"enabled": True, "key_s": 2},
    "rtp": {"first": 20000, "last": 29999},
}


@dataclass(frozen=True, slots=True)
class Citizen:
    """What somebody does who calls; seconds."""

    greeting_s: float | None = None  # hangs up so long after the answer, in the greeting
    patience_s: float = 60.0  # in the queue
    grade: str = ""  # pressed when the seat has hung up


def citizen(lot: random.Random) -> Citizen:
    kind = lot.random()
    if kind < 0.08:
        return Citizen(greeting_s=lot.uniform(0.1, 1.5))
    if kind < 0.25:
        return Citizen(patience_s=lot.uniform(0.5, 4))
    if kind < 0.4:
        return Citizen(patience_s=lot.uniform(6, 12))
    return Citizen(grade=lot.choice(["", "", "1", "2", "5"]))


class Day:
    """Calls come at a steady rate; each caller lives his own life, each seat serves whoever rings it."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._lot = random.Random(12345)
        self._talking: dict[str, asyncio.Event] = {}
        self._served: dict[str, asyncio.Event] = {}

    async def passes(self) -> None:
        for place, phone in enumerate(self._scene.phones.values()):
            phone.does(self._serves)
            if place < RUDE:
                phone.never_answers() if place % 2 else phone.rejects(after=0.3)
        start = time.monotonic()
        lives = []
        for n in range(CALLS):
            await asyncio.sleep(max(start + n / PER_SECOND - time.monotonic(), 0))
            lives.append(asyncio.create_task(self._life(f"1390476{n:04d}", citizen(self._lot))))
        await asyncio.gather(*lives)

    async def _life(self, number: str, who: Citizen) -> None:
        self._talking[number], self._served[number] = asyncio.Event(), asyncio.Event()
        leg = await self._scene.net.citizen(number, speaks=False, records=False).dials("12345")
        # Who presses a key on a call that has just ended is late, and that is all.
        with contextlib.suppress(ActionRefused, NotSeen, TimeoutError):
            await self._calls(leg, number, who)
        await leg.hangs_up()

    async def _calls(self, leg: Leg, number: str, who: Citizen) -> None:
        await leg.answers(within_s=60)
        if who.greeting_s is not None:
            await asyncio.sleep(who.greeting_s)
            return
        await leg.presses("1")
        async with asyncio.timeout(who.patience_s):
            await self._talking[number].wait()
        await self._served[number].wait()
        await asyncio.sleep(self._lot.uniform(0.3, 1.0))  # the survey is being asked
        await leg.presses(who.grade)
        if who.grade or self._lot.random() < 0.5:
            await leg.ends(within_s=20)

    async def _serves(self, leg: Leg) -> None:
        number = re.sub(r"\D", "", leg.caller)[-11:]
        await asyncio.sleep(self._lot.uniform(0, 0.3))
        with contextlib.suppress(ActionRefused, NotSeen):
            await leg.picks_up()
            await leg.answers()
            self._talking[number].set()
            await asyncio.sleep(self._lot.uniform(0.5, 1.5))
            await leg.hangs_up()
        self._served[number].set()


async def rows(store: Store) -> dict[str, CallRow]:
    """The ledger as the desk lists it."""
    found: dict[str, CallRow] = {}
    cursor = None
    while True:
        part = await page(store, cursor=cursor, limit=200)
        found |= {row.id: row for row in part.items}
        cursor = part.next_cursor
        if cursor is None:
            return found


@dataclass(frozen=True, slots=True)
class Reports:
    """What the hotline says of the day."""

    whole: CallFigures
    by_group: CallFigures
    seats: dict[str, SeatFigures]
    calls: dict[str, CallRow]
    tracks: dict[str, list[Track]]


async def reports(scene: Scene, since: int, until: int) -> Reports:
    """Each figure counted in both of the hotline's own ways: from the ledger's columns, and one by one from
    marks and the seats' log.  They must agree before Asterisk is asked."""
    async with opened(scene.house) as store:
        await scene.until(lambda: at_rest(store), within_s=30, what="the seats' log")
        await scene.until(lambda: heard(store), within_s=60, what="the recordings' hashes")
        now = round(time.time() * 1000)
        events = await from_marks.load(store, since, until)
        for by in (None, "group", "line"):
            counted = await measures.calls(store, since, until, by=by, bucket_ms=HALF_HOUR_MS)
            assert counted == from_marks.calls(events, since, until, by=by, bucket_ms=HALF_HOUR_MS)
        seats = await measures.seats(store, since, until, now=now)
        assert seats == from_marks.seats(events, since, until, now=now)
        (whole,) = await measures.calls(store, since, until)
        groups = await measures.calls(store, since, until, by="group")
        calls = await rows(store)
        async with store.read() as connection:
            found = [row.call_id for row in await connection.execute(select(Recording.call_id).distinct())]
        tracks = {call_id: await recordings.tracks(store, call_id) for call_id in found}
    return Reports(whole, measures.total_of_calls(groups), {row.key: row for row in seats}, calls, tracks)


async def at_rest(store: Store) -> bool:
    """Whether the log has every seat as idle as it is by now."""
    states = {row.state for row in await seat_log.standing(store)}
    return bool(states) and states <= {"ready", "not_ready"}


async def heard(store: Store) -> bool:
    now = round(time.time() * 1000)
    return not await recordings.unnoted(store, since=0, until=now) and not (
        await recordings.unhashed(store, before=now)
    )


def close(one: float | None, other: float | None, count: int = 1) -> bool:
    """Whether two clocks' readings of `count` moments agree."""
    return one is not None and other is not None and abs(one - other) <= SAME_MS * count


async def test_a_day_is_reported_as_it_was(stage: Stage) -> None:
    scene = await stage(seats=SEATS, settings=SETTINGS)
    await scene.staffed(speaks=False)
    since = round(time.time() * 1000) - 60_000
    began = time.monotonic()
    await Day(scene).passes()
    lasted_s = time.monotonic() - began
    await settled(scene, CALLS, within_s=120)
    told = await reports(scene, since, round(time.time() * 1000) + 60_000)
    asterisk = cel_book.read(scene.house.runtime.state.node("node1") / "log/cel-custom/cel.csv")
    print(f"\n{CALLS} calls in {lasted_s:.0f} s: {told.whole}")

    assert set(asterisk) == set(told.calls), "each call of Asterisk is one of the ledger"
    calls_agree(told, asterisk)
    moments_agree(told, asterisk)
    seats_agree(told, asterisk)
    recordings_agree(told, asterisk)


#: Where the dialplan stands from the question to the phone's ringing.
ABOUT_TO_RING = ("hl-decide:", "hl-do:", "hl-record:")


def calls_agree(told: Reports, asterisk: Mapping[str, CelCall]) -> None:
    """Counts: exactly."""
    whole, heard = told.whole, asterisk.values()
    assert whole.arrived == told.by_group.arrived == len(asterisk) == CALLS
    assert whole.answered == sum(bool(call.answers) for call in heard)
    assert {call_id for call_id, row in told.calls.items() if row.answered_at} == {
        call_id for call_id, call in asterisk.items() if call.answers
    }
    outcomes = Counter(row.outcome for row in told.calls.values())
    abandoned = whole.abandoned_greeting + whole.abandoned_queue + whole.abandoned_short
    assert whole.answered + abandoned == CALLS, outcomes
    # Where Asterisk cannot tell (it was just asking a bridge), the caller was in either.
    unclear = sum(call.queued is None for call in heard)
    queued = sum(call.queued is True for call in heard)
    assert queued <= whole.offered <= queued + unclear, (queued, unclear, whole)
    unanswered = [row for row in told.calls.values() if row.answered_at is None]
    short = sum(1 for row in unanswered if row.outcome == "abandoned_short")
    assert short == whole.abandoned_short
    # The day was worth counting.
    assert whole.answered and whole.abandoned_greeting and whole.abandoned_queue + whole.abandoned_short
    assert whole.graded, "nobody was asked"


def moments_agree(told: Reports, asterisk: Mapping[str, CelCall]) -> None:
    """Moments: those of the ledger come from AMI's events and the dialplan's clock, those of CEL are taken by
    another thread of the same Asterisk."""
    talk_ms = survey_ms = 0
    for call_id, call in asterisk.items():
        row = told.calls[call_id]
        assert close(row.arrived_at, call.arrived), (row, call)
        assert close(row.ended_at, call.ended), (row, call)
        if call.answers:
            assert close(row.answered_at, call.answers[0][0]), (row, call)
            assert row.seat == call.answers[-1][1]
            talk_ms += call.talk_ms
            survey_ms += call.after_talk_ms
    # Talking is to be with a person: the survey after it is none of it.
    assert close(told.whole.talk_ms, talk_ms, 2 * told.whole.talked), (told.whole, talk_ms, survey_ms)
    assert survey_ms > 0


def seats_agree(told: Reports, asterisk: Mapping[str, CelCall]) -> None:
    rung = Counter((seat, call_id) for call_id, call in asterisk.items() for seat in set(call.rung))
    answers = Counter(seat for call in asterisk.values() for _, seat in call.answers)
    in_vain = Counter(seat for call in asterisk.values() for seat in call.in_vain)
    talked: Counter[str] = Counter()
    for call in asterisk.values():
        for seat, since, till in call.seat_talks:
            talked[seat] += till - since
    assert len(told.seats) == SEATS
    # A seat is ringing from the moment its phone is about to be called; a caller who hangs up in that moment
    # is known to the seats' log alone.
    only_ours = 0
    for ext, figures in told.seats.items():
        calls = sum(1 for who, _ in rung if who == ext)
        assert figures.rung >= calls and figures.answered == answers[ext], (figures, calls)
        only_ours += figures.rung - calls
    left = [call for call in asterisk.values() if not call.answers and call.stood.startswith(ABOUT_TO_RING)]
    assert only_ours <= len(left), (only_ours, left)
    for ext, figures in told.seats.items():
        assert figures.not_answered == in_vain[ext], (figures, in_vain[ext])
        assert close(figures.talking_ms, talked[ext], 2 * figures.answered + 1), (figures, talked[ext])
    assert sum(figures.not_answered for figures in told.seats.values()), "no phone rang in vain"
    assert told.whole.wrap_up_ms == sum(figures.wrap_up_ms for figures in told.seats.values())


def recordings_agree(told: Reports, asterisk: Mapping[str, CelCall]) -> None:
    """Each answered call has its two tracks, hashed, as long as it was bridged."""
    answered = {call_id for call_id, call in asterisk.items() if call.answers}
    assert set(told.tracks) == answered
    for tracks in told.tracks.values():
        assert [track.track for track in tracks] == ["caller", "seat"]
        assert all(track.sha256 and track.bytes for track in tracks), tracks
