"""Ending tasks for certain: on Python 3.11 one cancellation is a request that may be lost."""

import asyncio
from typing import Any

_AGAIN_S = 0.2


async def end(*tasks: asyncio.Future[Any] | None) -> None:
    """Cancels tasks and returns when all have ended, whatever they ended with.

    A driver's own time limit can swallow a cancellation (`asyncio.wait_for` before Python 3.12 drops it when
    the answer comes in the same moment), and a task that loops would then go on for ever: it is asked again.
    """
    while pending := [task for task in tasks if task is not None and not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=_AGAIN_S)
