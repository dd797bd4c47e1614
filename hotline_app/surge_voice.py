"""The desk's voice: notices spoken into the prompt folders of the private nodes.

Only here do the desk and Asterisk's prompts meet; the desk itself knows nothing of them.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from asterisk_conf.apt_root import ObtainFault
from asterisk_conf.command import Command
from asterisk_conf.obtain import Programs, programs
from asterisk_conf.prompts import Catalogue, EspeakNg, Prompt, speak
from hotline_app.desk.voice import NotSpoken


class SurgeVoice:
    """`folders`: where each node plays prompts from.  `studio`: a recording of that name laid there replaces
    the synthetic voice, as for every prompt."""

    def __init__(self, folders: Sequence[Path], studio: Path) -> None:
        self._folders = folders
        self._studio = studio
        self._programs: Programs | None = None

    async def __call__(self, name: str, words: str) -> None:
        """Some 0.3 s, in a thread.  Raises NotSpoken."""
        await asyncio.to_thread(self._say, name, words)

    def _say(self, name: str, words: str) -> None:
        if not self._folders:
            raise NotSpoken("no private node: whoever runs the nodes lays the recordings there")
        prompt = Prompt(name, words, words, None)
        catalogue = Catalogue("突发公告", {name: prompt})
        try:
            tools = self._tools()
            espeak = EspeakNg(_command(tools, "espeak-ng"))
            for folder in self._folders:
                spoken = speak(
                    catalogue, folder, self._studio, synthesiser=espeak, sox=_command(tools, "sox")
                )
                if not spoken.lengths[name]:
                    raise NotSpoken("; ".join(map(str, spoken.faults)) or "an empty sound")
                _readable(folder, folder / f"{name}.wav")
        except (OSError, ObtainFault) as fault:
            raise NotSpoken(str(fault)) from fault

    def _tools(self) -> Programs:
        """Found once; `up` has seen to it that they are there."""
        if self._programs is None:
            self._programs = programs()
        return self._programs


def _command(tools: Programs, name: str) -> Command:
    return Command(tuple(tools.argv(name)), tools.env(name))


def _readable(folder: Path, sound: Path) -> None:
    """As root we write for another user: the sound belongs to whom the folder belongs, Asterisk."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.chown(sound, owner.st_uid, owner.st_gid)
