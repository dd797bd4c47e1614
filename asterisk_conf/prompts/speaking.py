"""Makes every sound of the catalogue lie where Asterisk plays it from, and says how long each lasts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from asterisk_conf.command import Command, ToolFailed
from asterisk_conf.fault import Fault
from asterisk_conf.prompts.catalogue import MONGOLIAN, MUSIC, Catalogue
from asterisk_conf.prompts.recordings import Recordings
from asterisk_conf.prompts.sound import convert, length_s
from asterisk_conf.prompts.store import digest, made, put
from asterisk_conf.prompts.synthesiser import Synthesiser

CACHE = "cache"

# Silence before and after the voice goes, its level is evened, and a breath is left at both ends.
_TRIM = ("silence", "1", "0.02", "0.3%", "reverse", "silence", "1", "0.02", "0.3%", "reverse")
_EFFECTS = ("highpass", "120", *_TRIM, "norm", "-3", "pad", "0.05", "0.10")


@dataclass(frozen=True, slots=True)
class Spoken:
    """What lies in `folder` now.  `lengths`: seconds by sound, 0 for a slot that waits for its recording.

    `faults`: what could not be used or made.  `notices`: slots that are left out, and stray recordings.
    """

    folder: Path
    lengths: Mapping[str, float]
    faults: tuple[Fault, ...]
    notices: tuple[Fault, ...]

    def path(self, name: str, language: str) -> str | None:
        """What the dialplan plays (a file name without its ending), or None: leave it out.

        A Mongolian speaker hears the Mongolian recording where there is one, else the Chinese voice.
        """
        if language == "mn" and self.lengths.get(name + MONGOLIAN, 0.0) > 0:
            return str(self.folder / (name + MONGOLIAN))
        return str(self.folder / name) if self.lengths.get(name, 0.0) > 0 else None


def speak(
    catalogue: Catalogue, folder: Path, recordings: Path, *, synthesiser: Synthesiser, sox: Command
) -> Spoken:
    """Fills `folder` with <name>.wav for every sound; cheap when nothing changed, so call it as often as you
    like: a recording laid into `recordings` is taken up at the next call.  Raises OSError (disk)."""
    cache = folder / CACHE
    studio = Recordings(recordings, cache, sox)
    lengths: dict[str, float] = {}
    faults: list[Fault] = []
    notices: list[Fault] = []

    def voice(text: str, target: Path) -> None:
        raw = target.with_name("raw.wav")
        synthesiser.say(text, raw)
        convert(sox, raw, target, *_EFFECTS)

    for name, prompt in catalogue.prompts.items():
        source = studio.of(name)
        try:
            if source is None:
                key = digest("voice", synthesiser.voice, " ".join(_EFFECTS), prompt.say)
                source = made(cache, key, partial(voice, prompt.say))
        except ToolFailed as error:
            remedy = "合成失败：检查 espeak-ng 和 sox 是否可用，或在录音目录放入录音"
            faults.append(Fault("not_spoken", catalogue.file, f"prompt.{name}", str(error)[:200], remedy))
        lengths[name] = _lay(source, folder / f"{name}.wav")
    for name in catalogue.slots():
        lengths[name] = _lay(studio.of(name), folder / f"{name}.wav")
        if not lengths[name]:
            remedy = f"没有蒙古语录音，播放时跳过；录好后放到 {recordings / name}.wav"
            notices.append(Fault("slot_empty", catalogue.file, f"prompt.{name}", "", remedy))
    notices += studio.strangers([*catalogue.sounds(), MUSIC])
    return Spoken(folder, lengths, (*faults, *studio.faults), tuple(notices))


def _lay(source: Path | None, target: Path) -> float:
    """Puts the sound in place, or takes away one whose source is gone; its seconds."""
    if source is None:
        target.unlink(missing_ok=True)
        return 0.0
    put(source, target)
    return length_s(target)
