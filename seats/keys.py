"""Every Redis key of the ACD, named once.

One hash tag, so that a cluster keeps all of a matching domain in one slot.  The order of ``KEYS`` is the
order in which each call declares them; the Lua names are generated from it (see seats/script_book.py).
Groups and lanes are not keys but prefixes of members, so that a script never has to invent a key name.
A lane is ``group.language``: where a call waits and a seat is free.
"""

from typing import Final

SEATS: Final = "{acd}:seats"  # hash: extension -> seat document (JSON)
CALLS: Final = "{acd}:calls"  # hash: call id -> call document (JSON)
CARDS: Final = "{acd}:cards"  # hash: call id -> what the pop shows (JSON), apart because it never changes
IDLE: Final = "{acd}:idle"  # zset by member: lane|order of the group's strategy (two numbers)|extension
WAITING: Final = "{acd}:waiting"  # zset by member: lane|rank|waiting since|call id
AGES: Final = "{acd}:ages"  # zset by member: group|call or callback|waiting since|call id
STAFFED: Final = "{acd}:staffed"  # zset by member: lane|extension of who has signed in
LEASES: Final = "{acd}:leases"  # zset: call:<id>, widen:<id>, wrap:<seat>, doubt:<seat> -> due at (epoch ms)
BEATS: Final = "{acd}:beats"  # zset: extension -> the console's last heartbeat (epoch ms)
REQUESTS: Final = "{acd}:requests"  # zset: request id -> carried out at (epoch ms)
ENDED: Final = "{acd}:ended"  # zset: call id -> ended at (epoch ms), so that a late fact revives nobody
FENCE: Final = "{acd}:fence"  # string: the last fencing number given out
ALARMS: Final = "{acd}:alarms"  # hash: kind:object -> the alarm that stands (JSON)
GROUPS: Final = "{acd}:groups"  # hash: group -> its rules, "strategy|capacity|wrap up|extension|service" (ms)
RATES: Final = "{acd}:rates"  # hash: lane -> matches by minute, newest first: "minute:count minute:count …"
REPAIRS: Final = "{acd}:repairs"  # hash: kind of repair -> how often
EVENTS: Final = "{acd}:events"  # stream: what happened, for desks
WAKES: Final = "{acd}:wakes"  # stream: matches made while no caller was asking, for the nodes' owners

KEYS: Final[dict[str, str]] = {
    "SEATS": SEATS,
    "CALLS": CALLS,
    "CARDS": CARDS,
    "IDLE": IDLE,
    "WAITING": WAITING,
    "AGES": AGES,
    "STAFFED": STAFFED,
    "LEASES": LEASES,
    "BEATS": BEATS,
    "REQUESTS": REQUESTS,
    "ENDED": ENDED,
    "FENCE": FENCE,
    "ALARMS": ALARMS,
    "GROUPS": GROUPS,
    "RATES": RATES,
    "REPAIRS": REPAIRS,
    "EVENTS": EVENTS,
    "WAKES": WAKES,
}

POPPED: Final = "{acd}:popped"  # pub/sub channel, only a hint: "<call id> <fence>"
