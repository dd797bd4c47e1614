"""Follows one test call through the desk's API, and tells each stage as it comes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .desk import Desk
from .leg import Leg

LOOK_AGAIN_S = 0.2
NAMES = {
    "arrived": "来电到达,工单已建",
    "greeting": "播放欢迎语",
    "language": "选择语种",
    "offered": "进入排队",
    "reserved": "已预占座席",
    "ringing": "座席振铃",
    "no_answer": "座席未接,回到队首",
    "plain_queue": "转入备用队列",
    "answered": "座席接听",
    "ended": "通话结束",
    "outcome": "通话结束,已有结果",
    "survey": "满意度评价",
}


@dataclass(slots=True)
class Followed:
    """What the API says of the call.  `stages`: kind, seconds after it was placed, seat."""

    call_id: str = ""
    ticket_no: str | None = None
    outcome: str | None = None
    seat: str | None = None
    place: str = ""
    line_name: str = ""
    caller_masked: str = ""
    stages: list[dict[str, Any]] = field(default_factory=list)


class Follower:
    """Finds one new call among those to `number` and follows it until it has an outcome."""

    def __init__(self, desk: Desk, number: str, tell: Callable[[dict[str, Any]], None]) -> None:
        self._desk, self._number, self._tell = desk, number, tell
        self.found = Followed()
        self.answered = asyncio.Event()
        self._known_before: set[str] = set()
        self._placed_at = 0.0

    async def remember_others(self) -> None:
        """Before the call is placed: those that are there already are not ours."""
        self._known_before = {str(row["id"]) for row in await self._rows()}

    async def follow(self, leg: Leg, *, settle_s: float = 15.0) -> Followed:
        """Returns when the call has its outcome, or `settle_s` seconds after the citizen's leg has ended."""
        self._placed_at = leg.placed_at or time.time()
        while self.found.outcome is None:
            if leg.ended_at is not None and time.time() - leg.ended_at > settle_s:
                break
            if self.found.call_id:
                self._take(await self._desk.get(f"/calls/{self.found.call_id}"))
            else:
                await self._find()
            await asyncio.sleep(LOOK_AGAIN_S)
        return self.found

    async def _rows(self) -> list[dict[str, Any]]:
        pages = [await self._desk.get("/calls", state=s, line=self._number) for s in ("live", "ended")]
        return [row for page in pages for row in page["items"]]

    async def _find(self) -> None:
        """The youngest call to the number that was not there before."""
        new = [row for row in await self._rows() if str(row["id"]) not in self._known_before]
        mine = [row for row in new if _epoch(row["arrived_at"]) >= self._placed_at - 1.0]
        if mine:
            self.found.call_id = str(min(mine, key=lambda row: _epoch(row["arrived_at"]))["id"])

    def _take(self, call: dict[str, Any]) -> None:
        found = self.found
        found.ticket_no, found.outcome, found.seat = call["ticket_no"], call["outcome"], call["seat"]
        found.place, found.line_name = call["place"], call["line_name"]
        found.caller_masked = call["caller_masked"]
        told = {(stage["stage"], stage["at"]) for stage in found.stages}
        for mark in sorted(call["marks"], key=lambda mark: _epoch(mark["at"])):
            if (mark["kind"], mark["at"]) not in told:
                self._new(mark)

    def _new(self, mark: dict[str, Any]) -> None:
        after = round(_epoch(mark["at"]) - self._placed_at, 3)
        stage = {"stage": mark["kind"], "at": mark["at"], "after_s": after, "seat": mark["seat"]}
        self.found.stages.append(stage)
        self._tell(stage)
        if mark["kind"] == "answered":
            self.answered.set()


def _epoch(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
