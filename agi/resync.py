"""A bridge that becomes its node's owner finds the calls in Asterisk and takes them up again.

Truth is Asterisk's snapshot: Redis is put right by it, calls that no ledger knows get their entry and ticket,
calls that the plain queue holds come back into the journey, calls that are gone are explained from CEL.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import structlog

from agi.legs import began_ms, is_call_of, is_callback, seat_of
from agi.live import LiveCalls, Memory
from ami_bridge import LiveChannel, Snapshot
from crm import Arrival, Ledger, Mark
from seats import DEFAULT_LANGUAGE, Acd, CallKind, LiveCall

SNAPSHOT_S = 1.0  # what changed while the snapshot was being taken is newer than it

Phase = Literal["journey", "waiting", "plain", "ringing", "talking"]


@dataclass(frozen=True, slots=True)
class Found:
    """One caller as the snapshot has it."""

    caller: LiveChannel
    phase: Phase
    seat: str | None
    kind: CallKind = CallKind.CALL

    @property
    def call_id(self) -> str:
        """The call's id."""
        return self.caller.call_id

    @property
    def arrived_ms(self) -> int:
        """When the call arrived, epoch ms."""
        told = self.caller.variables.get("HL_ARRIVED", "")
        return int(told) if told.isdecimal() else began_ms(self.call_id)


def read(channels: Iterable[LiveChannel], node: str) -> list[Found]:
    """The callers among a node's channels, and where each of them stands.

    Legs of other nodes' calls, and of shift leaders who listen, are none.
    """
    callers: list[LiveChannel] = []
    others: dict[str, list[LiveChannel]] = defaultdict(list)
    for channel in channels:
        if not is_call_of(channel.call_id, node):
            continue
        if channel.uniqueid == channel.call_id and channel.variables.get("HL_CALL"):
            callers.append(channel)
        else:
            others[channel.call_id].append(channel)
    return [_found(caller, others[caller.call_id]) for caller in callers]


def _found(caller: LiveChannel, others: list[LiveChannel]) -> Found:
    made_by = _seat("", caller)
    if made_by is not None:  # a seat's call out: its own leg is the first
        phase: Phase = "talking" if caller.bridge_id else "ringing"
        return Found(caller, phase, made_by, CallKind.OUTGOING)
    seats = [leg for leg in others if _seat(leg.channel, leg)]
    for leg in seats:
        if caller.bridge_id and leg.bridge_id == caller.bridge_id:
            return Found(caller, "talking", _seat(leg.channel, leg))
    if caller.application == "Dial" and seats:
        return Found(caller, "ringing", _seat(seats[0].channel, seats[0]))
    if caller.application == "Queue":
        return Found(caller, "plain", None)
    return Found(caller, "waiting" if caller.context == "hl-wait" else "journey", None)


def _seat(name: str, channel: LiveChannel) -> str | None:
    return seat_of(name, channel.variables.get("HL_LEG", ""))


class Resync:
    """Puts Redis, the ledger and the owner's own picture right after a snapshot."""

    def __init__(
        self, *, node: str, acd: Acd, ledger: Ledger, live: LiveCalls, groups: tuple[str, ...]
    ) -> None:
        self._node = node
        self._acd = acd
        self._ledger = ledger
        self._live = live
        self._groups = groups
        self._log = structlog.get_logger("agi.resync").bind(node=node)

    async def run(self, snapshot: Snapshot) -> None:
        """Takes the snapshot for true.  The sweep then sends those who wait in the plain queue back."""
        found = read(snapshot.channels, self._node)
        found.sort(key=lambda each: each.arrived_ms)
        self._live.replace({each.call_id: _memory(each) for each in found})
        await self._phones(snapshot)
        known = {call.call_id for call in await self._acd.calls()}
        repairs = await self._acd.restore(
            self._node,
            [self._live_call(each) for each in found if each.phase != "journey" or each.call_id in known],
            as_of_ms=round((snapshot.taken_at - SNAPSHOT_S) * 1000),
        )
        for each in found:
            await self._on_record(each)
        self._log.info("resync.done", calls=len(found), repairs=len(repairs))

    async def phones_gone(self) -> int:
        """The node does not answer: no phone that is registered there can be rung.  How many those were."""
        here = [seat.seat for seat in await self._acd.seats() if seat.node == self._node and seat.registered]
        await asyncio.gather(*(self._acd.contact(seat, False, node=self._node) for seat in here))
        self._live.forget_phones()
        return len(here)

    async def calls_gone(self) -> int:
        """It has not answered for so long that its callers are gone too.  How many the ACD let go."""
        return len(await self._acd.restore(self._node, []))

    async def _phones(self, snapshot: Snapshot) -> None:
        """Which seats' phones are there, and what they do."""
        for seat in await self._acd.seats():
            state = snapshot.devices.get(f"PJSIP/{seat.seat}")
            if state is not None and state != seat.device:
                await self._acd.device(seat.seat, state, node=self._node)
            there = snapshot.reachable(seat.seat)
            if there is not None and there != seat.registered:
                await self._acd.contact(seat.seat, there, node=self._node)

    def _live_call(self, each: Found) -> LiveCall:
        phase: Literal["waiting", "ringing", "talking"] = (
            each.phase if each.phase in ("ringing", "talking") else "waiting"
        )
        variables = each.caller.variables
        return LiveCall(
            call_id=each.call_id,
            channel=each.caller.channel,
            phase=phase,
            seat=each.seat,
            since_ms=each.arrived_ms,
            groups=tuple(filter(None, variables.get("HL_GROUPS", "").split("+"))) or self._groups,
            language=variables.get("HL_LANG") or DEFAULT_LANGUAGE,
            kind=CallKind.CALLBACK if is_callback(each.call_id) else each.kind,
        )

    async def _on_record(self, each: Found) -> None:
        """The ledger learns of a call that came while no bridge lived; a known call is left as it is."""
        variables = each.caller.variables
        await self._ledger.open(
            Arrival(
                call_id=each.call_id,
                node=self._node,
                origin="seat" if each.kind is CallKind.OUTGOING else variables.get("HL_ORIGIN") or "carrier",
                line=variables.get("HL_LINE", ""),
                caller=each.caller.caller_num,
                caller_name=None,
                arrived_at=each.arrived_ms,
            )
        )
        if each.phase == "talking" and each.seat is not None:
            await self._ledger.mark(
                Mark(each.call_id, "found_talking", each.arrived_ms, seat=each.seat, key=each.seat)
            )


def _memory(each: Found) -> Memory:
    talked = each.caller.variables.get("HL_TALKED") or None  # in the survey, or hearing goodbye
    return Memory(
        channel=each.caller.channel,
        answered_by=each.seat if each.phase == "talking" else talked,
        together=each.phase == "talking",
        plain=each.caller.application == "Queue",
        voicemail=each.caller.context == "hl-voicemail",
        in_queue=each.phase == "plain",
        made_by=_seat("", each.caller),
    )
