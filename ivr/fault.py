"""What is wrong with a menu file, said so that whoever edits it can put it right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to put right.

    `id` is English and stable (for scripts and tests); `remedy` is Chinese (for the person at the terminal).
    `key` is the dotted place in the file, `value` what stands there.
    """

    id: str
    file: str
    key: str
    value: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key} = {self.value!r} [{self.id}] {self.remedy}"


class MenusRefused(ValueError):
    """The menus have faults; nothing of them may be used.  `faults` holds every one that was found."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)
