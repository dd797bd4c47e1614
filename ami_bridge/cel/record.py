"""One line of Asterisk's CEL file."""

import csv
import re
from dataclasses import dataclass, field

# The order in cel_custom.conf: eventtype, eventtime (epoch.micro), uniqueid, linkedid, channame, context,
# exten, appname, appdata, cid_num, cid_name, peer, userfield, eventextra.
COLUMNS = 14

# How every record begins; a line that begins otherwise continues the one before or is damaged.
BEGINS = re.compile(r'"?[A-Z][A-Z_]+"?,"?\d+\.\d+"?,')


class MalformedRecord(ValueError):
    """The line is no CEL record; the text says why and holds nothing of the line."""


@dataclass(frozen=True, slots=True)
class CelRecord:
    """`at`: epoch seconds. Numbers and names are left out of repr: logs are read by many."""

    kind: str
    at: float
    uniqueid: str
    linkedid: str
    channel: str
    context: str
    exten: str = field(repr=False)
    app: str
    app_data: str = field(repr=False)
    caller_num: str = field(repr=False)
    caller_name: str = field(repr=False)
    peer: str
    userfield: str = field(repr=False)
    extra: str = field(repr=False)


def parse_record(line: str) -> CelRecord:
    """Raises MalformedRecord."""
    try:
        rows = list(csv.reader([line], strict=True))
    except csv.Error as error:
        raise MalformedRecord(f"not CSV: {error}") from error
    if len(rows) != 1 or len(rows[0]) != COLUMNS:
        raise MalformedRecord(f"{len(rows[0]) if rows else 0} columns instead of {COLUMNS}")
    kind, at, *texts = rows[0]
    try:
        record = CelRecord(kind, float(at), *texts)
    except ValueError as error:
        raise MalformedRecord("eventtime is no number") from error
    if not record.linkedid or not record.uniqueid:
        raise MalformedRecord("no uniqueid or linkedid")
    return record
