"""How loud sound is, in decibels relative to full scale (dBFS): one formula and one floor."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FLOOR_DBFS = -120.0
"""What digital silence is called, so that levels are finite; 16-bit sound is never as soft."""

_FLOOR_POWER = 10 ** (FLOOR_DBFS / 10)


@dataclass(frozen=True, slots=True)
class Level:
    """RMS and peak level in dBFS; a sine of full scale has -3.01 RMS and 0 peak."""

    rms_dbfs: float
    peak_dbfs: float


SILENCE = Level(FLOOR_DBFS, FLOOR_DBFS)


def dbfs(power: float) -> float:
    """Return the level of a mean power (full scale: 1) in dBFS, :data:`FLOOR_DBFS` at least."""
    return 10 * math.log10(power) if power > _FLOOR_POWER else FLOOR_DBFS


def level_of(samples: NDArray[np.float32]) -> Level:
    """Return the level of ``samples``, shape ``(n,)``; an empty piece is silence."""
    if not len(samples):
        return SILENCE
    peak = max(float(samples.max()), -float(samples.min()))
    return Level(dbfs(float(np.dot(samples, samples)) / len(samples)), dbfs(peak**2))


def level_dbfs(samples: NDArray[np.float32]) -> float:
    """Return the RMS level of what moves in ``samples (n,)``, in dBFS.

    A constant offset, which cheap sound cards add, is not sound and does not count.
    """
    if not len(samples):
        return FLOOR_DBFS
    swing = samples - np.mean(samples, dtype=np.float64).astype(np.float32)
    return dbfs(float(np.dot(swing, swing)) / len(samples))
