"""The ACD: every verb is one atomic script in Redis and one round trip; no state is kept here."""

from seats.verbs.callbacks import CallbackVerbs
from seats.verbs.calls import MISSED_REASONS, CallVerbs
from seats.verbs.looks import Looks
from seats.verbs.news import News
from seats.verbs.seats import SeatVerbs
from seats.verbs.upkeep import UpkeepVerbs

__all__ = ["MISSED_REASONS", "Acd"]


class Acd(SeatVerbs, CallVerbs, CallbackVerbs, UpkeepVerbs, Looks, News):
    """Seats, queue and live calls, in Redis.

    Every method raises AcdUnavailable when Redis does not answer (within about 0.7 s), ValueError for a name
    that cannot be one; the seats' verbs and assign() raise RefusedTransition when the seat's state does not
    allow them.
    """
