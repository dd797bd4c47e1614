"""The whole journey on a real Redis and a real database, asked as the dialplan asks it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from agi.cards import Cards
from agi.decision import Decision, Question
from agi.journey import Journey
from agi.pop import PopBarrier
from agi.profiles import Profiles
from agi.prompts import Voice
from agi.rulebook import RuleBook
from agi.voicemail import Voicemails
from crm import Ledger, Store, Vault, calls, groups, now_ms
from hotline_app.journey import build
from hotline_app.settings import Values
from seats import Acd, AcdRules, connect
from transfer.citizens import Citizens
from transfer.outside import Outside

NODE = "node1"
MOBILE = {"routes": {"1": {"trunk": "carrier-a"}, "0476": {"trunk": "carrier-a"}}}
_numbers = itertools.count(1)


@dataclass
class Line:
    """A caller's channel: keeps its variables as Asterisk does, and asks what to do next."""

    journey: Journey
    acd: Acd
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def call_id(self) -> str:
        return self.variables["HL_CALL"]

    async def asks(self, event: str, detail: str = "", **more: str) -> Decision:
        """One question; the answer's variables are set on the channel."""
        told = self.variables | more
        decision = await self.journey.decide(
            Question(
                call_id=told["HL_CALL"],
                event=event,
                detail=detail,
                line=told["HL_LINE"],
                origin=told["HL_ORIGIN"],
                arrived_ms=int(told["HL_ARRIVED"]),
                state=told.get("HL_STATE", ""),
                caller=told["HL_CALLER"],
                caller_name="",
                language=told.get("HL_LANG", ""),
                groups=tuple(filter(None, told.get("HL_GROUPS", "").split("+"))),
                fence=int(told.get("HL_FENCE") or 0),
                seat=told.get("HL_SEAT", ""),
                number=told.get("HL_NUMBER", ""),
                channel=f"PJSIP/carrier-{told['HL_CALL']}",
            )
        )
        self.variables |= more | decision.variables()
        return decision

    async def waits(self) -> Decision:
        """Arrives, presses 1 at the greeting, and is told to wait."""
        await self.asks("arrived")
        decision = await self.asks("key", "1")
        assert decision.step == "wait", decision
        return decision

    async def talks(self) -> Decision:
        """Arrives, presses 1, is put through and talks; returns what comes when the seat has hung up."""
        await self.asks("arrived")
        dialled = await self.asks("key", "1")
        assert dialled.step == "dial", dialled
        fence = int(dialled.values["HL_FENCE"])
        assert await self.acd.answered(self.call_id, seat=dialled.values["HL_SEAT"], fence=fence)
        return await self.asks("dialled", "ANSWER")


def spoken(decision: Decision) -> list[str]:
    """The prompts of an answer, by name."""
    return [name for name in decision.values.get("HL_SAY", "").split("&") if name]


@dataclass
class Hotline:
    """One bridge's journey, and the stores behind it."""

    journey: Journey
    acd: Acd
    store: Store
    ledger: Ledger
    rules: RuleBook
    recordings: Path

    def call(self, caller: str = "13904760001", *, line: str = "12345", origin: str = "carrier") -> Line:
        """A caller who has just arrived."""
        now = now_ms()
        return Line(
            self.journey,
            self.acd,
            {
                "HL_CALL": f"{NODE}-{now // 1000}.{next(_numbers)}",
                "HL_LINE": line,
                "HL_ORIGIN": origin,
                "HL_ARRIVED": str(now),
                "HL_CALLER": caller,
            },
        )

    async def signed_in(self, ext: str = "1001") -> None:
        """Somebody sits there and is not ready; no screen, so no pop is waited for."""
        await self.acd.sign_in(ext, user=f"u{ext}", name="王芳", groups={"general": 1}, languages=["zh"])

    async def seat(self, ext: str = "1001") -> None:
        """Somebody sits there and is ready."""
        await self.signed_in(ext)
        await self.acd.ready(ext)

    async def group(self, code: str = "general", **changes: Any) -> None:
        """Changes a group's rules; the journey knows them on return."""
        info = await groups.get(self.store, code)
        await groups.put(self.store, code, changes, version=info.version, actor="test")
        assert await self.rules.refresh()

    async def told(self, line: Line) -> tuple[str | None, dict[str, Any]]:
        """(outcome, marks by kind) of a call."""
        await self.ledger.flush()
        detail = await calls.detail(self.store, line.call_id)
        return detail.row.outcome, {mark.kind: dict(mark.data) for mark in detail.marks}


MakeHotline = Callable[..., Awaitable[Hotline]]


@pytest.fixture
async def make_hotline(redis_url: str, redis_clean: Redis, tmp_path: Path) -> AsyncIterator[MakeHotline]:
    """`await make_hotline(survey={"enabled": False})`: tables of hotline.toml that are not the defaults."""
    async with AsyncExitStack() as life:

        async def make(**tables: Any) -> Hotline:
            values = Values.model_validate({"numbers": MOBILE, **tables})
            store = await Store.open(
                f"sqlite:///{tmp_path}/hotline.db", vault=Vault(bytes(range(32))), state_dir=tmp_path
            )
            life.push_async_callback(store.close)
            ledger = Ledger(store, journal=tmp_path / "journal", commit_timeout_s=10, linger_s=0.0)
            await ledger.start()
            life.push_async_callback(ledger.stop)
            clients = connect(redis_url, timeout_s=10)
            acd = Acd(clients.call, rules=AcdRules(answer_within_s=20), poll=clients.poll)
            life.push_async_callback(acd.close)
            rules = RuleBook(store, acd, general_group="general", office=("08:30", "17:30"))
            assert await rules.refresh()
            routes = {leading: (way.trunk, way.prefix) for leading, way in values.numbers.routes.items()}
            journey = build(
                values,
                # Every prompt is there but for the surges', each under its own name.
                voice=Voice(
                    lambda name, _: None if name.startswith("surge-") and name != "surge-1" else name
                ),
                ledger=ledger,
                acd=acd,
                cards=Cards(ledger),
                profiles=Profiles(store, area_code="0476", limit_s=5),
                pops=PopBarrier(acd),
                rules=rules,
                citizens=Citizens(Outside(routes, shown="12345")),
                voicemails=Voicemails(tmp_path / "recordings", shortest_s=values.voicemail.shortest_s),
            )
            return Hotline(journey, acd, store, ledger, rules, tmp_path / "recordings")

        yield make
        await asyncio.sleep(0)


@pytest.fixture
async def hotline(make_hotline: MakeHotline) -> Hotline:
    return await make_hotline()
