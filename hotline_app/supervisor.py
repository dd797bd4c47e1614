"""`up`: starts every part in order, keeps each alive, says READY, and stops everything in order.

Asterisk and Redis are started detached: kill -9 of all our Python leaves them, and the callers, as they are.
The next `up` adopts them.  Bridges and desk hold nothing: those left from a killed supervisor are replaced.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import structlog

from ami_bridge.tasks import end
from asterisk_conf.obtain import Programs
from crm import StoreUnavailable, catalogue
from crm.catalogue import SeatInfo
from crm.directory import LineInfo
from hotline_app import account, health, wiring
from hotline_app.asterisk_server import AsteriskServer
from hotline_app.first_start import first_admin
from hotline_app.ports import taken
from hotline_app.processes import Process
from hotline_app.redis_server import RedisServer
from hotline_app.runtime import Runtime
from hotline_app.settings_file import ConfigRefused
from hotline_app.state import StateFault, StateLock

REPO = Path(__file__).resolve().parent.parent
_READY_S = 60.0
_BACK_OFF_S = (0.2, 10.0)  # first, longest
_SETTLED_S = 30.0  # a part that ran this long starts again at once


class Supervisor:
    """One running hotline.  `run` returns when it was asked to stop (SIGINT, SIGTERM) and all has ended."""

    def __init__(self, runtime: Runtime, programs: Programs, *, config_name: str = "hotline.toml") -> None:
        self._runtime = runtime
        self._programs = programs
        self._config_name = config_name
        self._log = structlog.get_logger("supervisor")
        self._stopping = asyncio.Event()
        self._again = asyncio.Event()
        state = runtime.state
        self._account = account.chosen(runtime.values.security.run_as)
        self.redis = RedisServer(programs, state, self._account) if runtime.private_redis else None
        self.asterisks = [
            AsteriskServer(programs, state, node.name, self._account) for node in runtime.private_nodes
        ]
        self.bridges = [
            Process(f"bridge-{slot}", state.run / f"bridge-{slot}.json")
            for slot in range(len(runtime.bridges))
        ]
        self.desk = Process("desk", state.run / "desk.json")

    async def run(self, *, on_ready: Callable[[], Awaitable[None]] | None = None) -> None:
        """Everything, in the foreground; `on_ready` is awaited after READY.

        Raises StateFault, ConfigRefused, PlanRefused.
        """
        with StateLock(self._runtime.state):
            loop = asyncio.get_running_loop()
            for sign in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(sign, self._stopping.set)
            loop.add_signal_handler(signal.SIGHUP, self._again.set)
            try:
                await self._until_stopped(self._start())
                if not self._stopping.is_set():
                    await self._stay(on_ready)
            finally:
                await self._stop()

    async def _until_stopped(self, work: Awaitable[None]) -> None:
        """Waits for the work, or for being asked to stop, whichever is first."""
        doing, asked = asyncio.ensure_future(work), asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait((doing, asked), return_when=asyncio.FIRST_COMPLETED)
        await end(doing, asked)
        if not doing.cancelled():
            doing.result()

    async def _start(self) -> None:
        runtime = self._runtime
        await self._replace_leftovers()
        adopted = frozenset(part.process.name for part in self.asterisks if part.process.running)
        if faults := taken(runtime, self._config_name, ours=adopted):
            raise ConfigRefused(faults)
        runtime.write()
        if self._programs.root is not None:
            account.must_reach(self._account, self._programs.root)
        account.must_reach(self._account, runtime.state.base)
        if self.redis is not None:
            self.redis.prepare()
            _say("Redis", adopted=self.redis.process.running)
            self.redis.start()
            await self.redis.ready()
        if self.asterisks:
            changed = await self._render()
            await asyncio.gather(*(self._start_asterisk(each, each in changed) for each in self.asterisks))
        for slot in range(len(self.bridges)):
            self._spawn_bridge(slot)
        self._spawn_desk()
        await self._answerable()

    async def _start_asterisk(self, asterisk: AsteriskServer, changed: bool) -> None:
        was_running = asterisk.process.running
        _say(f"Asterisk {asterisk.node}", adopted=was_running)
        asterisk.start()
        await asterisk.ready()
        if was_running and changed:
            await asterisk.reload()

    async def _replace_leftovers(self) -> None:
        """Ends bridges and desk of a supervisor that was killed: ours shall have the new settings."""
        await asyncio.gather(*(part.stop(patience_s=5) for part in (*self.bridges, self.desk)))

    async def _render(self) -> list[AsteriskServer]:
        """The nodes' files from settings and database; while that is away, those of the last time stand.
        Returns the nodes whose files have changed."""
        try:
            store = await wiring.open_store(self._runtime, tolerate_away=False)
        except StoreUnavailable as away:
            if all((asterisk.conf / "asterisk.conf").is_file() for asterisk in self.asterisks):
                self._log.warning("database.away_at_start", reason=away.detail)
                return []
            raise StateFault(
                f"{away.detail}；第一次启动需要数据库 / the first start needs the database"
            ) from away
        try:
            await first_admin(self._runtime, store)
            seats: list[SeatInfo] = await catalogue.seats(store)
            lines: list[LineInfo] = await catalogue.lines(store)
        finally:
            await store.close()
        plans = wiring.node_plans(self._runtime, self._programs, seats=seats, lines=lines)
        # One after the other: the first one's sounds are everybody's.
        return [
            asterisk
            for asterisk, plan in zip(self.asterisks, plans, strict=True)
            if await asyncio.to_thread(asterisk.prepare, plan)
        ]

    def _spawn_bridge(self, slot: int) -> None:
        self._spawn(self.bridges[slot], "hotline_app.bridge", "--slot", str(slot))

    def _spawn_desk(self) -> None:
        self._spawn(self.desk, "hotline_app.desk_process")

    def _spawn(self, process: Process, module: str, *words: str) -> None:
        runtime = str(self._runtime.state.runtime)
        argv = [sys.executable, "-P", "-m", module, "--runtime", runtime, *words]
        environment = {**os.environ, "PYTHONPATH": str(REPO), "PYTHONUNBUFFERED": "1"}
        process.spawn(argv, env=environment, output=self._runtime.state.log / f"{process.name}.out", cwd=REPO)

    async def _answerable(self) -> None:
        """Returns when a call would be answered.  Raises StateFault naming what does not come up."""
        deadline = time.monotonic() + _READY_S
        while missing := await self._missing():
            died = [p.name for p in (*self.bridges, self.desk) if not p.running]
            if died or time.monotonic() > deadline:
                names = "、".join(died or missing)
                logs = self._runtime.state.log
                raise StateFault(f"{names} 没有起来，原因见 {logs}/*.out / did not come up: see its log")
            await asyncio.sleep(0.1)

    async def _missing(self) -> list[str]:
        missing = []
        for node in self._runtime.private_nodes:
            place = self._runtime.place(node)
            if not await health.sip_answers(place.sip_host, place.sip_port):
                missing.append(f"SIP {node.name}")
        for slot, (host, port) in enumerate(self._runtime.bridges):
            if not await health.accepts(host, port):
                missing.append(f"bridge-{slot}")
        if not await health.desk_answers(self._runtime):
            missing.append("desk")
        return missing

    async def _stay(self, on_ready: Callable[[], Awaitable[None]] | None) -> None:
        print(f"READY {self._runtime.web_url}", flush=True)
        self._log.info("ready", url=self._runtime.web_url)
        keepers = [asyncio.ensure_future(self._keep(*kept)) for kept in self._kept()]
        keepers.append(asyncio.ensure_future(self._take_up_changes()))
        if on_ready is not None:
            keepers.append(asyncio.ensure_future(on_ready()))
        asked = asyncio.ensure_future(self._stopping.wait())
        try:
            while not asked.done():
                waiting: list[asyncio.Future[Any]] = [task for task in keepers if not task.done()]
                await asyncio.wait((*waiting, asked), return_when=asyncio.FIRST_COMPLETED)
                for task in keepers:
                    if task.done():
                        task.result()  # a keeper that fails takes the whole house down, loudly
        finally:
            await end(*keepers, asked)

    def _kept(self) -> list[tuple[Process, Callable[[], Awaitable[None]]]]:
        kept: list[tuple[Process, Callable[[], Awaitable[None]]]] = []
        if self.redis is not None:
            kept.append((self.redis.process, self._restart_redis))
        for asterisk in self.asterisks:
            kept.append((asterisk.process, lambda each=asterisk: self._restart_asterisk(each)))  # type: ignore[misc]
        for slot, bridge in enumerate(self.bridges):
            kept.append((bridge, lambda slot=slot: _done(self._spawn_bridge, slot)))  # type: ignore[misc]
        kept.append((self.desk, lambda: _done(self._spawn_desk)))
        return kept

    async def _restart_redis(self) -> None:
        assert self.redis is not None
        self.redis.start()
        await self.redis.ready()

    async def _restart_asterisk(self, asterisk: AsteriskServer) -> None:
        asterisk.start()
        await asterisk.ready()

    async def _keep(self, process: Process, restart: Callable[[], Awaitable[None]]) -> None:
        """Starts a part again when it dies, at once the first time, ever more patiently after that."""
        first, longest = _BACK_OFF_S
        pause = first
        while True:
            began = time.monotonic()
            await process.ended()
            if time.monotonic() - began > _SETTLED_S:
                pause = first
            self._log.error("part.died", part=process.name, again_in_s=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, longest)
            try:
                await restart()
                self._log.info("part.restarted", part=process.name)
            except (StateFault, OSError) as fault:
                self._log.error("part.does_not_start", part=process.name, reason=str(fault))

    async def _take_up_changes(self) -> None:
        """SIGHUP: seats or lines changed in the database; Asterisk takes them up, calls go on."""
        while True:
            await self._again.wait()
            self._again.clear()
            if self.asterisks:
                await asyncio.gather(*(asterisk.reload() for asterisk in await self._render()))

    async def _stop(self) -> None:
        """The desk, then Asterisk (its callers hear the end), then who recorded it, then Redis."""
        self._log.info("stopping")
        await self.desk.stop(patience_s=10)
        await asyncio.gather(*(asterisk.stop() for asterisk in self.asterisks))
        await asyncio.gather(*(bridge.stop(patience_s=10) for bridge in self.bridges))
        if self.redis is not None:
            await self.redis.stop()
        self._log.info("stopped")


async def _done(call: Callable[..., None], *arguments: int) -> None:
    call(*arguments)


def _say(part: str, *, adopted: bool) -> None:
    words = ("接管正在运行的", "adopting the running") if adopted else ("启动", "starting")
    print(f"〔启动〕{words[0]} {part} / {words[1]} {part}", file=sys.stderr, flush=True)
