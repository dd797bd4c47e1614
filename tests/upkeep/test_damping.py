"""Raising and clearing: once each, not too early, not too late, and never back and forth."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hotline_app.upkeep.damping import Change, Damper, Reading
from seats.alarms import AlarmKind, Level

RAISE, CLEAR = 5_000, 30_000
RANK = {None: 0, Level.WARN: 1, Level.BAD: 2}


def reading(reaches: Level | None, keeps: Level | None = None) -> Reading:
    kept = max(reaches, keeps, key=RANK.__getitem__)
    return Reading(AlarmKind.LONGEST_WAIT, "general", reaches, kept, "等候")


class Run:
    """Steps a damper and carries its changes out, as the engine does."""

    def __init__(self) -> None:
        self.damper = Damper(raise_after=RAISE, clear_after=CLEAR)
        self.standing: dict[str, Level] = {}
        self.told: list[tuple[int, Level | None]] = []

    def step(self, at: int, found: Reading | None) -> None:
        for change in self.damper.step(at, [found] if found else [], self.standing):
            self.told.append((at, change.alarm.level if change.alarm else None))
            self._carry_out(change)

    def _carry_out(self, change: Change) -> None:
        if change.alarm is None:
            del self.standing[change.id]
        else:
            self.standing[change.id] = change.alarm.level


def test_trouble_that_lasts_is_told_once_and_its_end_once() -> None:
    run = Run()
    for at in range(0, 60_000, 1000):
        run.step(at, reading(Level.WARN))
    assert run.told == [(5_000, Level.WARN)]
    for at in range(60_000, 120_000, 1000):
        run.step(at, None)
    assert run.told == [(5_000, Level.WARN), (90_000, None)]


def test_trouble_that_passes_at_once_is_nobodys() -> None:
    run = Run()
    for at in range(0, 300_000, 1000):
        run.step(at, reading(Level.BAD) if at % 5000 else None)
    assert run.told == []


def test_what_hovers_about_the_limit_of_raising_is_one_alarm() -> None:
    run = Run()
    for at in range(0, 300_000, 1000):
        above = at < 10_000 or at % 7000 > 3000
        run.step(at, reading(Level.WARN if above else None, Level.WARN))
    assert run.told == [(5_000, Level.WARN)]


def test_it_may_get_worse_at_once_and_better_slowly() -> None:
    run = Run()
    for at in range(0, 20_000, 1000):
        run.step(at, reading(Level.WARN if at < 10_000 else Level.BAD))
    assert run.told == [(5_000, Level.WARN), (15_000, Level.BAD)]
    for at in range(20_000, 60_000, 1000):
        run.step(at, reading(Level.WARN))
    assert run.told[2:] == [(50_000, Level.WARN)]


def test_an_alarm_that_stood_before_a_restart_is_not_told_again() -> None:
    run = Run()
    run.standing["longest_wait:general"] = Level.WARN
    for at in range(0, 20_000, 1000):
        run.step(at, reading(Level.WARN))
    assert run.told == []


def test_the_levels_seen_while_it_was_rising_count_by_the_mildest() -> None:
    run = Run()
    for at in range(0, 6_000, 1000):
        run.step(at, reading(Level.BAD if at >= 4_000 else Level.WARN))
    assert run.told == [(5_000, Level.WARN)]


LEVELS = st.sampled_from([None, Level.WARN, Level.BAD])
STEPS = st.lists(st.tuples(st.integers(100, 20_000), LEVELS, LEVELS), min_size=1, max_size=120)


@given(STEPS)
def test_whatever_the_figures_do_an_alarm_never_flaps(
    steps: list[tuple[int, Level | None, Level | None]],
) -> None:
    run, at, seen = Run(), 0, []
    for pause, reaches, keeps in steps:
        at += pause
        found = reading(reaches, keeps)
        seen.append((at, found))
        run.step(at, found)
    level: Level | None = None
    before = 0
    for moment, told in run.told:
        assert told != level, "told the same twice"
        wait = RAISE if RANK[told] > RANK[level] else CLEAR
        assert moment - before >= wait or not before, "changed its mind too soon"
        for read_at, found in seen:
            if moment - wait <= read_at <= moment and read_at > before:
                worse = RANK[told] > RANK[level]
                assert RANK[found.reaches] >= RANK[told] if worse else RANK[found.keeps] < RANK[level]
        level, before = told, moment


@given(STEPS, LEVELS)
def test_what_lasts_is_always_told_in_the_end(
    steps: list[tuple[int, Level | None, Level | None]], last: Level | None
) -> None:
    run, at = Run(), 0
    for pause, reaches, keeps in steps:
        at += pause
        run.step(at, reading(reaches, keeps))
    for _ in range(200):
        at += 1000
        run.step(at, reading(last, last))
    assert run.standing.get("longest_wait:general") == last
