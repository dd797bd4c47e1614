"""DeviceStateList: every known device state (module res_manager_devicestate)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from .base import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStateList(Action):
    name: ClassVar[str] = "DeviceStateList"
    collects: ClassVar[str | None] = "DeviceStateListComplete"

    def headers(self) -> Iterator[tuple[str, str]]:
        yield from ()
