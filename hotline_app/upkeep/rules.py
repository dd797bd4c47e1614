"""Which calls are recorded: what the dialplan does (asterisk_conf, hl-record), for the books."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crm.recordings import VOICEMAIL


@dataclass(frozen=True, slots=True)
class RecordingRules:
    """`folder`: where Asterisk writes.  `days`: retention, 0 for ever.  No file is missed where none was
    to be made: `enabled`, `never_lines`, `never_groups`."""

    folder: Path
    enabled: bool = True
    never_lines: tuple[str, ...] = ()
    never_groups: tuple[str, ...] = ()
    days: int = 0

    def expect(self, line: str, group: str | None, track: str) -> bool:
        """Whether this track of a call should be there.  A caller's message is kept in any case."""
        if track == VOICEMAIL:
            return True
        return self.enabled and line not in self.never_lines and group not in self.never_groups
