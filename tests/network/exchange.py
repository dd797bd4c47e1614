"""The exchange inside the telephone network: places calls, hands each event to its leg, rings the phones."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Coroutine, Sequence
from typing import TypeVar

from ami_bridge import ActionRefused, Link, NodeEndpoint, Snapshot
from ami_bridge import actions as act
from ami_bridge import events as ev

from .asterisk import PrivateAsterisk
from .citizen import Citizen
from .leg import Leg
from .phone import Phone
from .seat import Seat
from .tones import TonePlan

EVENTS: tuple[type[ev.Event], ...] = (ev.Newchannel, ev.Hangup, ev.UserEvent, ev.OriginateResponse)
RING_S = 120.0
AnyPhone = TypeVar("AnyPhone", bound=Phone)


class Exchange:
    """Knows every leg that lives and every phone; `faults` are exceptions of what phones were told to do."""

    def __init__(
        self,
        asterisk: PrivateAsterisk,
        endpoint: NodeEndpoint,
        tones: TonePlan,
    ) -> None:
        self._asterisk = asterisk
        self.link = Link(endpoint, self._saw, self._snapshot, wanted=EVENTS)
        self.ready = asyncio.Event()
        self.tones = tones
        self.faults: list[Exception] = []
        self._legs: dict[str, Leg] = {}
        self._new: dict[str, ev.Newchannel] = {}
        self._phones: dict[tuple[str, str], Phone] = {}
        self._configured: list[Seat] = []
        self._configuring = asyncio.Lock()
        self._doing: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begins to connect; `ready` is set when Asterisk has booted."""
        await self.link.start()

    async def stop(self) -> None:
        """Lets go of everything; the calls end with their Asterisk."""
        for task in self._doing:
            task.cancel()
        await asyncio.gather(*self._doing, return_exceptions=True)
        await self.link.stop()

    @property
    def legs(self) -> list[Leg]:
        """Those that have not ended."""
        return list(self._legs.values())

    def install(self, phone: AnyPhone) -> AnyPhone:
        """From now on it can be rung.  Raises ValueError when there is one of that number at that place."""
        key = (phone.place.host, phone.number)
        if key in self._phones:
            raise ValueError(f"there is a phone {phone.number} at {phone.place.name} already")
        self._phones[key] = phone
        return phone

    # Placing calls -----------------------------------------------------------------------------------------

    async def citizen_calls(self, citizen: Citizen, number: str) -> Leg:
        """Sends the INVITE from the citizen's place."""
        tone = self.tones.take() if citizen.speaks else 0
        leg = self._leg(f"citizen {citizen.number}", _channel_id(), tone, citizen.records)
        leg.address = citizen.place.host
        if tone:
            leg.when_ended(lambda: self.tones.give_back(tone))
        shown = f'"{citizen.name}" <{citizen.number}>'
        await self._dial(leg, citizen.place.name, number, shown, citizen.hotline)
        return leg

    async def seat_calls(self, seat: Seat, number: str) -> Leg:
        """Sends the INVITE with the seat's credentials."""
        await self.configure([seat])
        leg = self._leg(f"seat {seat.number}", _channel_id(), seat.tone_hz, seat.records)
        await self._dial(leg, f"seat-{seat.number}", number, f'"" <{seat.number}>', seat.hotline)
        return leg

    async def _dial(
        self, leg: Leg, endpoint: str, number: str, caller: str, hotline: tuple[str, int]
    ) -> None:
        host, port = hotline
        self._legs[leg.uniqueid] = leg
        leg.placed_at = time.time()
        await self.link.act(
            act.Originate(
                channel=f"PJSIP/{endpoint}/sip:{number}@{host}:{port}",
                channel_id=leg.uniqueid,
                context="talk",
                exten="s",
                timeout_s=RING_S,
                caller_id=caller,
                variables={"TONE": str(leg.tone_hz), "EAR": "1" if leg.recording else "0"},
            )
        )

    def _leg(self, party: str, uniqueid: str, tone_hz: int, records: bool) -> Leg:
        heard = self._asterisk.state / "heard"
        return Leg(self.link, party, uniqueid, tone_hz=tone_hz, heard=heard, records=records)

    # Seats' registrations ----------------------------------------------------------------------------------

    async def configure(self, seats: Sequence[Seat]) -> bool:
        """Writes the seats' endpoints and registrations and reloads; they register at once.

        False when all of them are configured already.
        """
        async with self._configuring:
            new = [seat for seat in seats if seat not in self._configured]
            if not new:
                return False
            self._configured += new
            self._asterisk.write("pjsip_seats.conf", {"seats": self._configured})
            await self.link.act(act.ModuleReload(module="res_pjsip.so"), timeout_s=10)
            await self.link.act(act.ModuleReload(module="res_pjsip_outbound_registration.so"), timeout_s=10)
            return True

    # Events ------------------------------------------------------------------------------------------------

    async def _snapshot(self, _snapshot: Snapshot) -> None:
        self.ready.set()

    def _saw(self, event: ev.Event) -> None:
        if not isinstance(event, ev.ChannelEvent | ev.OriginateResponse):
            return
        leg = self._legs.get(event.uniqueid)
        if isinstance(event, ev.Newchannel) and leg is None:
            self._new[event.uniqueid] = event
        elif isinstance(event, ev.UserEvent) and event.kind == "Invited":
            self._invited(event)
        elif leg is not None:
            leg.saw(event)
        if isinstance(event, ev.Hangup):
            self._new.pop(event.uniqueid, None)
        if leg is not None and leg.ended_at is not None:
            self._legs.pop(event.uniqueid, None)

    def _invited(self, event: ev.UserEvent) -> None:
        born = self._new.pop(event.uniqueid)
        address, number = event.body["Address"].partition(":")[0], event.body["Number"]
        phone = self._phones.get((address, number))
        name = f"unknown {number} at {address}" if phone is None else phone.name
        tone, records = (0, False) if phone is None else (phone.tone_hz, phone.records)
        leg = self._leg(name, event.uniqueid, tone, records)
        leg.address, leg.caller = address, event.body.get("From", "")
        leg.saw(born)
        self._legs[event.uniqueid] = leg
        self._do(leg.turns_down("unknown") if phone is None else phone.arrives(leg))

    def _do(self, doing: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(self._watched(doing))
        self._doing.add(task)
        task.add_done_callback(self._doing.discard)

    async def _watched(self, doing: Coroutine[None, None, None]) -> None:
        try:
            await doing
        except ActionRefused:
            # The caller gave up at the same moment: the channel is gone, and its Hangup tells the story.
            return
        except Exception as fault:  # noqa: BLE001  kept for the scenario, which raises it at its end
            self.faults.append(fault)


def _channel_id() -> str:
    return f"net-{secrets.token_hex(8)}"
