"""What can go wrong on the way to Asterisk; each error says what the caller may still assume."""


class AmiError(Exception):
    """Base of every error this package raises."""


class LinkDown(AmiError):
    """No session with the node. The action was not sent, or it was sent and its outcome is unknown."""


class ActionTimeout(AmiError):
    """No answer within the limit. Asterisk may still carry the action out: check before repeating it."""


class ActionRefused(AmiError):
    """Asterisk answered `Response: Error`; nothing was done."""

    def __init__(self, action: str, message: str) -> None:
        super().__init__(f"{action}: {message}")
        self.action = action
        self.message = message


class BadHeader(AmiError, ValueError):
    """A value that would break the framing (line breaks, NUL, too long); nothing was sent."""


class LoginRefused(AmiError):
    """Wrong AMI user or secret: the link has stopped and will not try again by itself."""


class LeaseLost(AmiError):
    """This process does not own the node (any more), so it may not act on it."""


class SnapshotFailed(AmiError):
    """The node's state could not be read completely."""
