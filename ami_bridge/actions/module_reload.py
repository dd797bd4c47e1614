"""ModuleReload: reloads one module (needs `system` or `config` in write: never the call user's)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from .base import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleReload(Action):
    name: ClassVar[str] = "Reload"

    module: str

    def headers(self) -> Iterator[tuple[str, str]]:
        yield "Module", self.module
