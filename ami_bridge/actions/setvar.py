"""Setvar: one variable a request, because `Variable:` elsewhere splits on commas."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from .base import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Setvar(Action):
    name: ClassVar[str] = "Setvar"

    channel: str
    variable: str
    value: str

    def headers(self) -> Iterator[tuple[str, str]]:
        yield "Channel", self.channel
        yield "Variable", self.variable
        yield "Value", self.value
