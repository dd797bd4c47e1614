"""CPU time of running processes, from the kernel's own books."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


def process_ms(pid: int) -> float:
    """User and system time of a process with all its threads and ended children, milliseconds."""
    fields = _fields(Path(f"/proc/{pid}/stat"))
    return sum(int(value) for value in fields[11:15]) * _TICK_MS


def main_thread_ms(pid: int) -> float:
    """The same of a process's first thread alone: in our processes, the event loop."""
    return sum(int(value) for value in _fields(Path(f"/proc/{pid}/task/{pid}/stat"))[11:13]) * _TICK_MS


def spent(before: Mapping[str, float], after: Mapping[str, float], calls: int) -> dict[str, float]:
    """Milliseconds a call, by part."""
    return {part: (after[part] - before[part]) / calls for part in before}


def _fields(stat: Path) -> list[str]:
    # Fields from the third on: the second is the name, which may hold blanks and brackets.
    return stat.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
