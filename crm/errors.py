"""Errors of this folder: each a type with an id, and a Chinese sentence that says what to do."""


class CrmError(Exception):
    """Base of every error raised here on purpose.  `detail` may be shown to a user."""

    id = "crm"

    def __init__(
        self, detail: str, *, field: str | None = None, value: str | None = None, remedy: str = ""
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field
        self.value = value
        self.remedy = remedy
        """What the user can do about it, where the detail does not say so."""


class StoreUnavailable(CrmError):
    """The database cannot be reached, or did not answer in time."""

    id = "store_unavailable"


class LedgerUnavailable(CrmError):
    """Neither the database nor the local journal could keep the entry."""

    id = "ledger_unavailable"


class VaultError(CrmError):
    """A sealed value does not open with this key, or the key file is unusable."""

    id = "vault"


class CallNotFound(CrmError):
    """No call with that id in the ledger."""

    id = "call_not_found"


class TicketNotFound(CrmError):
    """No ticket with that number."""

    id = "ticket_not_found"


class RowNotFound(CrmError):
    """No such group, rule, reason, callback, restriction, surge or recording; `detail` says which."""

    id = "row_not_found"


class VersionConflict(CrmError):
    """The row was changed by someone else since it was read; `current` is its version now."""

    id = "version_conflict"

    def __init__(self, detail: str, *, current: int) -> None:
        super().__init__(detail, field="version", value=str(current))
        self.current = current


class FieldInvalid(CrmError):
    """A form field is missing or holds a value that is not allowed; `field` names it."""

    id = "field_invalid"


class IllegalTransition(CrmError):
    """The state of the ticket, callback, restriction or surge does not allow that step."""

    id = "illegal_transition"


class UserExists(CrmError):
    """That login name is taken."""

    id = "user_exists"


class UserNotFound(CrmError):
    """No such user."""

    id = "user_not_found"


class LoginRefused(CrmError):
    """Name or password is wrong, or the user is disabled."""

    id = "login_refused"


class CursorInvalid(CrmError):
    """The paging cursor was not made by this API."""

    id = "cursor_invalid"


class AlreadyClaimed(CrmError):
    """Another seat holds the lease of this callback; `value` is that seat."""

    id = "already_claimed"


class ClaimLost(CrmError):
    """The lease of this attempt ran out and another seat has taken the callback."""

    id = "claim_lost"
