"""/metrics and /healthz: for machines that watch.  No personal data in either, so no login."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

from aiohttp import web

import crm
from crm import StoreUnavailable, now_ms
from hotline_app.desk.deps import Deps
from hotline_app.desk.hall import unexplained
from hotline_app.desk.moments import today
from seats import AcdUnavailable, CallView, SeatState

# Several watchers, or an impatient one, share one reading.
_FRESH_S = 2.0


class Monitor:
    """Reads what the gauges show when somebody asks, never in between."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._read_at = -_FRESH_S
        self._lock = asyncio.Lock()

    async def healthz(self, _request: web.Request) -> web.Response:
        """200 while the desk serves, also without database or Redis (the body names what is away): restarting
        the desk would mend neither."""
        away = self._deps.health.away
        return web.json_response({"status": "degraded" if away else "ok", "away": away})

    async def metrics(self, _request: web.Request) -> web.Response:
        async with self._lock:
            if time.monotonic() - self._read_at >= _FRESH_S:
                live = await self._read_acd()
                await self._read_ledger(live)
                self._read_at = time.monotonic()
        for part, up in self._deps.health.up.items():
            self._deps.metrics.up.labels(part).set(up)
        return web.Response(
            body=self._deps.metrics.text(),
            headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
        )

    async def _read_acd(self) -> list[CallView] | None:
        metrics, acd = self._deps.metrics, self._deps.acd
        try:
            seats, live, groups = await acd.seats(), await acd.calls(), await acd.groups()
        except AcdUnavailable:
            return None
        by_state = Counter(seat.state for seat in seats)
        for state in SeatState:
            metrics.seats.labels(state.value).set(by_state[state])
        metrics.live.set(len(live))
        metrics.waiting.clear()
        for group in groups:
            metrics.waiting.labels(group.group).set(group.waiting)
        return live

    async def _read_ledger(self, live: list[CallView] | None) -> None:
        """Today's figures, by Beijing's day.  What cannot be read keeps its value; hotline_part_up tells."""
        metrics, store = self._deps.metrics, self._deps.store
        try:
            figures = await crm.calls.figures(store, *today(now_ms()))
            missing = None if live is None else await unexplained(self._deps, live)
        except StoreUnavailable:
            return
        metrics.calls.clear()
        for outcome in crm.Outcome:
            metrics.calls.labels(outcome.value).set(figures.by_outcome.get(outcome.value, 0))
        metrics.tickets.set(figures.tickets)
        if missing is not None:
            metrics.unexplained.set(missing)
