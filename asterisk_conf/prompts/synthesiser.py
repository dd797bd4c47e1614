"""Voices for prompts that no studio has recorded yet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from asterisk_conf.command import Command


class Synthesiser(Protocol):
    """Anything that turns Chinese text into a sound file that sox can read."""

    @property
    def voice(self) -> str:
        """Names everything that changes the sound; part of the cache's key."""

    def say(self, text: str, target: Path) -> None:
        """Writes `target` (.wav, any rate).  Raises ToolFailed."""


@dataclass(frozen=True, slots=True)
class EspeakNg:
    """espeak-ng: small, free, offline.  `words_a_minute` is its own measure of speed; `pitch` 0–99."""

    command: Command
    language: str = "cmn"
    words_a_minute: int = 215
    pitch: int = 45

    @property
    def voice(self) -> str:
        return f"espeak-ng/{self.language}/{self.words_a_minute}/{self.pitch}"

    def say(self, text: str, target: Path) -> None:
        speed, pitch = str(self.words_a_minute), str(self.pitch)
        self.command.run(
            "-b", "1", "-v", self.language, "-s", speed, "-p", pitch, "-w", str(target), "--stdin", text=text
        )
