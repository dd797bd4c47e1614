"""Callback tasks: citizens who left unserved, or who left a callback to keep their place (DOMAIN §4.10).

The ledger opens and closes them by itself (crm/returning.py); people and the scheduler read, claim, report.
"""

from crm.callbacks.queueing import queue_due
from crm.callbacks.ringing import (
    LEASE_S,
    RESULTS,
    AttemptRules,
    Claim,
    claim,
    claim_next,
    close,
    finish,
    release,
    report,
)
from crm.callbacks.tasks import (
    KINDS,
    STATES,
    Attempt,
    Callback,
    KeptPlace,
    attempts,
    counts,
    due,
    get,
    kept,
    number,
    page,
)

__all__ = [
    "KINDS",
    "LEASE_S",
    "RESULTS",
    "STATES",
    "Attempt",
    "AttemptRules",
    "Callback",
    "Claim",
    "KeptPlace",
    "attempts",
    "claim",
    "claim_next",
    "close",
    "counts",
    "due",
    "finish",
    "get",
    "kept",
    "number",
    "page",
    "queue_due",
    "release",
    "report",
]
