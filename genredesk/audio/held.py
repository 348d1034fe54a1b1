"""The last minutes of a live source, kept so that a stretch of them can still be saved or drawn.

Half the memory of a ring of floats: 16 bits are what is written to a file anyway.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

HELD_S = 600.0
"""Ten minutes: 26 MB at 22,050 Hz."""

_SCALE = 32767.0


class HeldSound:
    """Mono sound on the time of a session, the newest :data:`HELD_S` of it.

    Parameters
    ----------
    sample_rate
        Hz.
    seconds
        How much is kept.
    """

    def __init__(self, sample_rate: int, seconds: float = HELD_S) -> None:
        self.sample_rate = sample_rate
        self._data = np.zeros(round(seconds * sample_rate), np.int16)
        self._end = 0
        self._total = 0

    @property
    def start(self) -> float:
        """Time of the oldest sample, in seconds."""
        return (self._end - min(self._total, len(self._data))) / self.sample_rate

    @property
    def end(self) -> float:
        """Time behind the newest sample, in seconds."""
        return self._end / self.sample_rate

    def write(self, seconds: float, sound: FloatArray) -> None:
        """Add ``sound (n,)`` that was heard from ``seconds`` on; what is between is silence."""
        at = round(seconds * self.sample_rate)
        missing = at - self._end
        # A clock's rounding is no hole; sound that was there already is not written twice.
        if self._total and missing > 0:
            if missing > self.sample_rate // 20:
                self._put(np.zeros(min(missing, len(self._data)), np.int16))
                self._end = at
        elif not self._total:
            self._end = at
        self._put(np.round(np.clip(sound, -1, 1) * _SCALE).astype(np.int16))

    def _put(self, samples: NDArray[np.int16]) -> None:
        samples = samples[-len(self._data) :]
        place = self._total % len(self._data)
        head = min(len(samples), len(self._data) - place)
        self._data[place : place + head] = samples[:head]
        self._data[: len(samples) - head] = samples[head:]
        self._total += len(samples)
        self._end += len(samples)

    def read(self, start: float, end: float) -> FloatArray:
        """Return the samples between two times that are still held, ``(n,)``; perhaps none."""
        held = min(self._total, len(self._data))
        first = max(round(start * self.sample_rate), self._end - held)
        stop = min(round(end * self.sample_rate), self._end)
        if stop <= first:
            return np.zeros(0, np.float32)
        places = np.arange(first, stop) - self._end + self._total
        return (self._data[places % len(self._data)] / np.float32(_SCALE)).astype(np.float32)
