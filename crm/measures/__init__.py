"""The measures of DOMAIN §2, by group, line, seat and half hour.

Each figure is worked out in two independent ways that a test holds equal: `from_ledger` asks the database's
projected columns, `from_marks` counts marks and seat changes one by one.
"""

from crm.measures.figures import (
    HALF_HOUR_MS,
    IN_TIME_MS,
    CallFigures,
    SeatFigures,
    total_of_calls,
    total_of_seats,
)
from crm.measures.from_ledger import calls, seats
from crm.measures.wallboard import Today, today

__all__ = [
    "HALF_HOUR_MS",
    "IN_TIME_MS",
    "CallFigures",
    "SeatFigures",
    "Today",
    "calls",
    "seats",
    "today",
    "total_of_calls",
    "total_of_seats",
]
