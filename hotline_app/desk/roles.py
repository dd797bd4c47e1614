"""Who may do what, by role.  The finer rules (a seat's own call, its own state) stand with the handlers."""

from __future__ import annotations

from crm import Role

EVERYONE = frozenset(Role)
# Units, county stations and sub-centres see only what is dispatched to them; nothing is dispatched in this
# release, so the hall's calls, seats and tickets stay closed to them.
CENTRE = EVERYONE - {Role.UNIT, Role.COUNTY_STATION, Role.SUBCENTER}
LEADERS = frozenset({Role.SHIFT_LEADER, Role.SUPERVISOR, Role.ADMIN})
SEATED = LEADERS | {Role.SEAT}
TICKET_WRITERS = LEADERS | {Role.SEAT, Role.DISPATCHER}
LISTENERS = LEADERS | {Role.SEAT, Role.QUALITY, Role.AUDITOR}
# What takes a citizen's access away, or keeps a recording for a court, is decided above the shift.
DIRECTORS = frozenset({Role.SUPERVISOR, Role.ADMIN})
REVIEWERS = LEADERS | {Role.QUALITY, Role.AUDITOR}
