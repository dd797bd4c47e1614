"""Prompts: spoken for real, cached, replaced by recordings, and never longer than a greeting may be."""

from __future__ import annotations

import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

import ivr
from asterisk_conf.command import Command, ToolFailed
from asterisk_conf.fault import PlanRefused
from asterisk_conf.obtain import Programs
from asterisk_conf.prompts import CATALOGUE, Catalogue, EspeakNg, Spoken, compose, length_s, parse, speak

SMALL = '[prompt.hello]\nzh = "您好"\nmn = "您好"\n[prompt.bye]\nzh = "再见"\n'


@pytest.fixture(scope="session")
def espeak(programs: Programs) -> EspeakNg:
    return EspeakNg(Command(tuple(programs.argv("espeak-ng")), programs.env("espeak-ng")))


@dataclass
class Tone:
    """A synthesiser of another make: plays a tone whose length is the text's; counts what it is asked."""

    sox: Command
    voice: str = "tone/1"
    said: list[str] = field(default_factory=list)

    def say(self, text: str, target: Path) -> None:
        self.said.append(text)
        self.sox.run("-n", "-r", "22050", "-b", "16", str(target), "synth", str(len(text)), "sine", "440")


Speaker = Callable[[Tone], Spoken]


@pytest.fixture
def speaker(tmp_path: Path, sox: Command) -> Speaker:
    (tmp_path / "recordings").mkdir()
    return lambda tone: speak(
        parse(SMALL, "small.toml"), tmp_path / "prompts", tmp_path / "recordings", synthesiser=tone, sox=sox
    )


def record(sox: Command, path: Path, *shape: str, seconds: float = 1.5) -> None:
    sox.run("-n", *shape, str(path), "synth", str(seconds), "sine", "1000")


def shape(path: Path) -> tuple[int, int, int]:
    with wave.open(str(path)) as sound:
        return sound.getframerate(), sound.getsampwidth(), sound.getnchannels()


def shipped() -> Catalogue:
    return parse(CATALOGUE.read_text(encoding="utf-8"), "catalogue.toml")


def test_the_shipped_catalogue_is_spoken_and_its_greeting_keeps_within_eight_seconds(
    tmp_path: Path, espeak: EspeakNg, sox: Command
) -> None:
    spoken = speak(shipped(), tmp_path / "prompts", tmp_path / "recordings", synthesiser=espeak, sox=sox)
    assert spoken.faults == ()
    assert {notice.id for notice in spoken.notices} == {"slot_empty"}
    for name in shipped().prompts:
        path = tmp_path / "prompts" / f"{name}.wav"
        assert shape(path) == (8000, 2, 1)
        with wave.open(str(path)) as sound:
            samples = np.frombuffer(sound.readframes(sound.getnframes()), dtype=np.int16)
        assert np.abs(samples.astype(np.int32)).max() > 10_000, "loud enough to be heard"
    assert 3.0 < spoken.lengths["greeting"] + spoken.lengths["greeting_mn"] <= 8.0
    text = (ivr.SHIPPED / "chifeng.toml").read_text(encoding="utf-8")
    ivr.load(text, "chifeng.toml", ivr.Facts(spoken.lengths))


def test_the_catalogue_has_what_the_journey_needs() -> None:
    needed = {
        "greeting", "greeting_mn", "press_invalid", "waiting", "all_busy", "goodbye", "refused_number",
        "system_busy", "emergency_numbers", "greeting_known", "caller_blocked", "group_closed",
        "you_are_next", "ahead_before", "ahead_after", "ahead_many",
        "expected_before", "expected_after", "expected_short", "press_for_callback", "nobody_there",
        "queue_full", "callback_choice", "callback_enter", "callback_repeat", "callback_confirm",
        "callback_undialable", "callback_failed", "callback_kept", "callback_greeting",
        "voicemail", "voicemail_kept", "voicemail_short", "surge_join", "surge_joined",
        "survey", "survey_invalid", "survey_thanks",
    }  # fmt: skip
    assert needed <= set(shipped().sounds())
    words = shipped().prompts["greeting"].zh
    assert "赤峰市12345政务服务便民热线" in words
    assert "录音" in words


def test_nothing_is_spoken_twice(speaker: Speaker, sox: Command, tmp_path: Path) -> None:
    tone = Tone(sox)
    first = speaker(tone)
    assert tone.said == ["您好", "再见"]
    before = {path: path.stat().st_ino for path in (tmp_path / "prompts").glob("*.wav")}
    assert speaker(tone).lengths == first.lengths
    assert tone.said == ["您好", "再见"]
    assert {path: path.stat().st_ino for path in (tmp_path / "prompts").glob("*.wav")} == before


def test_another_voice_speaks_anew(speaker: Speaker, sox: Command) -> None:
    speaker(Tone(sox))
    other = Tone(sox, voice="tone/2")
    speaker(other)
    assert other.said == ["您好", "再见"]


def test_a_recording_takes_over_and_gives_back(speaker: Speaker, sox: Command, tmp_path: Path) -> None:
    tone, file = Tone(sox), tmp_path / "recordings" / "hello.wav"
    spoken = speaker(tone)
    assert spoken.lengths["hello"] == pytest.approx(2.15, abs=0.1)
    record(sox, file, "-r", "8000", "-c", "1", "-b", "16")
    assert speaker(tone).lengths["hello"] == pytest.approx(1.5)
    assert (tmp_path / "prompts" / "hello.wav").read_bytes() == file.read_bytes()
    file.unlink()
    assert speaker(tone).lengths == spoken.lengths


@pytest.mark.parametrize("ending", ["wav", "flac"])
def test_a_recording_of_another_shape_is_converted(
    speaker: Speaker, sox: Command, tmp_path: Path, ending: str
) -> None:
    record(sox, tmp_path / "recordings" / f"hello.{ending}", "-r", "48000", "-c", "2", "-b", "24")
    spoken = speaker(Tone(sox))
    assert spoken.faults == ()
    assert spoken.lengths["hello"] == pytest.approx(1.5, abs=0.01)
    assert shape(tmp_path / "prompts" / "hello.wav") == (8000, 2, 1)


@pytest.mark.parametrize("content", [b"", b"not a sound", b"RIFF\x24\x00\x00\x00WAVEfmt "])
def test_a_recording_that_is_none_is_a_fault_and_the_voice_stays(
    speaker: Speaker, sox: Command, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "recordings" / "hello.wav").write_bytes(content)
    spoken = speaker(Tone(sox))
    (fault,) = spoken.faults
    assert (fault.id, fault.key) == ("bad_recording", "hello")
    assert fault.file.endswith("recordings/hello.wav")
    assert "8kHz" in fault.remedy
    assert spoken.lengths["hello"] > 2


def test_a_recording_without_any_sound_in_it_is_a_fault(
    speaker: Speaker, sox: Command, tmp_path: Path
) -> None:
    with wave.open(str(tmp_path / "recordings" / "bye.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
    assert [fault.id for fault in speaker(Tone(sox)).faults] == ["bad_recording"]


def test_a_cut_off_recording_is_as_long_as_what_is_left_of_it(
    speaker: Speaker, sox: Command, tmp_path: Path
) -> None:
    file = tmp_path / "recordings" / "hello.wav"
    record(sox, file, "-r", "8000", "-c", "1", "-b", "16")
    file.write_bytes(file.read_bytes()[: 44 + 8000])
    assert speaker(Tone(sox)).lengths["hello"] == pytest.approx(0.5)


def test_a_mongolian_slot_is_left_out_until_it_is_recorded(
    speaker: Speaker, sox: Command, tmp_path: Path
) -> None:
    folder = str(tmp_path / "prompts")
    spoken = speaker(Tone(sox))
    (notice,) = spoken.notices
    assert (notice.id, notice.key) == ("slot_empty", "prompt.hello_mn")
    assert spoken.path("hello_mn", "zh") is None
    assert spoken.path("hello", "mn") == f"{folder}/hello", "better the Chinese voice than silence"
    record(sox, tmp_path / "recordings" / "hello_mn.wav", "-r", "8000", "-c", "1", "-b", "16")
    spoken = speaker(Tone(sox))
    assert spoken.notices == ()
    assert spoken.path("hello_mn", "zh") == f"{folder}/hello_mn"
    assert spoken.path("hello", "mn") == f"{folder}/hello_mn"
    assert spoken.path("hello", "zh") == f"{folder}/hello"
    assert spoken.path("nothing_of_that_name", "zh") is None


def test_a_recording_of_no_known_name_is_pointed_out(speaker: Speaker, sox: Command, tmp_path: Path) -> None:
    (tmp_path / "recordings" / "helo.wav").write_bytes(b"x")
    found = {(notice.id, notice.key) for notice in speaker(Tone(sox)).notices}
    assert found == {("slot_empty", "prompt.hello_mn"), ("unknown_recording", "helo")}


def test_a_synthesiser_that_fails_is_a_fault_and_the_rest_goes_on(speaker: Speaker, sox: Command) -> None:
    class Hoarse(Tone):
        def say(self, text: str, target: Path) -> None:
            if text == "您好":
                raise ToolFailed("no voice")
            super().say(text, target)

    spoken = speaker(Hoarse(sox))
    (fault,) = spoken.faults
    assert (fault.id, fault.file, fault.key) == ("not_spoken", "small.toml", "prompt.hello")
    assert spoken.path("hello", "zh") is None
    assert spoken.path("bye", "zh") is not None


def test_a_missing_program_is_told(sox: Command) -> None:
    with pytest.raises(ToolFailed, match="nowhere"):
        Command(("/nowhere/sox",)).run("--version")


def test_music_is_made_once_and_replaced_by_the_studios(tmp_path: Path, sox: Command) -> None:
    music, recordings, cache = tmp_path / "music", tmp_path / "recordings", tmp_path / "cache"
    assert compose(music, recordings, cache, sox=sox) == ()
    file = music / "music.wav"
    assert shape(file) == (8000, 2, 1)
    assert 20 < length_s(file) < 60
    with wave.open(str(file)) as sound:
        samples = np.frombuffer(sound.readframes(sound.getnframes()), dtype=np.int16).astype(np.int32)
    assert 500 < np.abs(samples).max() < 8000, "there, and gentle"
    before = file.stat().st_ino
    compose(music, recordings, cache, sox=sox)
    assert file.stat().st_ino == before
    recordings.mkdir()
    (music / "old.wav").write_bytes(b"x")
    record(sox, recordings / "music.wav", "-r", "44100", "-c", "2", seconds=2)
    compose(music, recordings, cache, sox=sox)
    assert [path.name for path in music.iterdir()] == ["music.wav"]
    assert length_s(file) == pytest.approx(2, abs=0.01)


@pytest.mark.parametrize(
    ("text", "fault_id", "key"),
    [
        ("[prompt.x", "not_toml", "-"),
        ("", "no_prompts", "prompt"),
        ("prompt = 1", "no_prompts", "prompt"),
        ('[prompt.x]\nzh = "好"\n[other]', "unknown_key", "other"),
        ("[prompt]\nx = 1", "not_a_table", "prompt.x"),
        ("[prompt.x]", "missing_key", "prompt.x.zh"),
        ('[prompt.x]\nzh = ""', "bad_text", "prompt.x.zh"),
        ("[prompt.x]\nzh = 1", "bad_text", "prompt.x.zh"),
        ('[prompt.x]\nzh = "好\\n好"', "bad_text", "prompt.x.zh"),
        ('[prompt.x]\nzh = "' + "好" * 301 + '"', "too_long", "prompt.x.zh"),
        ('[prompt.x]\nzh = "好"\nen = "x"', "unknown_key", "prompt.x.en"),
        ('[prompt.X]\nzh = "好"', "bad_name", "prompt.X"),
        ('[prompt.x_mn]\nzh = "好"', "bad_name", "prompt.x_mn"),
        ('[prompt."../x"]\nzh = "好"', "bad_name", "prompt.../x"),
        ('[prompt.music]\nzh = "好"', "bad_name", "prompt.music"),
    ],
)
def test_a_mistake_in_the_catalogue_is_named(text: str, fault_id: str, key: str) -> None:
    with pytest.raises(PlanRefused) as refused:
        parse(text, "catalogue.toml")
    assert (fault_id, key) in [(fault.id, fault.key) for fault in refused.value.faults]
    assert all(fault.remedy for fault in refused.value.faults)
