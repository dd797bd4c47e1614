"""From CEL records to calls: what Asterisk itself can tell about a call that none of our processes saw."""

import json
import re
from dataclasses import dataclass, field

from .record import CelRecord

# Seats are endpoints named by their extension's digits; trunks are named by words.
_SEAT = re.compile(r"PJSIP/(\d+)-")
# … and a leg that goes over another node to a seat's phone says so.
_TOLD = re.compile(r"seat:(\d+)")


@dataclass(frozen=True, slots=True)
class CelCall:
    """One call, by its linkedid. Times: epoch seconds.

    `arrived_at`, `line`, `caller`, `context`, `channel`: of its first channel. `answered_at`, `seat`: when a
    seat first picked up; `seats`: all that did, in order. `via_plain`: the plain Queue application took it.
    `own_seat`: whose phone the first channel is, for a call that a seat made; `other`, `other_answered_at`:
    the first other channel that picked up (its uniqueid, and when), whoever it was.
    `cause`: Q.850 of the first channel's end, 0 when unknown; `hung_up_by`: the channel that ended it, or a
    dialplan word. `ended_at`: None as long as it lives. `cut`: it ended with Asterisk itself, not in order.
    """

    call_id: str
    channel: str
    context: str
    line: str
    caller: str = field(repr=False)
    caller_name: str = field(repr=False)
    arrived_at: float
    queued_at: float | None
    answered_at: float | None
    seat: str | None
    seats: tuple[str, ...]
    own_seat: str | None
    other: str
    other_answered_at: float | None
    ended_at: float | None
    via_plain: bool
    cause: int
    hung_up_by: str
    dial_status: str
    cut: bool


class OpenCall:
    """A call as far as its records have come. Records of one call come in order of time, legs mixed."""

    def __init__(self, first: CelRecord) -> None:
        self._first = first
        self._queued_at: float | None = None
        self._answers: dict[str, float] = {}
        self._other: tuple[str, float] | None = None
        self._cause = 0
        self._hung_up_by = ""
        self._dial_status = ""
        self.last_at = first.at

    def add(self, record: CelRecord) -> bool:
        """True when this was its last record."""
        self.last_at = max(self.last_at, record.at)
        own = record.uniqueid == record.linkedid
        if own and record.kind == "CHAN_START":
            self._first = record
        elif record.kind == "APP_START" and record.app.lower() == "queue":
            self._queued_at = self._queued_at or record.at
        elif own and record.kind == "HANGUP":
            self._read_end(record.extra)
        elif not own and record.kind in ("ANSWER", "BRIDGE_ENTER"):
            self._other = self._other or (record.uniqueid, record.at)
            seat = _seat_of(record)
            if seat is not None:
                self._answers.setdefault(seat, record.at)
        return record.kind == "LINKEDID_END"

    def summary(self, *, ended_at: float | None, cut: bool = False) -> CelCall:
        first = self._first
        seats = tuple(self._answers)
        return CelCall(
            call_id=first.linkedid,
            channel=first.channel,
            context=first.context,
            line=first.exten,
            caller=first.caller_num,
            caller_name=first.caller_name,
            arrived_at=first.at,
            queued_at=self._queued_at,
            answered_at=self._answers[seats[0]] if seats else None,
            seat=seats[0] if seats else None,
            seats=seats,
            own_seat=_seat_of(first),
            other=self._other[0] if self._other else "",
            other_answered_at=self._other[1] if self._other else None,
            ended_at=ended_at,
            via_plain=self._queued_at is not None,
            cause=self._cause,
            hung_up_by=self._hung_up_by,
            dial_status=self._dial_status,
            cut=cut,
        )

    def _read_end(self, extra: str) -> None:
        """HANGUP's eventextra: {"hangupcause":16,"hangupsource":"…","dialstatus":"ANSWER"}."""
        try:
            facts = json.loads(extra)
        except ValueError:
            return
        if isinstance(facts, dict):
            cause = facts.get("hangupcause", 0)
            self._cause = cause if isinstance(cause, int) else 0
            self._hung_up_by = str(facts.get("hangupsource", ""))
            self._dial_status = str(facts.get("dialstatus", ""))


def _seat_of(record: CelRecord) -> str | None:
    seat = _TOLD.fullmatch(record.userfield) or _SEAT.match(record.channel)
    return seat.group(1) if seat else None
