"""Where the sounds lie that Asterisk plays, by the prompt's name and the caller's language."""

from __future__ import annotations

from pathlib import Path

MONGOLIAN = "_mn"


class PromptFolder:
    """A folder of ``<name>.wav``, looked up anew each time: a studio recording counts from the next call."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, name: str, language: str) -> str | None:
        """What the dialplan plays (a file name without its ending), or None: leave it out.

        A Mongolian speaker hears the Mongolian recording where there is one, else the Chinese voice.
        """
        names = (name + MONGOLIAN, name) if language == "mn" else (name,)
        for each in names:
            if (self._folder / f"{each}.wav").exists():
                return str(self._folder / each)
        return None
