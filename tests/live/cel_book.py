"""A day as Asterisk's own CEL file tells it: read here with nothing but the csv module.

The hotline's own reader (ami_bridge/cel) is not used: what is to be checked must not check itself.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

# The order in which cel_custom.conf has Asterisk write them.
KIND, AT, CHANNEL_ID, CALL_ID, CHANNEL, CONTEXT, EXTEN = range(7)
_SEAT = re.compile(r"PJSIP/(\d{4})-")
#: Where a caller stands who has asked for a person: in the queue, or a seat is being rung.
_QUEUED = re.compile(r"hl-wait:.*|hl-do:(wait|dial)")
#: Where a bridge is being asked: the step before it is not on record.
_BETWEEN = re.compile(r"hl-decide:.*")


@dataclass
class CelCall:
    """Moments in epoch ms.

    `rung`: seats whose phones were called; `answers`: (moment, seat) of each pick-up; `talks`: (from, till)
    in which the caller was bridged; `seat_talks`: (seat, from, till) of its phone, picked up; `stood`:
    context:extension at the hang-up."""

    arrived: int
    rung: list[str] = field(default_factory=list)
    answers: list[tuple[int, str]] = field(default_factory=list)
    talks: list[tuple[int, int]] = field(default_factory=list)
    seat_talks: list[tuple[str, int, int]] = field(default_factory=list)
    ended: int = 0
    stood: str = ""

    @property
    def talk_ms(self) -> int:
        return sum(till - since for since, till in self.talks)

    @property
    def after_talk_ms(self) -> int:
        """How long the caller stayed when the seat had gone."""
        return self.ended - self.talks[-1][1] if self.talks else 0

    @property
    def in_vain(self) -> set[str]:
        """Seats that let it ring or turned it down; not the one that rang when the caller gave up."""
        rang = Counter(self.rung) - Counter(seat for _, seat in self.answers)
        if not self.answers and self.stood == "hl-do:dial":
            rang -= Counter(self.rung[-1:])
        return set(rang)

    @property
    def queued(self) -> bool | None:
        """Whether it had asked for a person; None: nobody can tell, a bridge was being asked."""
        if self.answers or self.rung or _QUEUED.fullmatch(self.stood):
            return True
        return None if _BETWEEN.fullmatch(self.stood) else False


def read(file: Path) -> dict[str, CelCall]:
    """Calls from a trunk, by their id."""
    calls: dict[str, CelCall] = {}
    entered: dict[str, int] = {}
    picked_up: dict[str, int] = {}
    with file.open(newline="", encoding="utf-8", errors="replace") as opened:
        for row in csv.reader(opened):
            at, call_id = round(float(row[AT]) * 1000), row[CALL_ID]
            own, seat = row[CHANNEL_ID] == call_id, _SEAT.match(row[CHANNEL])
            if own and row[KIND] == "CHAN_START" and row[CONTEXT].startswith("from-"):
                calls[call_id] = CelCall(at)
            call = calls.get(call_id)
            if call is None:
                continue
            match row[KIND]:
                case "CHAN_START" if seat:
                    call.rung.append(seat[1])
                case "ANSWER" if seat:
                    call.answers.append((at, seat[1]))
                    picked_up[row[CHANNEL_ID]] = at
                case "HANGUP" if seat and row[CHANNEL_ID] in picked_up:
                    call.seat_talks.append((seat[1], picked_up.pop(row[CHANNEL_ID]), at))
                case "BRIDGE_ENTER" if own:
                    entered[call_id] = at
                case "BRIDGE_EXIT" if own:
                    call.talks.append((entered.pop(call_id), at))
                case "HANGUP" if own:
                    call.ended, call.stood = at, f"{row[CONTEXT]}:{row[EXTEN]}"
    return calls
