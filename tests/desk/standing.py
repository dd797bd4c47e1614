"""A real desk on a real Redis and a real database, with one user of each role."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from aiohttp import web
from argon2 import PasswordHasher

from crm import Arrival, Ledger, Mark, Outcome, People, Role, Store, Vault, now_ms
from crm.catalogue import ensure_seats
from hotline_app.desk.app import Given, make_app
from hotline_app.desk.config import DeskConfig
from hotline_app.surge_voice import SurgeVoice
from seats import Acd, AcdRules, Clients, connect

PASSWORD = "hotline-12345"
KEY = bytes(range(32))
SEATS = ("1001", "1002", "1003")
# name → (role, seat)
USERS: dict[str, tuple[Role, str | None]] = {
    "seat1": (Role.SEAT, "1001"),
    "seat2": (Role.SEAT, "1002"),
    "leader": (Role.SHIFT_LEADER, "1003"),
    "dispatcher": (Role.DISPATCHER, None),
    "unit": (Role.UNIT, None),
    "county": (Role.COUNTY_STATION, None),
    "subcenter": (Role.SUBCENTER, None),
    "quality": (Role.QUALITY, None),
    "supervisor": (Role.SUPERVISOR, None),
    "admin": (Role.ADMIN, None),
    "auditor": (Role.AUDITOR, None),
}


async def seed(store: Store) -> None:
    """Users and seats; the hash is a cheap one, so that a test's login costs a millisecond."""
    people = People(store, hasher=PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    for name, (role, seat) in USERS.items():
        await people.add(name, PASSWORD, role, seat=seat)
    await ensure_seats(store, SEATS)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a test holds of a desk that runs."""

    url: str
    store: Store
    ledger: Ledger
    acd: Acd
    clients: Clients
    config: DeskConfig
    runner: web.AppRunner

    async def call(
        self,
        call_id: str,
        *,
        caller: str = "13904760001",
        seat: str | None = None,
        outcome: Outcome | None = None,
        arrived_at: int | None = None,
        line: str = "12345",
    ) -> str | None:
        """A call in the ledger (and its ticket's number), perhaps answered by a seat, perhaps ended."""
        at = arrived_at or now_ms()
        opened = await self.ledger.open(Arrival(call_id, "node1", "carrier", line, caller, "", at))
        if seat is not None:
            await self.ledger.mark(Mark(call_id, "offered", at + 1000))
            await self.ledger.mark(Mark(call_id, "answered", at + 3000, seat=seat))
        if outcome is not None:
            tracks = {track: f"20261123/{call_id}-{track}.wav" for track in ("caller", "seat")}
            kept = tracks if seat is not None else None
            await self.ledger.close(call_id, outcome, at + 60_000, 16, seat=seat, recording=kept)
        await self.ledger.flush()
        return opened.ticket_no


@asynccontextmanager
async def standing(
    *, redis_url: str, database_url: str, base: Path, port: int = 0, config: DeskConfig | None = None
) -> AsyncIterator[Standing]:
    """A desk on 127.0.0.1; `base` holds recordings and the ledger's journal."""
    config = replace(config or DeskConfig(recordings=base / "recordings", console=base / "dist"), port=port)
    async with AsyncExitStack() as life:
        store = await Store.open(database_url, vault=Vault(KEY), state_dir=base)
        life.push_async_callback(store.close)
        ledger = Ledger(store, journal=base / "journal")
        await ledger.start()
        life.push_async_callback(ledger.stop)
        clients = connect(redis_url)
        life.push_async_callback(clients.close)
        acd = Acd(clients.call, rules=AcdRules(), poll=clients.poll)
        voice = SurgeVoice([base / "prompts"], base / "studio")
        app = make_app(Given(store, acd, clients, config, voice))
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        life.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        bound = runner.addresses[0][1]
        yield Standing(f"http://127.0.0.1:{bound}", store, ledger, acd, clients, config, runner)
