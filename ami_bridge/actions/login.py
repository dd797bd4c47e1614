"""Login: opens a session; sent by the manager only."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from .base import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Login(Action):
    name: ClassVar[str] = "Login"

    user: str
    secret: str = field(repr=False)

    def headers(self) -> Iterator[tuple[str, str]]:
        yield "Username", self.user
        yield "Secret", self.secret
        yield "Events", "on"
