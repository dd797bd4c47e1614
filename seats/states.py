"""The states of a seat and of a call, and the table of legal moves of a seat.

The scripts get this very table (seats/script_book.py renders it into Lua); an event that the table does not
know in a state is refused with the state's name.
"""

from enum import StrEnum
from typing import Final


class SeatState(StrEnum):
    SIGNED_OUT = "signed_out"
    READY = "ready"
    NOT_READY = "not_ready"
    RESERVED = "reserved"
    RINGING = "ringing"
    TALKING = "talking"
    WRAP_UP = "wrap_up"


class CallState(StrEnum):
    WAITING = "waiting"
    RESERVED = "reserved"
    RINGING = "ringing"
    TALKING = "talking"


class CallKind(StrEnum):
    CALL = "call"  # a caller in Asterisk
    CALLBACK = "callback"  # a citizen who kept the place and hung up; no channel until called
    OUTGOING = "outgoing"  # a seat that called somebody; never queued


_S = SeatState

MOVES: Final[dict[str, dict[SeatState, SeatState]]] = {
    # what the person does
    "sign_in": dict.fromkeys((_S.SIGNED_OUT, _S.READY, _S.NOT_READY, _S.WRAP_UP), _S.NOT_READY),
    "sign_out": dict.fromkeys(
        (_S.READY, _S.NOT_READY, _S.WRAP_UP, _S.RESERVED, _S.RINGING, _S.SIGNED_OUT), _S.SIGNED_OUT
    ),
    "ready": dict.fromkeys((_S.NOT_READY, _S.WRAP_UP), _S.READY),
    "not_ready": {
        **dict.fromkeys((_S.READY, _S.NOT_READY, _S.WRAP_UP, _S.RESERVED, _S.RINGING), _S.NOT_READY),
        _S.TALKING: _S.TALKING,  # a wish: carried out when the wrap-up is over
    },
    "wrap_up_done": {_S.WRAP_UP: _S.READY},
    "dial_out": dict.fromkeys((_S.READY, _S.NOT_READY, _S.WRAP_UP), _S.RINGING),
    # what a call does to it
    "reserve": {_S.READY: _S.RESERVED},
    "assign": dict.fromkeys((_S.READY, _S.NOT_READY), _S.RESERVED),  # by a leader, so a break is no obstacle
    "ring": {_S.RESERVED: _S.RINGING},
    "miss": dict.fromkeys((_S.RESERVED, _S.RINGING), _S.NOT_READY),
    "release": dict.fromkeys((_S.RESERVED, _S.RINGING), _S.READY),
    "release_to_break": dict.fromkeys((_S.RESERVED, _S.RINGING), _S.NOT_READY),
    "release_to_wrap_up": {_S.RINGING: _S.WRAP_UP},  # it dialled out of its wrap-up and nobody answered
    "end": {_S.TALKING: _S.WRAP_UP},
    "end_unsigned": {_S.TALKING: _S.SIGNED_OUT},  # the plain queue rang a phone at which nobody had signed in
    # what Asterisk says is true, whatever was recorded
    "answer": dict.fromkeys(_S, _S.TALKING),
    "found_ringing": dict.fromkeys((_S.READY, _S.NOT_READY, _S.WRAP_UP), _S.RINGING),
    "registered": {_S.NOT_READY: _S.READY},
    "unregistered": dict.fromkeys((_S.READY, _S.WRAP_UP), _S.NOT_READY),
    # what time does
    "wrap_up_over": {_S.WRAP_UP: _S.READY},
    "break_due": {_S.WRAP_UP: _S.NOT_READY},
}
