"""A hall to drive the console in: a real desk, real Redis and SQLite, and callers made of facts.

The telephone network is not needed here: what the bridges would tell ledger and ACD is told by `Caller`.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from sqlalchemy import update

from crm import Arrival, Ledger, Mark, Outcome, People, Role, Store, Vault, catalogue, now_ms
from crm.models import Seat
from hotline_app.desk.app import Given, make_app
from hotline_app.desk.config import DeskConfig
from hotline_app.desk.voice import Speaker, mute
from hotline_app.surge_voice import SurgeVoice
from seats import Acd, AcdRules, Clients, Offer, Reservation, connect

CONSOLE = Path(__file__).parents[2] / "console" / "dist"
EXT, USER, NAME = "1001", "wangfang", "王芳"
PASSWORD = "invented-password-7"
_COUNT = itertools.count(1)


@dataclass
class Caller:
    """One caller, step by step; every step is what a bridge does at that moment."""

    hall: Hall
    call_id: str
    ticket_no: str
    card: dict[str, object]
    reservation: Reservation | None = None

    async def queues(self) -> Caller:
        await self.hall.ledger.mark(Mark(self.call_id, "offered", now_ms(), data={"groups": ["general"]}))
        offer = Offer(
            self.call_id, "node1", f"PJSIP/carrier-{self.call_id}", waiting_since_ms=now_ms(), card=self.card
        )
        found = await self.hall.acd.offer(offer)
        self.reservation = found if isinstance(found, Reservation) else None
        return self

    async def pops(self) -> Caller:
        """Pop first; returns when the console has said that it shows it."""
        self.reservation = self.reservation or await self.hall.acd.reservation(self.call_id)
        assert self.reservation is not None, "no seat was free"
        shown = asyncio.create_task(self.hall.next_popped())
        await self.hall.listening.wait()
        await self.hall.acd.pop(self.reservation)
        assert await asyncio.wait_for(shown, 5) == (self.call_id, self.reservation.fence)
        return self

    async def rings(self) -> Caller:
        assert self.reservation is not None
        await self.hall.mark(self.call_id, "reserved", seat=self.reservation.seat)
        await self.hall.mark(self.call_id, "ringing", seat=self.reservation.seat)
        await self.hall.acd.ringing(self.call_id, self.reservation.fence)
        return self

    async def talks(self) -> Caller:
        assert self.reservation is not None
        await self.hall.mark(self.call_id, "answered", seat=self.reservation.seat)
        await self.hall.acd.answered(self.call_id, seat=self.reservation.seat, fence=self.reservation.fence)
        return self

    async def hangs_up(self) -> Caller:
        await self.hall.ledger.close(
            self.call_id,
            Outcome.ANSWERED if self.reservation else Outcome.ABANDONED_QUEUE,
            now_ms(),
            16,
            seat=self.reservation.seat if self.reservation else None,
        )
        await self.hall.acd.ended(self.call_id)
        return self


class Hall:
    """Opened by `open`, closed by `close`.  `stop_desk` and `start_desk` cut and mend the browser's link."""

    def __init__(self, store: Store, ledger: Ledger, redis: Clients, config: DeskConfig) -> None:
        self.store = store
        self.ledger = ledger
        self.redis = redis
        self.acd = Acd(redis.call, rules=AcdRules(), poll=redis.poll)
        self.people = People(store)
        self.listening = asyncio.Event()
        self._config = config
        self._runner: web.AppRunner | None = None
        self.port = 0
        self.voice: Speaker = mute

    @classmethod
    async def open(cls, redis_url: str, state: Path) -> Hall:
        store = await Store.open(
            f"sqlite:///{state / 'hotline.db'}", vault=Vault(secrets.token_bytes(32)), state_dir=state
        )
        ledger = Ledger(store, journal=state / "journal")
        await ledger.start()
        hall = cls(store, ledger, connect(redis_url), DeskConfig(recordings=state, console=CONSOLE))
        hall.voice = SurgeVoice([state / "prompts"], state / "studio")
        await hall.start_desk()
        return hall

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start_desk(self) -> None:
        app = make_app(Given(self.store, self.acd, self.redis, self._config, self.voice))
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop_desk(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def close(self) -> None:
        await self.stop_desk()
        await self.ledger.stop()
        await self.store.close()
        await self.redis.close()

    async def seat(self, ext: str, user: str, name: str) -> None:
        """A seat in the directory and the person who works at it."""
        await catalogue.ensure_seats(self.store, [ext])
        async with self.store.write() as connection:
            await connection.execute(update(Seat).where(Seat.ext == ext).values(name=name))
        await self.people.add(user, PASSWORD, Role.SEAT, seat=ext)

    async def person(self, user: str, role: Role, seat: str | None = None) -> None:
        """Somebody else who signs in at the console."""
        await self.people.add(user, PASSWORD, role, seat=seat)

    async def leader(self, ext: str, user: str) -> None:
        """A shift leader with a phone of his own."""
        await catalogue.ensure_seats(self.store, [ext])
        await self.people.add(user, PASSWORD, Role.SHIFT_LEADER, seat=ext)
        await self.phone(ext)

    async def phone(self, ext: str, device: str = "NOT_INUSE") -> None:
        """What Asterisk says of a seat's phone."""
        await self.acd.contact(ext, True, node="node1")
        await self.acd.device(ext, device, node="node1")

    async def caller(
        self, number: str, line: str = "12345", *, language: str = "zh", arrived_ago_ms: int = 0
    ) -> Caller:
        """Ledger entry and draft ticket, as for any call that reaches a node."""
        call_id, arrived = f"node1-{now_ms() // 1000}.{next(_COUNT)}", now_ms() - arrived_ago_ms
        opened = await self.ledger.open(Arrival(call_id, "node1", "carrier", line, number, None, arrived))
        assert opened.ticket_no is not None
        await self.mark(call_id, "greeting")
        await self.mark(call_id, "language", language=language)
        card: dict[str, object] = {
            "ticket_no": opened.ticket_no,
            "caller_masked": opened.caller_masked,
            "place": opened.place,
            "line": line,
            "line_name": opened.line_name,
            "department": opened.department,
            "language": language,
            "waited_s": 7,
        }
        return Caller(self, call_id, opened.ticket_no, card)

    async def mark(self, call_id: str, kind: str, seat: str | None = None, **data: str) -> None:
        await self.ledger.mark(Mark(call_id, kind, now_ms(), seat=seat, data=data))

    async def next_popped(self) -> tuple[str, int]:
        """The next answer to a pop; `listening` is set once the subscription stands."""
        async with self.redis.poll.pubsub() as pubsub:
            await pubsub.subscribe("{acd}:popped")
            async for message in pubsub.listen():
                if message["type"] == "subscribe":
                    self.listening.set()
                else:
                    self.listening.clear()
                    call_id, _, fence = str(message["data"]).rpartition(" ")
                    return call_id, int(fence)
        raise AssertionError("the subscription ended")
