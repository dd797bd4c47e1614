"""`./hotline demo`: a hall that works by itself, with one seat left for the person at the browser."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from asterisk_conf.obtain import programs
from crm import Role, Store, UserExists, catalogue
from crm.people import People
from hotline_app import wiring
from hotline_app.runtime import Runtime

from .citizen import Citizen
from .leg import Leg, NotSeen
from .network import Network
from .places import CARRIER, DEPARTMENT, EMERGENCY, SEATS, SUBCENTER
from .robot import Robot

ROBOTS = ("1001", "1002", "1003", "1004")
PERSON = "1005"
SIP_PORT = 5060
PAUSE_S = (3.0, 9.0)
LONGEST_S = 180.0
IMPATIENT = 0.1

# Invented numbers of several places; the lines are those of the directory.
CITIZENS = (
    "13904760001",
    "13947610002",
    "15047630003",
    "04768200004",
    "01088880005",
    "13804710006",
    "18604720007",
    "04348200008",
)
PREFERRED_LINE = "12345"


class Up(Protocol):
    """Runs the whole hotline until it is asked to stop; awaits `on_ready` once calls would be answered."""

    def __call__(self, *, on_ready: Callable[[], Awaitable[None]] | None = None) -> Awaitable[None]: ...


async def play(runtime: Runtime, up: Up) -> None:
    """Everything and the network; returns when it was asked to stop."""
    store = await wiring.open_store(runtime, tolerate_away=False)
    try:
        # Before the start, so that Asterisk knows these phones from the beginning.
        seats = await catalogue.ensure_seats(store, (*ROBOTS, PERSON))
        secrets = {seat.ext: seat.secret for seat in seats if seat.ext in (*ROBOTS, PERSON)}
        lines = [line.number for line in await catalogue.lines(store)]
        await up(on_ready=lambda: _hall(runtime, store, secrets, lines))
    finally:
        await store.close()


def sip_of(runtime: Runtime) -> tuple[str, int]:
    """Where the running hotline takes SIP from this machine."""
    sip = runtime.values.sip
    return ("127.0.0.1" if sip.host == "0.0.0.0" else sip.host), sip.port


async def _hall(runtime: Runtime, store: Store, secrets: Mapping[str, str], lines: list[str]) -> None:
    password = runtime.state.secret("demo-password", length=8)
    people = People(store)
    for ext in ROBOTS:
        await _user(people, f"robot{ext}", password, Role.SEAT, ext)
    await _user(people, f"seat{PERSON}", password, Role.SEAT, PERSON)
    await _user(people, "leader", password, Role.SHIFT_LEADER, None)
    async with _network(runtime) as net:
        for phone in await net.seats(secrets):
            phone.does(_takes_calls)
        for place, number in ((EMERGENCY, "110"), (EMERGENCY, "119"), (SUBCENTER, "12366")):
            net.phone(number, at=place).answers(after=1.0, talks=15.0)
        _say_logins(runtime, password)
        async with asyncio.TaskGroup() as hall:
            for ext in ROBOTS:
                hall.create_task(Robot(runtime.web_url, ext, f"robot{ext}", password).works())
            hall.create_task(_city(net, lines, hall))


def _network(runtime: Runtime) -> Network:
    """On the trunks' own port, so that the hotline can dial out too; else on free ports."""
    selftest = runtime.values.selftest
    hosts = {
        CARRIER: selftest.carrier,
        EMERGENCY: selftest.emergency,
        SUBCENTER: selftest.subcenter,
        DEPARTMENT: selftest.department,
        SEATS: "127.0.0.6",
    }
    obtained = programs()
    try:
        fixed = dict.fromkeys((CARRIER, EMERGENCY, SUBCENTER, DEPARTMENT), SIP_PORT)
        return Network(obtained, hotline_sip=sip_of(runtime), hosts=hosts, ports=fixed)
    except OSError as taken:
        print(f"〔演示〕{taken}；外呼演示不可用 / calls out will not work", file=sys.stderr, flush=True)
        return Network(obtained, hotline_sip=sip_of(runtime), hosts=hosts)


async def _user(people: People, name: str, password: str, role: Role, seat: str | None) -> None:
    """Made at the first demo on this state directory, with the password that is kept there."""
    with contextlib.suppress(UserExists):
        await people.add(name, password, role, seat=seat, actor="demo")


def _say_logins(runtime: Runtime, password: str) -> None:
    print(
        f"〔演示〕打开 {runtime.web_url} ，座席 seat{PERSON} 或班长 leader，密码 {password}；"
        f"其余座席 {'、'.join(ROBOTS)} 由机器人值守 / log in as seat{PERSON} or leader",
        flush=True,
    )


async def _takes_calls(leg: Leg) -> None:
    """A seat's phone: answers after a moment, talks a while, hangs up."""
    await leg.rings()
    await asyncio.sleep(random.uniform(1.0, 2.0))
    if leg.ended_at is not None:
        return
    await leg.picks_up()
    with contextlib.suppress(NotSeen):
        await leg.ends(within_s=random.uniform(5.0, 20.0))
        return
    await leg.hangs_up()


async def _city(net: Network, lines: list[str], hall: asyncio.TaskGroup) -> None:
    """Citizens call, one at a time, every few seconds; half of them 12345, the others another line."""
    free = list(CITIZENS)
    while True:
        await asyncio.sleep(random.uniform(*PAUSE_S))
        if not free:
            continue
        number = free.pop(random.randrange(len(free)))
        line = PREFERRED_LINE if random.random() < 0.5 else random.choice(lines)
        citizen = net.citizen(number, records=False)
        hall.create_task(_errand(citizen, line, free))


async def _errand(citizen: Citizen, line: str, free: list[str]) -> None:
    """One call; some press 2 for Mongolian, some do not wait."""
    try:
        leg = await citizen.dials(line)
        await leg.settles(within_s=30)
        if leg.talks and random.random() < 0.2:
            await asyncio.sleep(1.5)
            await leg.presses("2")
        patience = random.uniform(3.0, 10.0) if random.random() < IMPATIENT else LONGEST_S
        with contextlib.suppress(NotSeen):
            await leg.ends(within_s=patience)
            return
        await leg.hangs_up()
    finally:
        free.append(citizen.number)
