"""How loud a piece of sound is, in decibels relative to full scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FLOOR_DBFS = -120.0
"""What digital silence is called; quieter than any 16-bit sound can be."""


@dataclass(frozen=True, slots=True)
class Level:
    """RMS and peak level in dBFS; a sine of full scale has -3.01 RMS and 0 peak."""

    rms_dbfs: float
    peak_dbfs: float


SILENCE = Level(FLOOR_DBFS, FLOOR_DBFS)


def level_of(samples: NDArray[np.float32]) -> Level:
    """Return the level of ``samples``, shape ``(n,)``; an empty piece is silence."""
    if not len(samples):
        return SILENCE
    power = float(np.dot(samples, samples)) / len(samples)
    peak = max(float(samples.max()), -float(samples.min()))
    return Level(_db(power**0.5), _db(peak))


def _db(amplitude: float) -> float:
    return max(FLOOR_DBFS, 20.0 * float(np.log10(amplitude))) if amplitude > 0 else FLOOR_DBFS
