"""All routes of the API, in the order in which the document shows them."""

from __future__ import annotations

from hotline_app.desk import (
    board,
    call_verbs,
    callbacks,
    calls,
    directory,
    hall,
    measures,
    messages,
    people,
    recordings_list,
    restrictions,
    settings_groups,
    settings_reasons,
    settings_rules,
    supervision,
    surges,
    tickets,
)
from hotline_app.desk.endpoint import AnyEndpoint, RawEndpoint
from hotline_app.desk.exports import Exporter
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
    *callbacks.ENDPOINTS,
    *recordings_list.ENDPOINTS,
    *restrictions.ENDPOINTS,
    *surges.ENDPOINTS,
    *measures.ENDPOINTS,
    *settings_groups.ENDPOINTS,
    *settings_rules.ENDPOINTS,
    *settings_reasons.ENDPOINTS,
    *directory.ENDPOINTS,
]


def raw() -> list[RawEndpoint]:
    """The routes that do not answer JSON; fresh a desk, since the player remembers."""
    return [Player().endpoint(), Exporter().endpoint(), measures.CSV, EVENTS]
