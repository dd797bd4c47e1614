"""Which state directory a command means when nobody names one."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline_app.state import State, StateLock, default_state, demo_state, running_state


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an ordinary user with a home of his own."""
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def made(place: Path) -> State:
    state = State(place)
    state.make()
    return state


def test_nothing_runs(at_home: None) -> None:
    made(demo_state())
    assert running_state() == default_state()


def test_only_a_demo_runs(at_home: None) -> None:
    with StateLock(made(demo_state())):
        assert running_state() == demo_state()


def test_the_real_one_comes_first(at_home: None) -> None:
    with StateLock(made(demo_state())), StateLock(made(default_state())):
        assert running_state() == default_state()
