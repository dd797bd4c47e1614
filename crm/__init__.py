"""Everything kept: directory, callers, call ledger, marks, legs, tickets, people.

Knows the database and owns all its tables.  Never knows Asterisk.
"""

from crm import (
    audit,
    callbacks,
    calls,
    catalogue,
    groups,
    measures,
    profile,
    reasons,
    recordings,
    restrictions,
    routing,
    seat_log,
    surges,
    tickets,
)
from crm.calls import CallDetail, CallRow, Figures
from crm.catalogue import SeatInfo, UnitInfo
from crm.directory import Directory, LineInfo
from crm.errors import (
    AlreadyClaimed,
    CallNotFound,
    ClaimLost,
    CrmError,
    CursorInvalid,
    FieldInvalid,
    IllegalTransition,
    LedgerUnavailable,
    LoginRefused,
    RowNotFound,
    StoreUnavailable,
    TicketNotFound,
    UserExists,
    UserNotFound,
    VaultError,
    VersionConflict,
)
from crm.ledger import Ledger, LedgerFigures
from crm.numbers import Number, NumberKind, mask, normalise, to_text
from crm.paging import Page
from crm.people import Login, People, Person
from crm.store import Store
from crm.tickets import Ticket, TicketRow
from crm.types import MISSED, Arrival, CelCall, Leg, Mark, Opened, Origin, Outcome, Role, now_ms
from crm.vault import Vault, load_key

__all__ = [
    "MISSED",
    "AlreadyClaimed",
    "Arrival",
    "CallDetail",
    "CallNotFound",
    "CallRow",
    "CelCall",
    "ClaimLost",
    "CrmError",
    "CursorInvalid",
    "Directory",
    "FieldInvalid",
    "Figures",
    "IllegalTransition",
    "Ledger",
    "LedgerFigures",
    "LedgerUnavailable",
    "Leg",
    "LineInfo",
    "Login",
    "LoginRefused",
    "Mark",
    "Number",
    "NumberKind",
    "Opened",
    "Origin",
    "Outcome",
    "Page",
    "People",
    "Person",
    "Role",
    "RowNotFound",
    "SeatInfo",
    "Store",
    "StoreUnavailable",
    "Ticket",
    "TicketNotFound",
    "TicketRow",
    "UnitInfo",
    "UserExists",
    "UserNotFound",
    "Vault",
    "VaultError",
    "VersionConflict",
    "audit",
    "callbacks",
    "calls",
    "catalogue",
    "groups",
    "load_key",
    "mask",
    "measures",
    "normalise",
    "now_ms",
    "profile",
    "reasons",
    "recordings",
    "restrictions",
    "routing",
    "seat_log",
    "surges",
    "tickets",
    "to_text",
]
