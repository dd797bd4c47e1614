"""What `check` looks at, in the order in which a person would put it right."""

from __future__ import annotations

import asyncio

from asterisk_conf.check import check
from asterisk_conf.command import Command
from asterisk_conf.fault import Fault
from asterisk_conf.obtain import Programs
from asterisk_conf.plan import Plan
from asterisk_conf.probe import console, probe
from crm import catalogue
from hotline_app import wiring
from hotline_app.ports import taken
from hotline_app.runtime import Runtime
from hotline_app.settings_file import ConfigFault


async def faults_of(
    runtime: Runtime, programs: Programs, *, config_name: str, running: bool
) -> list[Fault | ConfigFault]:
    """Every fault that can be seen.  Raises PlanRefused, StoreUnavailable.

    Running: its files, its log and its own answers.  Not running: its ports, and a private copy that is
    booted on ports of its own and asked.
    """
    if runtime.private_node is None:
        return [] if running else list(taken(runtime, config_name))
    store = await wiring.open_store(runtime, tolerate_away=False)
    try:
        seats, lines = await catalogue.seats(store), await catalogue.lines(store)
    finally:
        await store.close()
    plan = wiring.node_plan(runtime, programs, seats=seats, lines=lines)
    asterisk = Command(tuple(programs.argv("asterisk")), programs.env("asterisk"))
    if not running:
        ports = taken(runtime, config_name)
        return [*ports, *await asyncio.to_thread(probe, plan, asterisk)]
    return list(await asyncio.to_thread(_running, runtime, plan, asterisk))


def _running(runtime: Runtime, plan: Plan, asterisk: Command) -> list[Fault]:
    target = runtime.state.node(plan.node) / "etc"
    return check(target, plan, ask=console(asterisk, target), log=plan.directories.log / "messages.log")
