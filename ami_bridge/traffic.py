"""What a session has carried, for status pages."""

from dataclasses import dataclass


@dataclass(slots=True)
class Traffic:
    """`handed`: events parsed and passed on. `dropped`: events nobody asked for (filter them in
    manager.conf). `malformed`: messages that could not be read. `pending`: actions without an answer yet.
    `sessions`: logins.
    """

    handed: int = 0
    dropped: int = 0
    malformed: int = 0
    pending: int = 0
    sessions: int = 0
