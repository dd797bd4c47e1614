"""All routes of the API, in the order in which the document shows them."""

from __future__ import annotations

from hotline_app.desk import calls, directory, hall, people, tickets
from hotline_app.desk.endpoint import AnyEndpoint, RawEndpoint
from hotline_app.desk.recordings import Player
from hotline_app.desk.socket import EVENTS

ENDPOINTS: list[AnyEndpoint] = [
    *people.ENDPOINTS,
    *calls.ENDPOINTS,
    *hall.ENDPOINTS,
    *tickets.ENDPOINTS,
    *directory.ENDPOINTS,
]


def raw() -> list[RawEndpoint]:
    """The routes that do not answer JSON; fresh a desk, since the player remembers."""
    return [Player().endpoint(), EVENTS]
