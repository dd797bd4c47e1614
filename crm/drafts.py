"""The first rows of a call that is opened: its ledger entry, its draft ticket, the ticket's first event."""

from typing import Any

from crm.entries import OpenEntry, as_json
from crm.projection import Known

Row = dict[str, Any]


def call(opening: OpenEntry) -> Row:
    row = {name: getattr(opening, name) for name in OpenEntry.__slots__ if name != "caller"}
    return row | {"caller_key": opening.caller.key if opening.caller else None}


def ticket(opening: OpenEntry, state: Known) -> Row:
    return {
        "no": state.ticket_no,
        "call_id": opening.call_id,
        "state": "draft",
        "source": "phone",
        "caller_key": opening.caller.key if opening.caller else None,
        "caller_masked": opening.caller_masked,
        "caller_name": None,
        "place": opening.place,
        "region_code": None,
        "address": "",
        "field": None,
        "kind": None,
        "title": "",
        "content": "",
        "urgent": False,
        "confidential": False,
        "language": state.language,
        "line": opening.line,
        "line_name": opening.line_name,
        "department": opening.department,
        "created_at": opening.arrived_at,
        "created_by": "system",
        "registered_at": None,
        "version": 1,
    }


def created(ticket_no: str, opening: OpenEntry) -> Row:
    data = as_json({"call_id": opening.call_id, "source": opening.source})
    return {
        "ticket_no": ticket_no,
        "at": opening.arrived_at,
        "actor": "system",
        "kind": "created",
        "data": data,
    }
