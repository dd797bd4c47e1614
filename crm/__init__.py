"""Everything kept: directory, callers, call ledger, marks, legs, tickets, people.

Knows the database and owns all its tables.  Never knows Asterisk.
"""

from crm.directory import Directory, LineInfo
from crm.errors import (
    CallNotFound,
    CrmError,
    CursorInvalid,
    FieldInvalid,
    IllegalTransition,
    LedgerUnavailable,
    LoginRefused,
    StoreUnavailable,
    TicketNotFound,
    UserExists,
    UserNotFound,
    VaultError,
    VersionConflict,
)
from crm.ledger import Ledger, LedgerFigures
from crm.numbers import Number, NumberKind, mask, normalise, to_text
from crm.store import Store
from crm.types import Arrival, CelCall, Leg, Mark, Opened, Origin, Outcome, Role, now_ms
from crm.vault import Vault, load_key
