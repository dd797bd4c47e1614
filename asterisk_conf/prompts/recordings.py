"""Studio recordings: found by name, taken as they are when Asterisk plays them so, else converted by sox."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from asterisk_conf.command import Command, ToolFailed
from asterisk_conf.fault import Fault
from asterisk_conf.prompts.sound import convert, playable
from asterisk_conf.prompts.store import digest, made

ENDINGS = (".wav", ".flac", ".ogg", ".mp3")
"""In this order, when a name has several."""


class Recordings:
    """The folder that the studio fills.  `faults` collects the recordings that could not be used."""

    def __init__(self, folder: Path, cache: Path, sox: Command) -> None:
        self._folder = folder
        self._cache = cache
        self._sox = sox
        self.faults: list[Fault] = []

    def of(self, name: str) -> Path | None:
        """A playable file of that name, or None (with a fault, when there is a file that cannot be used)."""
        for ending in ENDINGS:
            source = self._folder / f"{name}{ending}"
            if source.is_file():
                return self._playable(name, source)
        return None

    def strangers(self, known: Iterable[str]) -> list[Fault]:
        """Files that no sound is named after: most likely a slip of the pen."""
        names = set(known)
        files = sorted(self._folder.iterdir()) if self._folder.is_dir() else []
        return [
            Fault(
                "unknown_recording", str(file), file.stem, file.name, "提示音目录里没有这个名称，请改文件名"
            )
            for file in files
            if file.is_file() and (file.stem not in names or file.suffix not in ENDINGS)
        ]

    def _playable(self, name: str, source: Path) -> Path | None:
        try:
            if source.suffix == ".wav" and playable(source):
                return source
            key = digest("recording", source.suffix, source.read_bytes())
            return made(self._cache, key, lambda target: convert(self._sox, source, target))
        except (ToolFailed, OSError) as error:
            remedy = "无法转换这个录音：请交16位、8kHz、单声道的WAV文件；暂用合成语音"
            self.faults.append(Fault("bad_recording", str(source), name, str(error)[:200], remedy))
            return None
