"""All routes of the API, in the order in which the document shows them."""

from __future__ import annotations

from hotline_app.desk import (
    board,
    call_verbs,
    calls,
    directory,
    hall,
    messages,
    people,
    supervision,
    tickets,
)
from hotline_app.desk.endpoint import AnyEndpoint, RawEndpoint
from hotline_app.desk.recordings import Player
from hotline_app.desk.socket import EVENTS

ENDPOINTS: list[AnyEndpoint] = [
    *people.ENDPOINTS,
    *calls.ENDPOINTS,
    *call_verbs.ENDPOINTS,
    *hall.ENDPOINTS,
    *supervision.ENDPOINTS,
    *messages.ENDPOINTS,
    *board.ENDPOINTS,
    *tickets.ENDPOINTS,
    *directory.ENDPOINTS,
]


def raw() -> list[RawEndpoint]:
    """The routes that do not answer JSON; fresh a desk, since the player remembers."""
    return [Player().endpoint(), EVENTS]
