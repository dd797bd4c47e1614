"""The ear: which tones, and which prompts, are in a piece of sound."""

from __future__ import annotations

import wave
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float64]

WAV_HEADER_BYTES = 44
RATE_HZ = 8000
# Asterisk's PlayTones arrives at about a fifth of full scale (measured through G.711, see the test); a mixing
# bridge does not lower it.  A quarter of that is far above the harmonics that A-law adds (-35 dB).
NOMINAL_AMPLITUDE = 0.22
HEARD_AMPLITUDE = NOMINAL_AMPLITUDE / 4
# Speech and music spread their energy; a test tone stands alone among its neighbours within 8 to 18 Hz.
NARROW_RATIO = 6.0


@dataclass(frozen=True, slots=True)
class Sound:
    """Mono samples, -1 to 1, at `rate_hz`; `started_at` is the epoch time (s) of the first sample."""

    samples: Samples
    rate_hz: int = RATE_HZ
    started_at: float = 0.0

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate_hz

    @property
    def loudness(self) -> float:
        """Root mean square, 0 to 1; digital silence through A-law stays below 0.001."""
        return float(np.sqrt(np.mean(self.samples**2))) if len(self.samples) else 0.0

    def part(self, start_s: float, end_s: float | None = None) -> Sound:
        """The piece from `start_s` to `end_s` (seconds; negative counts from the end)."""
        length = self.seconds
        start = max(0.0, start_s + length if start_s < 0 else start_s)
        end = length if end_s is None else (end_s + length if end_s < 0 else end_s)
        first, last = round(start * self.rate_hz), round(end * self.rate_hz)
        return Sound(self.samples[first:last], self.rate_hz, self.started_at + start)


def silence(started_at: float = 0.0) -> Sound:
    """A sound of no length."""
    return Sound(np.zeros(0), RATE_HZ, started_at)


def read(path: Path, started_at: float = 0.0) -> Sound:
    """A 16-bit mono WAV file, also one that is still being written (its header then gives no length).

    Its rate must be a multiple of 8 kHz; the sound is given back at 8 kHz.
    Raises FileNotFoundError, and ValueError for another format.
    """
    raw = path.read_bytes()
    if len(raw) < WAV_HEADER_BYTES:
        return silence(started_at)
    if raw[:4] != b"RIFF" or raw[8:12] != b"WAVE":
        raise ValueError(f"{path} is not a WAV file")
    channels, rate = int.from_bytes(raw[22:24], "little"), int.from_bytes(raw[24:28], "little")
    bits = int.from_bytes(raw[34:36], "little")
    if channels != 1 or bits != 16:
        raise ValueError(f"{path}: {channels} channels of {bits} bits, expected one of 16")
    body = raw[WAV_HEADER_BYTES:]
    body = body[: len(body) - len(body) % 2]
    samples = np.frombuffer(body, dtype="<i2").astype(np.float64) / 32768.0
    # Telephone sound at a higher rate: nothing lies above 4 kHz, so every second sample says it all.
    return Sound(samples[:: max(rate // RATE_HZ, 1)], min(rate, RATE_HZ), started_at)


def write(path: Path, sound: Sound) -> None:
    """The sound as a 16-bit mono WAV file."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(sound.rate_hz)
        out.writeframes((np.clip(sound.samples, -1, 1) * 32767).astype("<i2").tobytes())


def amplitude(sound: Sound, hz: float) -> float:
    """How loud (0 to 1) the pure tone of `hz` is in the sound; Hann window, the best bin within 1.5 bins."""
    spectrum, bin_hz = _spectrum(sound)
    return _peak(spectrum, bin_hz, hz)


def tones_heard(sound: Sound, plan_hz: Iterable[int]) -> frozenset[int]:
    """Those of the plan's frequencies that sound as test tones for the greater part of the piece.

    Give half a second or more: a shorter piece cannot keep 40 Hz apart from speech.
    """
    if sound.seconds < 0.25:
        return frozenset()
    spectrum, bin_hz = _spectrum(sound)
    return frozenset(hz for hz in plan_hz if _is_tone(spectrum, bin_hz, hz))


def timeline(
    sound: Sound, plan_hz: Iterable[int], *, window_s: float = 0.5, step_s: float = 0.1
) -> list[tuple[float, frozenset[int]]]:
    """[(seconds from the start, tones heard in the window that begins there)]."""
    plan = tuple(plan_hz)
    starts = np.arange(0.0, max(sound.seconds - window_s, 0.0) + 1e-9, step_s)
    return [(float(at), tones_heard(sound.part(float(at), float(at) + window_s), plan)) for at in starts]


def find(sound: Sound, wanted: Sound) -> tuple[float, float]:
    """Where `wanted` lies best in `sound`: (likeness 0 to 1, seconds from the start).

    Normalised cross-correlation; the same recording through G.711 scores above 0.9, another one below 0.3.
    """
    hay, needle = sound.samples, wanted.samples - wanted.samples.mean()
    if len(hay) < len(needle) or not len(needle):
        return 0.0, 0.0
    size = 1 << (len(hay) + len(needle) - 1).bit_length()
    product = np.fft.rfft(hay, size) * np.conj(np.fft.rfft(needle, size))
    match = np.fft.irfft(product, size)[: len(hay) - len(needle) + 1]
    squares = np.concatenate(([0.0], np.cumsum(hay**2)))
    energy = squares[len(needle) :] - squares[: len(hay) - len(needle) + 1]
    # A floor of 1 % of the wanted energy: in near silence everything would "match" after normalising.
    needle_energy = float(np.sum(needle**2))
    scores = match / np.sqrt(np.maximum(energy, 0.01 * needle_energy) * max(needle_energy, 1e-12))
    best = int(np.argmax(scores))
    return float(scores[best]), best / sound.rate_hz


def _spectrum(sound: Sound) -> tuple[Samples, float]:
    window = np.hanning(len(sound.samples))
    scale = 2.0 / max(float(window.sum()), 1.0)
    return np.abs(np.fft.rfft(sound.samples * window)) * scale, sound.rate_hz / len(sound.samples)


def _peak(spectrum: Samples, bin_hz: float, hz: float) -> float:
    middle = hz / bin_hz
    first, last = int(np.floor(middle - 1.5)), int(np.ceil(middle + 1.5))
    return float(spectrum[max(first, 0) : last + 1].max(initial=0.0))


def _is_tone(spectrum: Samples, bin_hz: float, hz: int) -> bool:
    loud = _peak(spectrum, bin_hz, hz)
    if loud < HEARD_AMPLITUDE:
        return False
    beside = [
        float(spectrum[int((hz + low) / bin_hz) : int((hz + high) / bin_hz) + 1].mean())
        for low, high in ((-18, -8), (8, 18))
    ]
    return loud > NARROW_RATIO * max(beside)
