"""Reads Asterisk's CEL file: typed records, and a summary of every call that ended."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from .calls import CelCall, OpenCall
from .record import BEGINS, CelRecord, MalformedRecord, parse_record
from .tail import Gap, Line, Position, Tail

# Lines that one record may be spread over (a quoted line break), before it counts as damaged.
_MOST_LINES = 20
# Ended calls remembered, so that a straggling record does not open one of them again.
_REMEMBERED = 1_000


@dataclass(frozen=True, slots=True)
class CelFault:
    """Something in the file that was skipped, or lines that are missing; `at` says where."""

    at: str
    reason: str


@dataclass(frozen=True, slots=True)
class CelBatch:
    """`offset`: give it to the next CelReader. It lies before the oldest call that has not ended, so after
    a restart such calls are read again in full, and some ended ones a second time: use `ended` idempotently.
    `more`: there was more to read than `most`.
    """

    records: tuple[CelRecord, ...]
    ended: tuple[CelCall, ...]
    faults: tuple[CelFault, ...]
    offset: str
    more: bool


class CelReader:
    """`offset` comes from the last batch that was dealt with; empty reads from the oldest file that is there.

    Raises ValueError for an offset that is none.
    """

    def __init__(self, path: Path, offset: str = "") -> None:
        self._tail = Tail(path, Position.parse(offset))
        self._open: dict[str, OpenCall] = {}
        self._begins: dict[str, Position] = {}
        self._ended: dict[str, None] = {}
        self._held: list[Line] = []
        self.log = structlog.get_logger()

    def read(self, most: int = 5_000) -> CelBatch:
        """What was written since; quick (one `stat` when nothing was). Raises OSError."""
        records: list[CelRecord] = []
        ended: list[CelCall] = []
        faults: list[CelFault] = []
        count = 0
        for found in self._tail.lines(most):
            count += 1
            if isinstance(found, Gap):
                self._damaged(faults)
                faults.append(self._fault(found.at, found.reason))
            else:
                self._line(found, records, ended, faults)
        return CelBatch(tuple(records), tuple(ended), tuple(faults), self.offset, more=count >= most)

    @property
    def offset(self) -> str:
        if self._begins:
            return str(next(iter(self._begins.values())))
        return str(self._held[0].at if self._held else self._tail.position)

    @property
    def live(self) -> Mapping[str, CelCall]:
        """Calls without an end yet, as far as they are known."""
        return {call_id: call.summary(ended_at=None) for call_id, call in self._open.items()}

    def asterisk_restarted(self, booted_at: float, alive: Container[str] = ()) -> tuple[CelCall, ...]:
        """Ends every call whose last record is from before `booted_at`: a killed Asterisk writes no end.

        `alive`: linkedids of the snapshot, which are of the new Asterisk's first second. Call it when a
        snapshot says `boot.restarted` and everything written has been read (`more` is False).
        """
        gone = {
            key: call for key, call in self._open.items() if call.last_at < booted_at and key not in alive
        }
        for key in gone:
            self._forget(key)
        return tuple(call.summary(ended_at=call.last_at, cut=True) for call in gone.values())

    def close(self) -> None:
        self._tail.close()

    def _line(
        self, line: Line, records: list[CelRecord], ended: list[CelCall], faults: list[CelFault]
    ) -> None:
        if BEGINS.match(line.text):
            self._damaged(faults)
        elif not self._held:
            faults.append(self._fault(line.at, "not the beginning of a record"))
            return
        self._held.append(line)
        text = "\n".join(part.text for part in self._held)
        if text.count('"') % 2 and len(self._held) < _MOST_LINES:
            # A quoted line break: the record goes on in the next line.
            return
        held, self._held = self._held, []
        try:
            record = parse_record(text)
        except MalformedRecord as malformed:
            faults.append(self._fault(held[0].at, str(malformed)))
            return
        records.append(record)
        self._account(record, held[0].at, ended)

    def _account(self, record: CelRecord, at: Position, ended: list[CelCall]) -> None:
        call = self._open.get(record.linkedid)
        if call is None:
            if record.linkedid in self._ended:
                return
            call = self._open[record.linkedid] = OpenCall(record)
            self._begins[record.linkedid] = at
        if call.add(record):
            self._forget(record.linkedid)
            ended.append(call.summary(ended_at=record.at))

    def _forget(self, linkedid: str) -> None:
        del self._open[linkedid], self._begins[linkedid]
        self._ended[linkedid] = None
        if len(self._ended) > _REMEMBERED:
            del self._ended[next(iter(self._ended))]

    def _damaged(self, faults: list[CelFault]) -> None:
        if self._held:
            faults.append(self._fault(self._held[0].at, "record without its end"))
            self._held = []

    def _fault(self, at: Position, reason: str) -> CelFault:
        self.log.warning("cel.skipped", at=str(at), reason=reason)
        return CelFault(str(at), reason)
