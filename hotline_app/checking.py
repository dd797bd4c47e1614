"""What `check` looks at, in the order in which a person would put it right."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

from asterisk_conf.check import check
from asterisk_conf.command import Command
from asterisk_conf.fault import Fault
from asterisk_conf.obtain import Programs
from asterisk_conf.plan import Plan
from asterisk_conf.probe import console, probe
from asterisk_conf.render import FILE_MODE, SECRET_FILES, SECRET_MODE
from crm import catalogue
from hotline_app import wiring
from hotline_app.account import chosen
from hotline_app.asterisk_server import AsteriskServer
from hotline_app.ports import taken
from hotline_app.processes import Account
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
    plans = wiring.node_plans(runtime, programs, seats=seats, lines=lines)
    asterisk = Command(tuple(programs.argv("asterisk")), programs.env("asterisk"))
    faults: list[Fault | ConfigFault] = [] if running else [*taken(runtime, config_name)]
    for plan in plans:
        if running:
            faults += await asyncio.to_thread(_running, runtime, plan, asterisk)
            continue
        server = AsteriskServer(programs, runtime.state, plan.node, chosen(runtime.values.security.run_as))
        faults += await asyncio.to_thread(server.sounds, plan)
        faults += await asyncio.to_thread(probe, plan, asterisk)
    return faults


def _running(runtime: Runtime, plan: Plan, asterisk: Command) -> list[Fault]:
    target = runtime.state.node(plan.node) / "etc"
    faults = check(target, plan, ask=console(asterisk, target), log=plan.directories.log / "messages.log")
    account = chosen(runtime.values.security.run_as)
    return [fault for fault in faults if not _only_given_away(fault, target, account)]


def _only_given_away(fault: Fault, target: Path, account: Account | None) -> bool:
    """Started as root, the files belong to the user Asterisk runs as: that is how it shall be."""
    if fault.id != "file_mode" or account is None:
        return False
    found = (target / fault.file).stat()
    allowed = SECRET_MODE if fault.file in SECRET_FILES else FILE_MODE
    return found.st_uid == account.uid and not stat.S_IMODE(found.st_mode) & ~allowed
