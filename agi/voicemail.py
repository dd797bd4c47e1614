"""Messages that callers have left: the file that the dialplan recorded, kept or thrown away."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from agi.legs import voicemail_of

_HEADER_BYTES = 44
_BYTES_A_SECOND = 16_000  # as Record writes it: 8 kHz, 16 bit, mono


@dataclass(frozen=True, slots=True)
class Message:
    """``path`` below the recordings' folder; ``seconds`` of sound."""

    path: str
    seconds: float

    @property
    def data(self) -> dict[str, str | float]:
        """As the mark `voicemail` keeps it."""
        return {"path": self.path, "seconds": self.seconds}


class Voicemails:
    """``folder``: where the recordings lie.  A message below ``shortest_s`` seconds is removed."""

    def __init__(self, folder: Path, *, shortest_s: float) -> None:
        self._folder = folder
        self._shortest_s = shortest_s

    async def of(self, call_id: str) -> Message | None:
        """The message of this call, if it left one that is long enough.  Safe to ask again."""
        return await asyncio.to_thread(self._look, voicemail_of(call_id))

    def _look(self, path: str) -> Message | None:
        file = self._folder / path
        try:
            seconds = (file.stat().st_size - _HEADER_BYTES) / _BYTES_A_SECOND
        except FileNotFoundError:
            return None
        if seconds < self._shortest_s:
            file.unlink(missing_ok=True)
            return None
        return Message(path, round(seconds, 1))
