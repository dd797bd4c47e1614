"""The figures, and the rates that follow from them.  Where there is nothing to count there is no value."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

HALF_HOUR_MS = 1_800_000
"""Half hours in China begin with those of UTC: whole hours lie between, and there is no summer time."""
IN_TIME_MS = 15_000
"""GB/T 33358: answered within 15 s."""
LONGEST_CALL_MS = 12 * 3_600_000
"""No call lasts longer: how far before and after a span its marks are looked for."""
LONGEST_STATE_MS = 48 * 3_600_000
"""No signed-in seat stands still longer: how far back its state at the beginning of a span is looked for."""

SATISFIED = 3
"""Grades 1 to 3 of 5 count as satisfied (满意率)."""


def rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None


@dataclass(frozen=True, slots=True)
class CallFigures:
    """Calls that arrived in the bucket that begins at `since`; `key`: the group or line, "" for none or all.

    Times in ms, summed.  `offered` counts who asked for a person: offered to the queue, answered, or left in
    Asterisk's own queue.  `talked` counts answered calls that are over: theirs are `hold_ms` and
    `talk_ms`, without holds and without what follows when the seat has hung up (the survey).  `wrap_up_ms`:
    finished wrap-ups of these calls.  `transferred_in`: handed over by a sub-centre, a department or an
    emergency line.  `grade_1` is 非常满意, `grade_5` 非常不满意.
    """

    key: str
    since: int
    arrived: int = 0
    offered: int = 0
    answered: int = 0
    in_time: int = 0
    answer_ms: int = 0
    abandoned_greeting: int = 0
    abandoned_queue: int = 0
    abandoned_short: int = 0
    abandoned_plain: int = 0
    voicemail: int = 0
    callback_kept: int = 0
    surge: int = 0
    transferred_in: int = 0
    talked: int = 0
    talk_ms: int = 0
    hold_ms: int = 0
    wrap_up_ms: int = 0
    grade_1: int = 0
    grade_2: int = 0
    grade_3: int = 0
    grade_4: int = 0
    grade_5: int = 0

    @property
    def answer_rate(self) -> float | None:
        """接通率."""
        return rate(self.answered, self.offered)

    @property
    def in_time_rate(self) -> float | None:
        """15 秒率: answered in time ÷ all answered."""
        return rate(self.in_time, self.answered)

    @property
    def mean_answer_ms(self) -> float | None:
        return rate(self.answer_ms, self.answered)

    @property
    def mean_talk_ms(self) -> float | None:
        return rate(self.talk_ms, self.talked)

    @property
    def graded(self) -> int:
        return self.grade_1 + self.grade_2 + self.grade_3 + self.grade_4 + self.grade_5

    @property
    def satisfied_rate(self) -> float | None:
        """满意率 of those who pressed a key."""
        return rate(self.grade_1 + self.grade_2 + self.grade_3, self.graded)


@dataclass(frozen=True, slots=True)
class SeatFigures:
    """One seat (`key`) in the bucket that begins at `since`.  Times in ms.

    `rung`, `answered`, `not_answered`: calls that rang it, that it answered, that it let ring or rejected.
    `talking_ms` holds `held_ms`.  Not-ready time is `productive_ms` or `unproductive_ms` as the reason says;
    a reason nobody knows is unproductive.
    """

    key: str
    since: int
    rung: int = 0
    answered: int = 0
    not_answered: int = 0
    ready_ms: int = 0
    ringing_ms: int = 0
    talking_ms: int = 0
    held_ms: int = 0
    wrap_up_ms: int = 0
    productive_ms: int = 0
    unproductive_ms: int = 0

    @property
    def signed_in_ms(self) -> int:
        return self.busy_ms + self.ready_ms + self.unproductive_ms

    @property
    def busy_ms(self) -> int:
        return self.ringing_ms + self.talking_ms + self.wrap_up_ms + self.productive_ms

    @property
    def occupancy(self) -> float | None:
        """Busy ÷ (busy + ready)."""
        return rate(self.busy_ms, self.busy_ms + self.ready_ms)

    @property
    def adherence(self) -> float | None:
        """Time for the hotline ÷ time signed in: what unproductive reasons leave of it."""
        return rate(self.busy_ms + self.ready_ms, self.signed_in_ms)

    @property
    def mean_talk_ms(self) -> float | None:
        return rate(self.talking_ms - self.held_ms, self.answered)


CALL_SUMS = tuple(field.name for field in fields(CallFigures) if field.name not in ("key", "since"))
SEAT_SUMS = tuple(field.name for field in fields(SeatFigures) if field.name not in ("key", "since"))


def total_of_calls(rows: Iterable[CallFigures], *, key: str = "", since: int = 0) -> CallFigures:
    """The sum of rows, for a day of half hours or a centre of groups."""
    kept = list(rows)
    sums = {name: sum(getattr(row, name) for row in kept) for name in CALL_SUMS}
    return CallFigures(key, since, **sums)


def total_of_seats(rows: Iterable[SeatFigures], *, key: str = "", since: int = 0) -> SeatFigures:
    kept = list(rows)
    sums = {name: sum(getattr(row, name) for row in kept) for name in SEAT_SUMS}
    return SeatFigures(key, since, **sums)
