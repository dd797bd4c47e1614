"""What the ledger writes, as values: made once from what was told, kept in the queue or in the journal."""

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from crm.directory import Directory, LineInfo
from crm.errors import FieldInvalid
from crm.numbers import Number, NumberKind, normalise, to_text
from crm.types import Arrival, CelCall, Leg, Mark
from crm.vault import Vault

_MOMENT_MAX = 253_402_300_799_999  # the year 9999: anything beyond is a broken clock, and fits no date
_ID_MAX = 150


@dataclass(frozen=True, slots=True)
class CallerEntry:
    key: str
    number: bytes
    masked: str
    place: str
    kind: str


@dataclass(frozen=True, slots=True)
class OpenEntry:
    call_id: str
    node: str
    origin: str
    line: str
    line_name: str
    department: str
    caller: CallerEntry | None
    caller_masked: str
    caller_raw: bytes | None
    caller_name: bytes | None
    place: str
    arrived_at: int
    source: str


@dataclass(frozen=True, slots=True)
class MarkEntry:
    call_id: str
    kind: str
    key: str
    at: int
    seat: str | None
    data: str


@dataclass(frozen=True, slots=True)
class LegEntry:
    call_id: str
    leg_id: str
    role: str
    seat: str | None
    started_at: int | None
    answered_at: int | None
    ended_at: int | None
    cause: int | None


@dataclass(frozen=True, slots=True)
class CloseEntry:
    call_id: str
    outcome: str
    ended_at: int
    cause: int | None
    seat: str | None
    recording: str | None


@dataclass(frozen=True, slots=True)
class CelEntry:
    opening: OpenEntry
    answered_at: int | None
    seat: str | None
    ended_at: int | None
    via_plain: bool
    cause: int | None

    @property
    def call_id(self) -> str:
        return self.opening.call_id


@dataclass(frozen=True, slots=True)
class KeepEntry:
    """A caller hangs up while a callback keeps the place.  `queue`: JSON, what the ACD needs to queue it."""

    call_id: str
    callback_id: str
    caller: CallerEntry
    line: str
    at: int
    queue: str


Entry = OpenEntry | MarkEntry | LegEntry | CloseEntry | CelEntry | KeepEntry
_KINDS: dict[str, type[Any]] = {
    kind.__name__: kind for kind in (OpenEntry, MarkEntry, LegEntry, CloseEntry, CelEntry, KeepEntry)
}


class Scribe:
    """Turns what was told into entries: cleans, seals, hashes, places.  Does no I/O."""

    def __init__(self, vault: Vault, directory: Directory, area_code: str) -> None:
        self._vault = vault
        self._directory = directory
        self._area_code = area_code

    def opening(self, told: Arrival | CelCall, *, source: str) -> OpenEntry:
        number = normalise(told.caller, self._area_code)
        line = self._directory.find(told.line)
        raw = "" if number.lookup else to_text(told.caller)
        name = to_text(told.caller_name, 64)
        return OpenEntry(
            call_id=call_key(told.call_id),
            node=to_text(told.node, 64),
            origin=to_text(str(told.origin), 32),
            line=line.number,
            line_name=line.name,
            department=line.department,
            caller=self._caller(number),
            caller_masked=number.masked,
            caller_raw=self._vault.seal(raw, "caller_raw") if raw else None,
            caller_name=self._vault.seal(name, "name") if name else None,
            place=number.place,
            arrived_at=moment(told.arrived_at),
            source=source,
        )

    def keeping(
        self,
        call_id: str,
        callback_id: str,
        number: str | bytes,
        line: str,
        at: float,
        queue: Mapping[str, Any],
    ) -> KeepEntry:
        """Raises FieldInvalid when nobody could be rung under `number`."""
        caller = self._caller(normalise(number, self._area_code))
        if caller is None:
            raise FieldInvalid("回拨号码无效，请重新输入", field="number")
        dialled = self._directory.find(line).number
        return KeepEntry(
            call_key(call_id), call_key(callback_id), caller, dialled, moment(at), as_json(queue)
        )

    def line(self, dialled: str) -> LineInfo:
        return self._directory.find(dialled)

    def _caller(self, number: Number) -> CallerEntry | None:
        if number.kind is NumberKind.UNKNOWN:
            return None
        return CallerEntry(
            key=self._vault.lookup(number.lookup),
            number=self._vault.seal(number.lookup, "number"),
            masked=number.masked,
            place=number.place,
            kind=number.kind.value,
        )


def as_row(entry: CallerEntry | MarkEntry | LegEntry) -> dict[str, Any]:
    """A flat entry as a row (dataclasses.asdict copies deeply, at ten times the price)."""
    return {name: getattr(entry, name) for name in entry.__slots__}


def call_key(call_id: str) -> str:
    return to_text(call_id, _ID_MAX)


def moment(at: float) -> int:
    """A moment that every database can hold; a broken clock is clamped rather than refused."""
    return max(0, min(int(at), _MOMENT_MAX))


def as_json(data: Mapping[str, Any]) -> str:
    """ASCII JSON: lone surrogates and NULs from the network stay harmless escapes."""
    return json.dumps(dict(data), separators=(",", ":"), default=str)


def mark_entry(mark: Mark) -> MarkEntry:
    return MarkEntry(
        call_key(mark.call_id),
        to_text(mark.kind, 64),
        to_text(mark.key, 128),
        moment(mark.at),
        to_text(mark.seat, 32) or None,
        as_json(mark.data),
    )


def leg_entry(leg: Leg) -> LegEntry:
    return LegEntry(
        call_key(leg.call_id),
        call_key(leg.leg_id),
        to_text(leg.role, 32),
        to_text(leg.seat, 32) or None,
        None if leg.started_at is None else moment(leg.started_at),
        None if leg.answered_at is None else moment(leg.answered_at),
        None if leg.ended_at is None else moment(leg.ended_at),
        leg.cause,
    )


def dump(entry: Entry) -> str:
    """One entry as JSON text; `load` gives the same entry back."""
    return json.dumps(
        {"entry": type(entry).__name__, **asdict(entry)},
        separators=(",", ":"),
        default=lambda value: {"b64": base64.b64encode(value).decode()},
    )


def load(text: str) -> Entry:
    """Raises ValueError, KeyError or TypeError when the text is not an entry."""
    values = json.loads(text, object_hook=_unpack)
    entry: Entry = _build(_KINDS[values.pop("entry")], values)
    return entry


def _build(kind: type[Any], values: dict[str, Any]) -> Any:
    if kind is CelEntry:
        values["opening"] = _build(OpenEntry, values["opening"])
    if kind in (OpenEntry, KeepEntry) and values["caller"] is not None:
        values["caller"] = CallerEntry(**values["caller"])
    # Unknown keys are an entry of another version: TypeError, and the line is set aside, never guessed at.
    return kind(**{name: values.pop(name) for name in [f.name for f in fields(kind)]}, **values)


def _unpack(values: dict[str, Any]) -> Any:
    return base64.b64decode(values["b64"]) if values.keys() == {"b64"} else values
