"""The tone plan: every party that speaks has a frequency of its own, so that an ear can name it.

G.711 carries about 300 to 3,400 Hz.  Neighbours stand 40 Hz apart: an FFT of half a second (2 Hz a bin) keeps
them well apart, and no tone is twice or three times another one that is likely to sound with it, because the
first ones handed out lie within one octave.
"""

from __future__ import annotations

LOWEST_HZ = 1010
HIGHEST_HZ = 1970
SPACING_HZ = 40
SECOND_BAND_HZ = (430, 990)


class NoToneLeft(RuntimeError):
    """More parties speak at the same time than there are tones; let some of them keep silent."""


class TonePlan:
    """Hands out distinct frequencies (Hz) and takes them back.

    backwards: the last ones first, for a network that calls while another one plays the seats.
    """

    def __init__(self, *, backwards: bool = False) -> None:
        first = list(range(LOWEST_HZ, HIGHEST_HZ + 1, SPACING_HZ))
        # Every seventh first: two parties of one small scenario then lie far apart.
        spread = [hz for start in range(7) for hz in first[start::7]]
        second = list(range(SECOND_BAND_HZ[0], SECOND_BAND_HZ[1] + 1, SPACING_HZ))
        third = list(range(HIGHEST_HZ + SPACING_HZ, 3200, SPACING_HZ))
        self._free = spread + second + third
        if backwards:
            self._free.reverse()
        self._order = {hz: place for place, hz in enumerate(self._free)}
        self.all_hz = tuple(sorted(self._free))

    def take(self) -> int:
        """The next free frequency in Hz.  Raises NoToneLeft when all are in use."""
        if not self._free:
            raise NoToneLeft(f"all {len(self.all_hz)} tones are in use")
        return self._free.pop(0)

    def give_back(self, hz: int) -> None:
        """The party has gone: its tone may be handed out again, after those never used."""
        if hz not in self._order:
            raise ValueError(f"{hz} Hz is not in the plan")
        if hz not in self._free:
            self._free.append(hz)
