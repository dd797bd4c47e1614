"""What is wrong with the plan, a rendered file or a running Asterisk, said so that it can be put right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to put right.

    `id` is English and stable (for scripts and tests); `remedy` is Chinese (for the person at the terminal).
    `file` is where to look, `key` the place in it, `value` what stands there (secrets are never shown).
    """

    id: str
    file: str
    key: str
    value: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key} = {self.value!r} [{self.id}] {self.remedy}"


class PlanRefused(ValueError):
    """The plan has faults; nothing was written.  `faults` holds every one that was found."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)
