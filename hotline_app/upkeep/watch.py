"""The alarms' engine: looks at the figures every two seconds, raises and clears what they give reason for."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from ami_bridge.lease import owner_key
from crm import Store, StoreUnavailable, calls, groups, measures, now_ms, recordings
from hotline_app.settings import Alarms as Limits
from hotline_app.settings import Recording
from hotline_app.upkeep.damping import Damper
from hotline_app.upkeep.readings import Answers, Facts, readings, unknown
from seats import Acd, AcdUnavailable, CallView, SeatState
from seats.alarms import Alarms
from seats.figures import ghosts_among, group_views

_GHOST_MS = 5_000
_DAY_MS = 24 * 3_600_000
_UNSETTLED_MS = 120_000  # the end of a younger call may be between two records
_BLINK_S = 2.0  # a Redis that was away for less is not worth a word
_TOLD_S = 15.0  # so long after its return it is still told that Redis was away


@dataclass(frozen=True, slots=True)
class _Books:
    """What the database says; all None while it is away."""

    answers: Mapping[str, Answers] | None = None
    unexplained: int | None = None
    missing: int | None = None


class Watch:
    """`folder`: the recordings'; `nodes`: Asterisk nodes by name; `slow_s`: how often database and disk are
    asked."""

    def __init__(
        self,
        store: Store,
        acd: Acd,
        redis: Redis,
        alarms: Alarms,
        *,
        limits: Limits,
        recording: Recording,
        folder: Path,
        nodes: Sequence[str],
        slow_s: float = 15.0,
    ) -> None:
        self._store = store
        self._acd = acd
        self._redis = redis
        self._alarms = alarms
        self._limits = limits
        self._recording = recording
        self._folder = folder
        self._nodes = nodes
        self._damper = Damper(
            raise_after=limits.raise_after_s * 1000, clear_after=limits.clear_after_s * 1000
        )
        self._names: dict[str, str] = {}
        self._books = _Books()
        self._database_away = False
        self._free: float | None = None
        self._slow_s = slow_s
        self._asked_at = -slow_s
        self._silent_since: float | None = None
        self._silence: tuple[float, float] = (0.0, -_TOLD_S)  # how long, until when

    async def round(self) -> None:
        """Raises AcdUnavailable; what was away meanwhile is told when Redis is back."""
        try:
            await self._look()
        except AcdUnavailable:
            if self._silent_since is None:
                self._silent_since = time.monotonic()
            raise

    async def _look(self) -> None:
        now = await self._acd.clock_ms()
        if self._silent_since is not None:
            self._silence = time.monotonic() - self._silent_since, time.monotonic()
            self._silent_since = None
        seats, live = await self._acd.seats(), await self._acd.calls()
        if time.monotonic() - self._asked_at >= self._slow_s:
            await self._ask_slow_ones(live)
            self._asked_at = time.monotonic()
        ghosts = ghosts_among(seats, live, now_ms=now, after_ms=_GHOST_MS)
        facts = Facts(
            now=now,
            groups=group_views(seats, live),
            signed_in=sum(seat.state is not SeatState.SIGNED_OUT for seat in seats),
            names=self._names,
            answers=self._books.answers,
            # A phone that its owner uses for something else is his own affair, and shown on the board.
            ghosts=sum(ghost.kind != "ready_engaged" for ghost in ghosts),
            unexplained=self._books.unexplained,
            missing=self._books.missing,
            free=self._free,
            away=await self._away(),
        )
        await self._tell(facts)

    async def _tell(self, facts: Facts) -> None:
        unsaid = unknown(facts)
        standing = {a.id: a.level for a in await self._alarms.list() if a.kind not in unsaid}
        found = readings(
            facts,
            self._limits,
            free_warn=self._recording.free_warn,
            free_bad=self._recording.free_bad,
        )
        for change in self._damper.step(facts.now, found, standing):
            if change.alarm is None:
                await self._alarms.clear(change.id)
            else:
                await self._alarms.raise_(change.alarm)

    async def _ask_slow_ones(self, live: Sequence[CallView]) -> None:
        self._free = await asyncio.to_thread(_free_share, self._folder)
        now = now_ms()
        try:
            self._names = {group.code: group.name for group in await groups.groups(self._store)}
            since = now - self._limits.service_window_s * 1000
            figures = await measures.calls(self._store, since, now, by="group")
            open_ones = await calls.unexplained(
                self._store, {call.call_id for call in live}, before=now - _UNSETTLED_MS
            )
            missing = await recordings.missing(self._store, since=now - _DAY_MS)
        except StoreUnavailable:
            self._books, self._database_away = _Books(), True
            return
        self._database_away = False
        self._books = _Books(
            {row.key: Answers(row.answered, row.in_time) for row in figures if row.key},
            len(open_ones),
            len({track.call_id for track in missing}),
        )

    async def _away(self) -> dict[str, str]:
        away: dict[str, str] = {}
        lasted_s, ended_at = self._silence
        if lasted_s >= _BLINK_S and time.monotonic() - ended_at < self._limits.raise_after_s + _TOLD_S:
            away["redis"] = f"Redis 曾中断 {lasted_s:.0f} 秒，其间"
        if self._database_away:
            away["database"] = "数据库"
        try:
            owned = await asyncio.gather(*(self._redis.exists(owner_key(node)) for node in self._nodes))
        except (RedisError, OSError, TimeoutError) as error:
            raise AcdUnavailable(f"EXISTS: {error}") from error
        for node, owners in zip(self._nodes, owned, strict=True):
            if not owners:
                away[node] = f"节点 {node} 的管理连接"
        return away


def _free_share(folder: Path) -> float | None:
    """Of the space that is not root's alone, the share that is free; None: there is no such folder yet."""
    try:
        disk = os.statvfs(folder)
    except FileNotFoundError:
        return None
    usable = disk.f_blocks - disk.f_bfree + disk.f_bavail
    return disk.f_bavail / usable if usable else None
