"""PJSIPShowContacts: every registered contact; none at all is an error.

Needs `system` in write, which the call user does not have.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from .base import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class PJSIPShowContacts(Action):
    name: ClassVar[str] = "PJSIPShowContacts"
    collects: ClassVar[str | None] = "ContactListComplete"

    def headers(self) -> Iterator[tuple[str, str]]:
        yield from ()
