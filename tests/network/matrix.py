"""Who hears whom: every party listens at the same time, and each tone names its party."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from . import ear
from .leg import Leg

Matrix = dict[Leg, frozenset[Leg]]


async def who_hears_whom(legs: Sequence[Leg], *, seconds: float = 1.0) -> Matrix:
    """For each leg, those of `legs` that it hears now; one that hears its own tone hears itself."""
    if silent := [leg for leg in legs if leg.tone_hz == 0]:
        raise ValueError(f"{silent} have no tone, so nobody can tell whether they are heard")
    sounds = await asyncio.gather(*(leg.listens(seconds) for leg in legs))
    owners = {leg.tone_hz: leg for leg in legs}
    return {
        leg: frozenset(owners[hz] for hz in ear.tones_heard(_settled(sound), owners))
        for leg, sound in zip(legs, sounds, strict=True)
    }


def _settled(sound: ear.Sound) -> ear.Sound:
    """Without the first tenth: MixMonitor begins with a few empty frames."""
    return sound.part(0.1) if sound.seconds > 0.6 else sound
