"""The ear on sounds that are made, not recorded: tones, speech, and both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.network import ear
from tests.network.tones import NoToneLeft, TonePlan

from .conftest import spoken

PLAN = TonePlan().all_hz


def tones(*hz: int, seconds: float = 1.0) -> ear.Sound:
    at = np.arange(int(seconds * ear.RATE_HZ)) / ear.RATE_HZ
    parts = [ear.NOMINAL_AMPLITUDE * np.sin(2 * np.pi * f * at + f) for f in hz]
    return ear.Sound(np.sum([np.zeros(len(at)), *parts], axis=0))


def through_g711(sound: ear.Sound) -> ear.Sound:
    """Logarithmic steps of eight bits, as A-law has them."""
    a = 87.6
    size = np.abs(sound.samples)
    squeezed = np.where(size < 1 / a, a * size, 1 + np.log(np.maximum(a * size, 1e-9))) / (1 + np.log(a))
    stepped = np.round(squeezed * 127) / 127 * (1 + np.log(a))
    back = np.where(stepped < 1, stepped / a, np.exp(stepped - 1) / a)
    return ear.Sound(np.sign(sound.samples) * back)


@settings(max_examples=60, deadline=None)
@given(st.sets(st.sampled_from(PLAN), max_size=3))
def test_exactly_the_tones_that_sound_are_heard(heard: set[int]) -> None:
    assert ear.tones_heard(through_g711(tones(*heard, seconds=0.5)), PLAN) == heard


def test_speech_alone_is_no_tone_and_hides_none() -> None:
    voice = spoken(1.0)
    assert ear.tones_heard(voice, PLAN) == frozenset()
    both = ear.Sound(voice.samples + tones(1010).samples)
    assert ear.tones_heard(both, PLAN) == {1010}


def test_a_siren_sweeps_over_the_tones_and_is_none_of_them() -> None:
    at = np.arange(ear.RATE_HZ) / ear.RATE_HZ
    siren = ear.Sound(np.sin(2 * np.pi * (950 + 75 * at) * at))
    assert ear.amplitude(siren, 1010) > ear.HEARD_AMPLITUDE
    assert ear.tones_heard(siren, PLAN) == frozenset()


def test_the_timeline_says_when_a_tone_began() -> None:
    quiet = np.zeros(ear.RATE_HZ)
    sound = ear.Sound(np.concatenate([quiet, tones(1290).samples, quiet]))
    with_tone = [at for at, heard in ear.timeline(sound, PLAN) if heard == {1290}]
    assert 0.6 <= with_tone[0] <= 1.0
    assert 1.5 <= with_tone[-1] <= 1.9


def test_a_prompt_is_found_where_it_is_and_not_where_it_is_not() -> None:
    prompt = spoken(1.0)
    quiet = np.zeros(ear.RATE_HZ // 2)
    heard = through_g711(ear.Sound(np.concatenate([quiet, prompt.samples, quiet])))
    likeness, at = ear.find(heard, prompt)
    assert likeness > 0.9
    assert at == pytest.approx(0.5, abs=0.01)
    assert ear.find(tones(1010, seconds=2), prompt)[0] < 0.3
    assert ear.find(ear.Sound(np.zeros(20000)), prompt)[0] < 0.1


def test_a_recording_is_read_back_and_a_half_written_one_too(tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    ear.write(file, tones(1010))
    assert ear.read(file).seconds == pytest.approx(1.0)
    file.write_bytes(file.read_bytes()[:-8001])
    assert ear.tones_heard(ear.read(file), PLAN) == {1010}
    file.write_bytes(b"not a sound, though it is long enough to be taken for the header of one")
    with pytest.raises(ValueError, match="not a WAV"):
        ear.read(file)


def test_no_tone_is_handed_out_twice_and_a_returned_one_is_used_again() -> None:
    plan = TonePlan()
    taken = [plan.take() for _ in plan.all_hz]
    assert len(set(taken)) == len(taken)
    with pytest.raises(NoToneLeft):
        plan.take()
    plan.give_back(taken[3])
    assert plan.take() == taken[3]
