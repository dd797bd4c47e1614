"""The simulated telephone network: carrier, emergency lines, sub-centre, departments, citizens and seats.

async with Network(programs, hotline_sip=("127.0.0.1", port)) as net:
    seat = await net.seat("1001", password)
    await seat.registers()
    seat.answers(after=1.0)
    call = await net.citizen("13904760001").calls("12345")
    talk = await seat.talks()
    assert await net.who_hears_whom([call, talk]) == {call: {talk}, talk: {call}}
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from ami_bridge import Link, NodeEndpoint
from ami_bridge import actions as act
from ami_bridge import events as ev
from asterisk_conf.obtain import Programs

from . import load, matrix, raw_sip
from .asterisk import BOOT_S, AsteriskDied, PrivateAsterisk
from .citizen import Citizen
from .exchange import EVENTS, Exchange
from .leg import Leg, NotSeen
from .modules import MODULES
from .phone import Phone
from .places import CARRIER, DEFAULT_HOSTS, DEPARTMENT, SEATS, Ports, allot, rtp_range
from .seat import Seat, registrations
from .tones import TonePlan

FILES = (
    "asterisk.conf",
    "modules.conf",
    "logger.conf",
    "manager.conf",
    "cdr.conf",
    "rtp.conf",
    "pjsip.conf",
    "pjsip_seats.conf",
    "extensions.conf",
)


class Network:
    """One private Asterisk that plays everybody outside the hotline.

    hotline_sip: where the hotline takes SIP over UDP; more_sip: where its further nodes do.  A party's `node`
    counts them from 0.  hosts: a loopback address for each place.
    ports: fixed SIP ports by place (the others are free ones, known as soon as the object is made).
    tones: its own plan by default.  keep: leave the state directory behind, to look into.
    """

    def __init__(
        self,
        programs: Programs,
        *,
        hotline_sip: tuple[str, int],
        more_sip: Sequence[tuple[str, int]] = (),
        hosts: Mapping[str, str] = DEFAULT_HOSTS,
        ports: Mapping[str, int] | None = None,
        tones: TonePlan | None = None,
        keep: bool = False,
    ) -> None:
        self.hotline_sip = hotline_sip
        self._ports = Ports()
        self.places = allot(self._ports, hosts, ports or {})
        self._ami = NodeEndpoint(
            "network", "127.0.0.1", self._ports.tcp("127.0.0.1"), "network", secrets.token_hex(16)
        )
        self._keep = keep
        self.asterisk = PrivateAsterisk(programs)
        self._nodes = (hotline_sip, *more_sip)
        self.exchange = Exchange(self.asterisk, self._ami, tones or TonePlan())

    @property
    def link(self) -> Link:
        """AMI of the network's own Asterisk, for what the scenario words do not say."""
        return self.exchange.link

    async def __aenter__(self) -> Self:
        first, last = rtp_range()
        values = {
            "load": MODULES,
            "places": list(self.places.values()),
            "ami": self._ami,
            "event_filters": ev.event_filters(EVENTS),
            "rtp_first": first,
            "rtp_last": last,
            "seats": [],
        }
        for name in FILES:
            self.asterisk.write(name, values)
        self._ports.let_go()
        try:
            await self.asterisk.start()
            await self.exchange.start()
            await self._boots()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()
        # Only when the scenario itself went well: else its own failure is the one to read.
        if fault is None and self.exchange.faults:
            raise self.exchange.faults[0]

    async def _boots(self) -> None:
        deadline = time.monotonic() + BOOT_S
        while not self.exchange.ready.is_set():
            self.asterisk.raise_if_dead()
            if time.monotonic() > deadline:
                raise AsteriskDied(f"no AMI within {BOOT_S} s\n{self.asterisk.log()[-2000:]}")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.exchange.ready.wait(), 0.2)

    async def _stop(self) -> None:
        self._ports.let_go()
        await self.exchange.stop()
        await self.asterisk.stop(keep=self._keep)

    # The parties -------------------------------------------------------------------------------------------

    def citizen(
        self,
        number: str,
        *,
        at: str = CARRIER,
        name: str = "",
        speaks: bool = True,
        records: bool = True,
        node: int = 0,
    ) -> Citizen:
        """Somebody who calls in from the place `at`, delivered to a node of the hotline.

        Without `speaks` and `records` it costs less.
        """
        place, calls = self.places[at], self.exchange.citizen_calls
        return Citizen(number, place, calls, self._nodes[node], name, speaks, records)

    def phone(self, number: str, *, at: str = DEPARTMENT, speaks: bool = True, records: bool = True) -> Phone:
        """A telephone outside that the hotline may dial at the place `at`: 110, a department's desk …"""
        tone = self._tone(speaks)
        return self.exchange.install(
            Phone(f"{at} {number}", self.places[at], number, tone_hz=tone, records=records)
        )

    async def seat(
        self, ext: str, password: str, *, speaks: bool = True, records: bool = True, node: int = 0
    ) -> Seat:
        """The SIP phone of seat `ext`, which will register at a node; it is not registered yet."""
        return self.exchange.install(
            Seat(
                self.link,
                self.places[SEATS],
                ext,
                password,
                hotline=self._nodes[node],
                tone_hz=self._tone(speaks),
                records=records,
                configure=lambda seat: self.exchange.configure([seat]),
                place_call=self.exchange.seat_calls,
            )
        )

    async def seats(
        self,
        passwords: Mapping[str, str],
        *,
        speaks: bool = True,
        records: bool = False,
        within_s: float = 20.0,
        node: int = 0,
    ) -> list[Seat]:
        """Many seats' phones ({extension: password}), all registered.  Raises NotSeen."""
        seats = [
            await self.seat(e, p, speaks=speaks, records=records, node=node) for e, p in passwords.items()
        ]
        await self.exchange.configure(seats)
        deadline = time.monotonic() + within_s
        while missing := await self._unregistered(seats):
            if time.monotonic() > deadline:
                raise NotSeen(f"not registered after {within_s} s: {missing}")
            await asyncio.sleep(0.1)
        return seats

    async def _unregistered(self, seats: Sequence[Seat]) -> list[Seat]:
        now = await registrations(self.link)
        return [seat for seat in seats if now.get(seat.registration) != "Registered"]

    def _tone(self, speaks: bool) -> int:
        return self.exchange.tones.take() if speaks else 0

    # What is asked of all of them --------------------------------------------------------------------------

    async def who_hears_whom(self, legs: Sequence[Leg], *, seconds: float = 1.0) -> matrix.Matrix:
        """For each leg, those of the others that it hears in the coming second."""
        return await matrix.who_hears_whom(legs, seconds=seconds)

    async def load(
        self,
        *,
        calls: int,
        per_second: float,
        number: str = "12345",
        plan: load.Plan | None = None,
    ) -> list[Leg]:
        """So many citizens at that rate; returns their legs when the last has ended (see load.Plan)."""
        return await load.run(self, calls, per_second, number, plan or load.Plan())

    async def raw_invite(
        self,
        number: str,
        caller: raw_sip.Caller,
        *,
        hold_s: float = 0.5,
        answer_within_s: float = 10.0,
        headers: Sequence[bytes] = (),
    ) -> raw_sip.RawOutcome:
        """An INVITE of arbitrary bytes to the hotline; see raw_sip.raw_invite."""
        return await raw_sip.raw_invite(
            self.hotline_sip,
            number,
            caller,
            hold_s=hold_s,
            answer_within_s=answer_within_s,
            headers=headers,
        )

    async def channels(self) -> list[str]:
        """The channels that the network's Asterisk has now: none when every call is over."""
        reply = await self.link.act(act.CoreShowChannels())
        return [item.get("Channel", "") for item in reply.items]
