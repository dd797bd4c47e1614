"""Runs the scheduled work on one desk at a time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from redis.asyncio import Redis

from ami_bridge.lease import LeaseEnd, OwnerLease
from ami_bridge.tasks import end
from crm import StoreUnavailable
from hotline_app.upkeep.chronicler import Chronicler
from hotline_app.upkeep.places import Places
from hotline_app.upkeep.retention import Retention
from hotline_app.upkeep.tracks import Tracks
from hotline_app.upkeep.watch import Watch
from seats import AcdUnavailable

LEASE = "desk.upkeep"  # no node is called so: their names have no dot
_LEASE_S = 6.0
_WATCH_S = 2.0
_PLACES_S = 5.0
_FINISHED_S = 6.0  # a file must have stood still for five
_UNASKED_S = 60.0
_RETENTION_HOUR = 3  # local: few calls


@dataclass(frozen=True, slots=True)
class Jobs:
    """`call_ended` is set by the chronicler: a recording may be finished soon."""

    chronicler: Chronicler
    watch: Watch
    tracks: Tracks
    retention: Retention
    places: Places
    call_ended: asyncio.Event
    zone: ZoneInfo


class Keeper:
    """Holds the lease, and works while it does.  Everything it does is safe to be done twice: a desk that was
    frozen may go on for a moment after another has taken over."""

    def __init__(self, redis: Redis, jobs: Jobs, *, lease_s: float = _LEASE_S) -> None:
        self._jobs = jobs
        self._tasks: list[asyncio.Task[None]] = []
        self._log = structlog.get_logger("upkeep")
        self._lease = OwnerLease(
            redis,
            LEASE,
            owner=f"{socket.gethostname()}-{os.getpid()}",
            on_gained=self._begin,
            on_lost=self._leave,
            lease_s=lease_s,
        )

    @property
    def working(self) -> bool:
        """Whether this desk is the one that works."""
        return bool(self._tasks)

    async def start(self) -> None:
        await self._lease.start()

    async def stop(self) -> None:
        """Gives the work up to another desk at once."""
        await self._end()
        await self._lease.stop()
        await self._end()  # gained in the very last moment

    async def _begin(self, _fence: int) -> None:
        jobs = self._jobs
        self._tasks = [
            asyncio.create_task(work, name=f"upkeep {name}")
            for name, work in (
                ("seat log", jobs.chronicler.run()),
                ("alarms", self._rounds(jobs.watch.round, _WATCH_S)),
                ("places", self._rounds(jobs.places.round, _PLACES_S)),
                ("tracks", self._follow_tracks()),
                ("retention", self._daily()),
            )
        ]

    async def _leave(self, why: LeaseEnd) -> None:
        self._log.warning("upkeep.left", why=why.value)
        await self._end()

    async def _end(self) -> None:
        tasks, self._tasks = self._tasks, []
        await end(*tasks)
        for task in tasks:
            if not task.cancelled() and (fault := task.exception()) is not None:
                self._log.error("upkeep.job_failed", job=task.get_name(), error=repr(fault))

    async def _rounds(self, work: Callable[[], Awaitable[object]], pause_s: float) -> None:
        while True:
            began = asyncio.get_running_loop().time()
            await self._try(work)
            # Never more than a tenth of the desk's time, however much there is to look at.
            spent = asyncio.get_running_loop().time() - began
            await asyncio.sleep(max(pause_s, 10 * spent))

    async def _follow_tracks(self) -> None:
        unfinished = False
        while True:
            if not unfinished:
                # Ended calls may also have come from another source: CEL, a journal.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_UNASKED_S):
                        await self._jobs.call_ended.wait()
            await asyncio.sleep(_FINISHED_S)
            self._jobs.call_ended.clear()
            unfinished = bool(await self._try(self._jobs.tracks.round))

    async def _daily(self) -> None:
        while True:
            await asyncio.sleep(_until_hour(datetime.now(self._jobs.zone), _RETENTION_HOUR))
            await self._try(self._jobs.retention.round)

    async def _try(self, work: Callable[[], Awaitable[object]]) -> object:
        try:
            return await work()
        except (StoreUnavailable, AcdUnavailable) as away:
            self._log.warning("upkeep.waits", job=work.__qualname__, reason=str(away))
        except Exception:  # noqa: BLE001 - one job's fault must not end the others; its traceback is in the log
            self._log.exception("upkeep.round_failed", job=work.__qualname__)
        return None


def _until_hour(now: datetime, hour: int) -> float:
    """Seconds until the clock next shows this full hour."""
    today = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    return ((today if today > now else today + timedelta(days=1)) - now).total_seconds()
