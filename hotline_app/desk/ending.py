"""Ending the desk's tasks for certain (as ami_bridge.tasks does; the desk knows nothing of Asterisk)."""

from __future__ import annotations

import asyncio
from typing import Any

_AGAIN_S = 0.2


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancels tasks and returns when all have ended: on Python 3.11 a driver's own time limit can swallow one
    cancellation, so it is asked again."""
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=_AGAIN_S)
