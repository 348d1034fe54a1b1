"""Changes to a training window that leave its genre alone, on decibel columns (numpy).

They act on un-normalised columns; the front end's own normalisation comes after, so a window the
network trains on is made exactly as one it hears. Every function takes the generator it draws from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

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
    blend, blend_db
        Share of the windows to which a window of another song of the same genre is added, as sound
        adds (in power), up to ``blend_db`` softer.
    reverb
        Share of the windows put into a room (an exponential tail of 0.15 to 0.95 s).
    dynamics
        Largest change of the range between loud and soft, as a share (0.2: from 1/1.2 to 1.2).
    noise
        Share of the windows with a steady coloured noise 30 to 75 dB under their loudest point.
    time_mask, band_mask
        Longest masked run as a share of the window (SpecAugment, Park et al. 2019), one of each.
    mixup
        Parameter of the Beta distribution of mixup (Zhang et al. 2018), applied to batches.
    """

    stretch: float = 1.0
    shift_bins: int = 0
    eq_db: float = 0.0
    gain_db: float = 0.0
    blend: float = 0.0
    blend_db: float = 12.0
    reverb: float = 0.0
    dynamics: float = 0.0
    noise: float = 0.0
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


def blended(crop: FloatArray, other: FloatArray, softer_db: float, unit: float) -> FloatArray:
    """Add ``other`` to ``crop``, both brought to their loudest point first, as their powers add.

    Parameters
    ----------
    crop, other
        Logarithmic columns of the same shape.
    softer_db
        How far the loudest point of ``other`` lies under that of ``crop``.
    unit
        See :func:`decibel`.
    """
    step = unit * 10 / np.log(10)  # one factor e of power
    sum_ = np.logaddexp((crop - crop.max()) / step, (other - other.max() - softer_db * unit) / step)
    return np.asarray(step * sum_, dtype=np.float32)


def reverberated(
    crop: FloatArray, rt60_s: float, wet_db: float, hop_s: float, unit: float
) -> FloatArray:
    """Let every column ring on into the following ones: a room seen through its energy decay.

    Parameters
    ----------
    rt60_s
        Time in which the tail falls by 60 dB (Sabine's reverberation time).
    wet_db
        Level of the tail where it begins, against the direct sound.
    hop_s
        Seconds from column to column.
    """
    step = unit * 10 / np.log(10)
    power = np.exp((crop - crop.max()) / step)
    fade = 10 ** (-6 * hop_s / rt60_s)
    tail = np.asarray(lfilter([0.0, fade], [1.0, -fade], power, axis=-1))
    out = step * np.log(power + 10 ** (wet_db / 10) * tail + 1e-12)
    return np.asarray(out, dtype=np.float32)


def noisy(crop: FloatArray, noise: FloatArray, unit: float) -> FloatArray:
    """Add a noise, given in dB against the crop's loudest point."""
    step = unit * 10 / np.log(10)
    sum_ = np.logaddexp((crop - crop.max()) / step, noise * unit / step)
    return np.asarray(step * sum_, dtype=np.float32)


def random_noise(shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
    """Draw a steady noise ``(channels, bands, frames)`` in dB: a level, a tilt, and its grain."""
    tilt = rng.uniform(-12, 12) * np.linspace(-1, 1, shape[-2], dtype=np.float32)
    grain = rng.standard_normal(shape, dtype=np.float32)
    level = -rng.uniform(30, 75)
    return np.asarray(level + tilt[:, None] + 2.5 * grain, dtype=np.float32)


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


def warp(
    augment: Augment, crop: FloatArray, frames: int, rng: np.random.Generator, *, unit: float
) -> FloatArray:
    """Stretch and shift one crop ``(channels, bands, any)`` to ``(channels, bands, frames)``.

    The shift acts only on a log scale (``unit``: see :func:`decibel`).
    """
    out = stretch(crop, frames, rng)
    if unit and augment.shift_bins:
        out = shift_bands(out, int(rng.integers(-augment.shift_bins, augment.shift_bins + 1)))
    return out


def colour(
    augment: Augment, crop: FloatArray, rng: np.random.Generator, *, unit: float, hop_s: float
) -> FloatArray:
    """Change the place, the equipment and the level of a warped crop, shape as it is.

    All but the masks act only on a log scale (``unit``: see :func:`decibel`).
    """
    out = crop
    if unit and augment.eq_db:
        curve = random_eq(out.shape[-2], augment.eq_db * unit, rng)
        out = out + curve[:, None]
    if unit and rng.random() < augment.reverb:
        rt60_s, wet_db = rng.uniform(0.15, 0.95), -rng.uniform(3, 15)
        out = reverberated(out, rt60_s, wet_db, hop_s, unit)
    if unit and augment.dynamics:
        limit = np.log1p(augment.dynamics)
        out = (out - out.max()) * np.float32(np.exp(rng.uniform(-limit, limit)))
    if unit and rng.random() < augment.noise:
        out = noisy(out, random_noise(out.shape, rng), unit)
    if unit and augment.gain_db:
        out = out + np.float32(rng.normal() * augment.gain_db * unit)
    if augment.time_mask or augment.band_mask:
        out = out.copy()
        if augment.time_mask:
            _mask(out, -1, augment.time_mask, rng)
        if augment.band_mask:
            _mask(out, -2, augment.band_mask, rng)
    return out
