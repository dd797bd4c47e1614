"""Getvar: a channel's variable; the reply's header Value holds it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from .base import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Getvar(Action):
    name: ClassVar[str] = "Getvar"

    channel: str
    variable: str

    def headers(self) -> Iterator[tuple[str, str]]:
        yield "Channel", self.channel
        yield "Variable", self.variable
