"""The FastAGI endpoint: one question of the dialplan in, one answer out."""

from __future__ import annotations

import time

from agi.channel import Channel
from agi.decision import Question
from agi.journey import Journey
from agi.request import HardenedRequest

ROUTE = "decide"


class Answering:
    """Answers ``agi://bridge/decide``.  ``asked`` and ``busy_s`` feed the metrics."""

    def __init__(self, journey: Journey) -> None:
        self._journey = journey
        self.asked = 0
        self.in_vain = 0
        self.busy_s = 0.0

    async def decide(self, request: HardenedRequest) -> None:
        """Serves one session.  An answer that nobody waits for any more is not sent."""
        began = time.perf_counter()
        self.asked += 1
        channel = Channel(request)
        if channel.asked_in_vain:  # we were frozen; the dialplan has gone to another bridge long ago
            self.in_vain += 1
            return
        decision = await self._journey.decide(Question.of(channel))
        await channel.set_variables(decision.variables())
        self.busy_s += time.perf_counter() - began
