"""Several front ends over one window of sound, side by side: what ears of different kinds take.

The picture is one row: each part's network input, flattened, after the other. Parts of another
sample rate hear the window resampled, each window by itself, so that live sound, files and training
are the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genredesk.features.spec import FrontendSpec

Float32 = NDArray[np.float32]

_EDGE = 2
"""Periods of both rates that a window is mirrored by at its ends, against ringing."""


def of(parts: Sequence[FrontendSpec]) -> FrontendSpec:
    """Return the front end that gives the inputs of all ``parts``, at the first one's sample rate.

    Raises
    ------
    ValueError
        When there is none, or one is itself several.
    """
    rate = parts[0].sample_rate if parts else 1
    return FrontendSpec(
        kind="joint",
        sample_rate=rate,
        n_fft=1,
        win_length=1,
        hop_length=max(part.hop_length * rate // part.sample_rate for part in parts),
        n_bands=1,
        f_max=rate / 2,
        log="none",
        frames=sum(math.prod(part.shape) for part in parts),
        segment=max(needed(part, rate) for part in parts),
        parts=tuple(parts),
    )


def needed(part: FrontendSpec, sample_rate: int) -> int:
    """Return how many samples at ``sample_rate`` a window of ``part`` takes."""
    return -(-part.window_samples * sample_rate // part.sample_rate)


def resampled(sound: Float32, rate: int, wanted: int) -> Float32:
    """Return a window of sound ``(n,)`` at another rate, by its spectrum; mirrored at its ends."""
    if rate == wanted:
        return sound
    unit = math.gcd(rate, wanted)
    down, up = rate // unit, wanted // unit
    n = len(sound)
    front = _EDGE * down
    whole = -(-(n + 2 * front) // down) * down
    padded = np.pad(sound, (front, whole - n - front), mode="reflect")
    length = whole // down * up
    spectrum = np.fft.rfft(padded)[: length // 2 + 1]
    full = np.zeros(length // 2 + 1, spectrum.dtype)
    full[: len(spectrum)] = spectrum
    result = np.fft.irfft(full, length) * (length / whole)
    first = _EDGE * up
    return result[first : first + n * up // down + 1].astype(np.float32)
