"""One party's side of one call: what it does, what it hears, and when things happened to it."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from ami_bridge import ActionRefused, Link
from ami_bridge import actions as act
from ami_bridge import events as ev

from . import ear
from .actions import PlayDtmf, StartListening, StopListening

KEY_MS = 120
KEY_GAP_S = 0.12
LIKENESS = 0.6
LOOK_AGAIN_S = 0.2


class NotSeen(AssertionError):
    """What a scenario waited for did not happen in time; the message says what did."""


class Leg:
    """A channel of the telephone network's Asterisk.  All times are epoch seconds on its clock.

    `tone_hz` 0: a silent party.  `recording`: the file of what it hears, None when it does not record.
    """

    def __init__(
        self, link: Link, party: str, uniqueid: str, *, tone_hz: int, heard: Path, records: bool
    ) -> None:
        self._link, self.party, self.uniqueid, self.tone_hz = link, party, uniqueid, tone_hz
        self._heard = heard
        self.recording = heard / f"{uniqueid}.wav16" if records else None
        self.channel = ""
        self.address = ""
        self.caller = ""
        self.placed_at: float | None = None
        self.invited_at: float | None = None
        self.answered_at: float | None = None
        self.ended_at: float | None = None
        self.cause: int | None = None
        self.digits = ""
        self.digit_times: list[float] = []
        self._hung_up_by_us = False
        self._news = asyncio.Event()
        self._cursor_s = 0.0
        self._on_end: list[Callable[[], None]] = []

    def __repr__(self) -> str:
        return self.party

    # What it does ------------------------------------------------------------------------------------------

    async def presses(self, keys: str, *, gap_s: float = KEY_GAP_S) -> None:
        """Presses the keys one after the other; returns after the last was let go."""
        for key in keys:
            await self._link.act(PlayDtmf(channel=self.channel, digit=key, duration_ms=KEY_MS))
            await asyncio.sleep(KEY_MS / 1000 + gap_s)

    async def picks_up(self) -> None:
        """Answers a call that rings."""
        await self._goes("phone", f"pick-{self.tone_hz}-{1 if self.recording else 0}")

    async def turns_down(self, how: str = "decline") -> None:
        """Refuses a call that rings: `decline` (603), `busy` (486) or `unknown` (404)."""
        await self._goes("phone", how)

    async def rings(self) -> None:
        """Says 180 Ringing and no more."""
        await self._goes("phone", "ring")

    async def hangs_up(self, *, within_s: float = 5.0) -> None:
        """Ends the call; returns when the channel is gone.  Safe when the far end has ended it already."""
        if self.ended_at is None:
            self._hung_up_by_us = True
            # Refused means that the channel has just gone by itself: `ends` will tell.
            with contextlib.suppress(ActionRefused):
                await self._link.act(act.Hangup(channel=self.channel))
        await self.ends(within_s=within_s)

    async def _goes(self, context: str, exten: str) -> None:
        await self._link.act(act.Redirect(channel=self.channel, context=context, exten=exten))

    # What happens to it ------------------------------------------------------------------------------------

    @property
    def talks(self) -> bool:
        """Answered and not ended."""
        return self.answered_at is not None and self.ended_at is None

    @property
    def cut_off(self) -> bool:
        """Ended by the far end, or by nobody that we know."""
        return self.ended_at is not None and not self._hung_up_by_us

    async def answers(self, *, within_s: float = 10.0) -> float:
        """Waits until the call is answered; returns when that was.  Raises NotSeen, also when it fails."""
        await self.settles(within_s=within_s)
        if self.answered_at is None:
            raise NotSeen(f"{self}: ended with cause {self.cause} before an answer")
        return self.answered_at

    async def settles(self, *, within_s: float = 10.0) -> None:
        """Waits until the call is answered or has failed.  Raises NotSeen."""
        await self._until(
            lambda: self.answered_at is not None or self.ended_at is not None, within_s, "an answer"
        )

    async def ends(self, *, within_s: float = 10.0) -> float:
        """Waits until the channel is gone; returns when that was.  Raises NotSeen."""
        await self._until(lambda: self.ended_at is not None, within_s, "its end")
        assert self.ended_at is not None
        return self.ended_at

    async def gets_keys(self, keys: str, *, within_s: float = 5.0) -> None:
        """Waits until exactly these keys (all since the answer) have arrived.  Raises NotSeen."""
        await self._until(lambda: self.digits == keys, within_s, f"the keys {keys}")

    async def _until(self, done: Callable[[], bool], within_s: float, what: str) -> None:
        deadline = time.monotonic() + within_s
        while not done():
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), max(deadline - time.monotonic(), 0))
            except TimeoutError:
                raise NotSeen(f"{self}: waited {within_s} s for {what}; {self.story()}") from None

    def story(self) -> str:
        """Its times in one line, for messages."""
        start = self.placed_at or self.invited_at or self.answered_at or 0.0
        steps = (("answered", self.answered_at), ("ended", self.ended_at))
        told = [f"{name} after {at - start:.2f} s" for name, at in steps if at is not None]
        return ", ".join([*told, f"keys {self.digits or 'none'}", f"cause {self.cause}"])

    # What it hears -----------------------------------------------------------------------------------------

    async def listens(self, seconds: float = 1.0) -> ear.Sound:
        """What it hears in the coming seconds; needs no recording."""
        file = self._heard / f"{self.uniqueid}-{secrets.token_hex(4)}.wav"
        reply = await self._link.act(StartListening(channel=self.channel, file=str(file)))
        started = time.time()
        await asyncio.sleep(seconds)
        monitor = reply.headers.get("MixMonitorID", "")
        await self._link.act(StopListening(channel=self.channel, monitor_id=monitor))
        # MixMonitor's own thread closes the file a moment after the action has been answered.
        deadline = time.monotonic() + 2
        while not file.exists() and time.monotonic() < deadline:  # noqa: ASYNC110  another process's file
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.1)
        sound = ear.read(file, started) if file.exists() else ear.silence(started)
        file.unlink(missing_ok=True)
        return sound

    def has_heard(self) -> ear.Sound:
        """All since the answer.  Asterisk writes in blocks: during the call the newest second may lack."""
        if self.recording is None:
            raise ValueError(f"{self} does not record")
        if not self.recording.exists():
            return ear.silence()
        return ear.read(self.recording, self.answered_at or 0.0)

    async def hears(self, what: int | Leg | Path | ear.Sound, *, within_s: float = 8.0) -> float:
        """Waits until a tone (Hz, or that of a leg) or a prompt (WAV file or sound) was heard.

        Looks at what was heard after the last thing found; returns the epoch time when it began.
        Raises NotSeen.
        """
        prompt = ear.read(what) if isinstance(what, Path) else what if isinstance(what, ear.Sound) else None
        deadline = time.monotonic() + within_s
        while True:
            heard = self.has_heard().part(self._cursor_s)
            found = _tone_at(heard, _hz(what)) if prompt is None else _prompt_at(heard, prompt)
            if found is not None:
                self._cursor_s += found[1]
                return heard.started_at + found[0]
            if time.monotonic() > deadline:
                raise NotSeen(f"{self}: did not hear {what!r} within {within_s} s; {self.story()}")
            await asyncio.sleep(LOOK_AGAIN_S)

    # News from Asterisk ------------------------------------------------------------------------------------

    def when_ended(self, call: Callable[[], None]) -> None:
        """`call` runs as soon as the channel is gone."""
        self._on_end.append(call)

    def saw(self, event: ev.Event) -> None:
        """Takes in one event of its channel."""
        if isinstance(event, ev.Newchannel):
            self.channel = event.channel
            self.invited_at = event.at
        elif isinstance(event, ev.UserEvent) and event.kind == "Answered":
            self.answered_at = event.at
        elif isinstance(event, ev.UserEvent) and event.kind == "Digit":
            self.digits += event.body["Digit"]
            self.digit_times.append(event.at)
        elif isinstance(event, ev.Hangup):
            self._end(event.at, event.cause)
        elif isinstance(event, ev.OriginateResponse) and not event.ok and not self.channel:
            # Not even a channel was made; else its Hangup follows and tells the cause.
            self._end(event.at, 0)
        self._news.set()

    def _end(self, at: float, cause: int) -> None:
        if self.ended_at is not None:
            return
        self.ended_at, self.cause = at, cause
        for call in self._on_end:
            call()


def _hz(what: object) -> int:
    if isinstance(what, Leg):
        return what.tone_hz
    if isinstance(what, int):
        return what
    raise TypeError(f"a tone is a frequency or a leg, not {what!r}")


def _tone_at(heard: ear.Sound, hz: int) -> tuple[float, float] | None:
    """(start, end of the first half second with it) in seconds."""
    for at, tones in ear.timeline(heard, (hz,)):
        if tones:
            return at, at + 0.5
    return None


def _prompt_at(heard: ear.Sound, prompt: ear.Sound) -> tuple[float, float] | None:
    likeness, at = ear.find(heard, prompt)
    return (at, at + prompt.seconds) if likeness >= LIKENESS else None
