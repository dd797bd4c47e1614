"""What can go wrong with the ACD, as types."""


class AcdUnavailable(Exception):
    """Redis did not answer in time, refused, or is gone; the caller goes to the plain queue."""


class RefusedTransition(Exception):
    """The seat's state does not allow this event; nothing was changed."""

    def __init__(self, seat: str, from_state: str, event: str) -> None:
        super().__init__(f"seat {seat} is {from_state}: {event} refused")
        self.seat = seat
        self.from_state = from_state
        self.event = event
