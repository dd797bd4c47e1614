"""Where the sounds lie that Asterisk plays, by the prompt's name and the caller's language."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from agi.decision import Question

MONGOLIAN = "_mn"


class Voice:
    """Names of prompts → the files that are played, in the caller's language.

    ``path`` tells where a prompt lies, None when it is not there.
    """

    def __init__(self, path: Callable[[str, str], str | None]) -> None:
        self._path = path

    def of(self, call: Question, *prompts: str) -> tuple[str, ...]:
        """File names of those prompts that exist; a Mongolian slot without its recording is left out."""
        paths = (self._path(name, call.language or "zh") for name in prompts)
        return tuple(path for path in paths if path is not None)


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
