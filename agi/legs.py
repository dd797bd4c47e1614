"""What a channel's name and a call's id tell."""

from __future__ import annotations

import re
import secrets
import time
from datetime import UTC, datetime

_SEAT = re.compile(r"PJSIP/(\d{3,6})-[0-9a-f]+", re.ASCII)
_CALLBACK = re.compile(r"(?:[\w.-]+-)?\d{9,11}\.8\d{9}", re.ASCII)
_TOLD = re.compile(r"\d{3,6}", re.ASCII)
_CALL_ID = re.compile(r"(?:[\w.-]+-)?(\d{9,11})\.\d+", re.ASCII)
#: Asterisk counts its channels from 0; ten digits that begin with 9 are ours.
_OURS = re.compile(r"\d{9,11}\.9\d{9}", re.ASCII)
_MANY = 10**9


def seat_of(channel: str, leg: str = "") -> str | None:
    """``PJSIP/1001-0000002a`` → ``1001``; None when the channel is no seat's phone.

    ``leg``: its HL_LEG, which names the seat where the channel only leads to the seat's node.
    """
    if _TOLD.fullmatch(leg):
        return leg
    match = _SEAT.fullmatch(channel)
    return match[1] if match else None


def is_call_of(call_id: str, node: str) -> bool:
    """Whether this is a call that arrived at (or was made by) this node.

    What else has channels here is no caller: a leg of another node's call, a shift leader who listens.
    """
    prefix, _, rest = call_id.rpartition("-")
    return prefix == node and _CALL_ID.fullmatch(rest) is not None


def new_call_id(node: str) -> str:
    """The id of a call that we make, to be the uniqueid of its first channel; never one of Asterisk's own."""
    return f"{node}-{int(time.time())}.{9 * _MANY + secrets.randbelow(_MANY)}"


def made_by_us(call_id: str) -> bool:
    """Whether `new_call_id` gave this id."""
    return _OURS.fullmatch(call_id.rpartition("-")[2]) is not None


def began_ms(call_id: str) -> int:
    """When the channel of this call id was made, epoch milliseconds (Asterisk's ids have whole seconds)."""
    match = _CALL_ID.fullmatch(call_id)
    return int(match[1]) * 1000 if match else 0


def tracks_of(call_id: str) -> dict[str, str]:
    """Where the dialplan's ``hl-record`` keeps the two tracks, below the recordings' folder (UTC day)."""
    return {track: f"{_day(call_id)}/{call_id}-{track}.wav" for track in ("caller", "seat")}


def voicemail_of(call_id: str) -> str:
    """Where the dialplan's ``hl-voicemail`` keeps a message, below the recordings' folder (UTC day)."""
    return f"{_day(call_id)}/{call_id}-voicemail.wav"


def _day(call_id: str) -> str:
    return f"{datetime.fromtimestamp(began_ms(call_id) / 1000, UTC):%Y%m%d}"


def callback_of(call_id: str) -> str:
    """The id of the callback that keeps this call's place, and of the channel that will call the citizen.

    Always the same for one call, so that keeping a place twice keeps it once.  Ten digits that begin with 8:
    no number that Asterisk counts to.
    """
    rest, _, count = call_id.rpartition(".")
    return f"{rest}.8{int(count):09d}"


def call_of(callback_id: str) -> str:
    """The call whose place a callback keeps."""
    rest, _, count = callback_id.rpartition(".")
    return f"{rest}.{int(count[1:])}"


def is_callback(call_id: str) -> bool:
    """Whether `callback_of` gave this id."""
    return _CALLBACK.fullmatch(call_id) is not None
