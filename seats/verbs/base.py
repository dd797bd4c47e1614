"""What the families of verbs share: the way to Redis, and the checks at the door."""

import json
import re
import uuid
from collections.abc import Iterable, Sequence
from typing import Any, Final

from redis.asyncio import Redis

from seats.model import AcdRules, Reservation, Widen
from seats.states import CallKind
from seats.store import ScriptStore
from seats.views import CallView, SeatView
from seats.wiring import long_poll_like

SEAT: Final = re.compile(r"\d{1,12}")
CALL: Final = re.compile(r"[\w.:/@-]{1,150}")
GROUP: Final = re.compile(r"[a-z0-9_-]{1,32}")
LANGUAGE: Final = re.compile(r"[a-z]{2,8}")


class Verbs:
    def __init__(self, redis: Redis, *, rules: AcdRules, poll: Redis | None = None) -> None:
        self._store = ScriptStore(redis, rules)
        self._poll = poll or long_poll_like(redis)
        self._rules = rules

    async def clock_ms(self) -> int:
        """Redis's clock, the only one that the ACD goes by."""
        seconds, micros = await self._store.ask("TIME")
        return int(seconds) * 1000 + int(micros) // 1000

    async def close(self) -> None:
        await self._poll.aclose()
        await self._store.close()


def named(pattern: re.Pattern[str], text: str, what: str) -> str:
    """The text, or ValueError when it cannot be the name of such a thing."""
    if not pattern.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is no {what}")
    return text


def new_request() -> str:
    return uuid.uuid4().hex


def group_words(groups: Iterable[str]) -> str:
    """Groups as the scripts read them, each once; ValueError when there is none."""
    words = [named(GROUP, group, "group") for group in dict.fromkeys(groups)]
    if not words:
        raise ValueError("a call needs a group")
    return " ".join(words)


def widen_words(widen: Sequence[Widen], language: str) -> str:
    """Widenings as the scripts read them, the soonest first."""
    words = []
    for step in sorted(widen, key=lambda step: step.after_s):
        if step.after_s < 0:
            raise ValueError("a call cannot be widened before it waits")
        group = named(GROUP, step.group, "group")
        spoken = named(LANGUAGE, step.language or language, "language")
        words.append(f"{round(step.after_s * 1000)}:{group}.{spoken}")
    return " ".join(words)


def checked_priority(priority: int) -> int:
    if not 0 <= priority <= 9:
        raise ValueError("a priority is a number from 0 to 9")
    return priority


def seat_view(stored: str) -> SeatView:
    return SeatView.from_document(json.loads(stored))


def call_view(stored: str | None) -> CallView | None:
    return CallView.from_document(json.loads(stored)) if stored else None


def as_reservation(call_id: str, answer: list[Any]) -> Reservation | None:
    if not answer:
        return None
    seat, fence, has_screen, card, channel, node, seat_node, kind = answer
    return Reservation(
        call_id,
        seat,
        int(fence),
        bool(has_screen),
        json.loads(card),
        channel,
        node,
        seat_node,
        CallKind(kind),
    )
