"""Changes to a training window that leave its genre alone, on decibel columns (numpy).

They act on un-normalised columns; the front end's own normalisation comes after, so a window the
network trains on is made exactly as one it hears. Every function takes the generator it draws from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genredesk.core.scores import FloatArray
from genredesk.features.frontend import FrontendSpec


@dataclass(frozen=True, slots=True)
class Augment:
    """How strongly windows are varied; zero means not at all.

    Parameters
    ----------
    stretch
        Largest change of tempo as a factor (1.4: from 1/1.4 to 1.4, log-uniform).
    shift_bins
        Largest shift along the bands, either way.
    eq_db
        Standard deviation in dB of a smooth random equaliser (tilt and cosines).
    gain_db
        Standard deviation in dB of the level.
    time_mask, band_mask
        Longest masked run as a share of the window (SpecAugment, Park et al. 2019), one of each.
    mixup
        Parameter of the Beta distribution of mixup (Zhang et al. 2018), applied to batches.
    """

    stretch: float = 1.0
    shift_bins: int = 0
    eq_db: float = 0.0
    gain_db: float = 0.0
    time_mask: float = 0.0
    band_mask: float = 0.0
    mixup: float = 0.0

    @property
    def longest(self) -> float:
        """Columns a crop may need, as a multiple of the window."""
        return max(1.0, self.stretch)


def draw_length(augment: Augment, frames: int, rng: np.random.Generator) -> int:
    """Draw how many columns are cut to fill a window of ``frames`` after stretching."""
    if augment.stretch <= 1.0:
        return frames
    limit = np.log(augment.stretch)
    return max(2, round(frames * float(np.exp(rng.uniform(-limit, limit)))))


def stretch(crop: FloatArray, frames: int, rng: np.random.Generator) -> FloatArray:
    """Resample the time axis to ``frames`` columns, half of the time nearest, half linear."""
    have = crop.shape[-1]
    if have == frames:
        return crop
    position = (np.arange(frames) + 0.5) * (have / frames) - 0.5
    position = np.clip(position, 0, have - 1)
    if rng.random() < 0.5:
        return crop[..., np.rint(position).astype(np.intp)]
    low = np.floor(position).astype(np.intp)
    high = np.minimum(low + 1, have - 1)
    weight = (position - low).astype(np.float32)
    return crop[..., low] * (1 - weight) + crop[..., high] * weight


def shift_bands(crop: FloatArray, bins: int) -> FloatArray:
    """Move the picture ``bins`` bands up (down when negative); the edge band fills the gap."""
    if bins == 0:
        return crop
    n = crop.shape[-2]
    return crop[..., np.clip(np.arange(n) - bins, 0, n - 1), :]


def random_eq(n_bands: int, sd_db: float, rng: np.random.Generator) -> FloatArray:
    """Draw a smooth equaliser curve, shape ``(n_bands,)`` in dB: a tilt and three cosines.

    Its standard deviation over bands and draws is ``sd_db``; half the variance is the tilt's.
    """
    place = np.linspace(-1.0, 1.0, n_bands, dtype=np.float32)
    tilt = rng.normal() * np.sqrt(3.0) * place  # a line on [-1, 1] has variance 1/3
    waves = np.zeros(n_bands)
    for k in (1, 2, 3):
        phase = rng.uniform(0, 2 * np.pi)
        waves += rng.normal() * np.sqrt(2.0) * np.cos(np.pi * k * (place + 1) / 2 + phase)
    curve = sd_db * (np.sqrt(0.5) * tilt + np.sqrt(0.5 / 3.0) * waves)
    return np.asarray(curve, dtype=np.float32)


def _mask(crop: FloatArray, axis: int, share: float, rng: np.random.Generator) -> None:
    n = crop.shape[axis]
    width = int(rng.integers(0, max(1, round(share * n)) + 1))
    start = int(rng.integers(0, n - width + 1))
    part = [slice(None)] * crop.ndim
    part[axis] = slice(start, start + width)
    crop[tuple(part)] = crop.mean()


def decibel(spec: FrontendSpec) -> float:
    """Return what one decibel is in the unit of the front end's columns; 0 without a logarithm.

    The columns of MFCC kinds are mel bands too: their transform belongs to the normalisation.
    """
    natural = np.log(10) / (10 if spec.power == 2 else 20)
    return {"db": 1.0, "log": float(natural)}.get(spec.log, 0.0)


def apply(
    augment: Augment, crop: FloatArray, frames: int, rng: np.random.Generator, *, unit: float
) -> FloatArray:
    """Vary one crop ``(channels, bands, any)`` and return ``(channels, bands, frames)``.

    Level, equaliser and shift act only on a log scale (``unit``: see
    :func:`decibel`).
    """
    out = stretch(crop, frames, rng)
    if unit and augment.shift_bins:
        out = shift_bands(out, int(rng.integers(-augment.shift_bins, augment.shift_bins + 1)))
    if unit and augment.eq_db:
        curve = random_eq(out.shape[-2], augment.eq_db * unit, rng)
        out = out + curve[:, None]
    if unit and augment.gain_db:
        out = out + np.float32(rng.normal() * augment.gain_db * unit)
    if augment.time_mask or augment.band_mask:
        out = out.copy()
        if augment.time_mask:
            _mask(out, -1, augment.time_mask, rng)
        if augment.band_mask:
            _mask(out, -2, augment.band_mask, rng)
    return out
