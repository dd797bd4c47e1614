"""`./hotline call` and `./hotline demo`: the simulated telephone network at the running system."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

from asterisk_conf.obtain import programs
from crm import Role
from crm.people import People
from crm.types import now_ms
from hotline_app import logs, wiring
from hotline_app.runtime import Runtime

from . import demo, ear
from .desk import Desk
from .leg import Leg
from .network import Network
from .places import CARRIER
from .stages import NAMES, Followed, Follower
from .tones import TonePlan

TOKEN_NAME = "test call"
TOKEN_LIVES_MS = 600_000
PATIENCE_S = 60.0
BEFORE_KEY_S = 1.0


def run_call(given: argparse.Namespace) -> int:
    """`given`: runtime, number, caller, press, talk (s), json.  0: it reached a person and has its ticket."""
    logs.configure(given.runtime.state.log / "call.log", process="call")
    report = asyncio.run(_call(given))
    if given.json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        print(f"工单 / ticket: {report['ticket_no'] or '无'}  结果 / outcome: {report['outcome'] or '未知'}")
    return 0 if report["outcome"] == "answered" and report["ticket_no"] else 1


def run_demo(given: argparse.Namespace) -> int:
    """`given`: runtime, and `up`, which runs all and awaits its `on_ready`.  0 when all has stopped."""
    asyncio.run(demo.play(given.runtime, given.up))
    return 0


async def _call(given: argparse.Namespace) -> dict[str, Any]:
    runtime: Runtime = given.runtime
    async with (
        _operator(runtime) as token,
        Desk(runtime.web_url, token=token) as desk,
        Network(
            programs(),
            hotline_sip=demo.sip_of(runtime),
            hosts={CARRIER: runtime.values.selftest.carrier},
            tones=TonePlan(backwards=True),
        ) as net,
    ):
        follower = Follower(desk, given.number, lambda stage: _tell(stage, quiet=given.json))
        await follower.remember_others()
        leg = await net.citizen(given.caller).dials(given.number)
        living = asyncio.create_task(_live(leg, follower, given.press, given.talk))
        try:
            followed = await follower.follow(leg)
        finally:
            living.cancel()
            await asyncio.gather(living, return_exceptions=True)
        return _report(given, leg, followed)


async def _live(leg: Leg, follower: Follower, keys: str, talk_s: float) -> None:
    """The citizen: presses once the greeting plays (a comma waits a second), talks, hangs up."""
    await leg.settles(within_s=PATIENCE_S)
    if not leg.talks:
        return
    if keys:
        await asyncio.sleep(BEFORE_KEY_S)
    for part in keys.split(","):
        await leg.presses(part)
        await asyncio.sleep(1.0 if "," in keys else 0.0)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(follower.answered.wait(), PATIENCE_S)
        await asyncio.sleep(talk_s)
    await leg.hangs_up()


def _report(given: argparse.Namespace, leg: Leg, followed: Followed) -> dict[str, Any]:
    tones: set[int] = set()
    for _, heard in ear.timeline(leg.has_heard(), TonePlan().all_hz, step_s=0.25):
        tones |= heard
    return {
        "number": given.number,
        "from": given.caller,
        "call_id": followed.call_id or None,
        "ticket_no": followed.ticket_no,
        "outcome": followed.outcome,
        "seat": followed.seat,
        "line_name": followed.line_name,
        "place": followed.place,
        "caller_masked": followed.caller_masked,
        "stages": followed.stages,
        "tone_sent_hz": leg.tone_hz,
        "tones_heard_hz": sorted(tones),
        "sip_cause": leg.cause,
    }


def _tell(stage: dict[str, Any], *, quiet: bool) -> None:
    if quiet:
        return
    seat = f" {stage['seat']}" if stage["seat"] else ""
    print(f"{stage['after_s']:8.3f} s  {NAMES.get(stage['stage'], stage['stage'])}{seat}", flush=True)


@contextlib.asynccontextmanager
async def _operator(runtime: Runtime) -> AsyncIterator[str]:
    """A token of the local operator, for this one call; whoever reads the state directory may have it."""
    store = await wiring.open_store(runtime, tolerate_away=False)
    try:
        people = People(store)
        expires = now_ms() + TOKEN_LIVES_MS
        yield await people.issue_token(TOKEN_NAME, Role.SHIFT_LEADER, expires_at=expires, actor="call")
        await people.revoke_token(TOKEN_NAME, actor="call")
    finally:
        await store.close()
