"""How the desk has words spoken without knowing Asterisk: the composition root passes the voice in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable


class NotSpoken(Exception):
    """The words could not be made into a sound; the text says why, for the log."""


Speaker = Callable[[str, str], Awaitable[None]]
"""(name of the sound, words): it lies where every node plays it from when this returns.  Raises NotSpoken."""


async def mute(name: str, _words: str) -> None:
    """The voice of a desk that was given none."""
    raise NotSpoken(f"{name}: this desk has no voice")
