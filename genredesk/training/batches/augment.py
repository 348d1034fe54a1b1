"""Changes to a training window that leave its genre alone, on decibel columns (numpy).

They act on un-normalised columns; the front end's own normalisation comes after, so a window the
network trains on is made exactly as one it hears. Every function takes the generator it draws from.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from genredesk.core.scores import FloatArray
from genredesk.features import frontend
from genredesk.features.frontend import FrontendSpec
from genredesk.training.plan.augmentation import Augment


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


@cache
def _octaves(spec: FrontendSpec) -> FloatArray:
    """Return where the bands lie, in octaves above 1 kHz ``(bands, 1)``."""
    hz = np.maximum(frontend.mel_frequencies(spec), 20.0)
    return np.log2(hz / 1000).astype(np.float32)[:, None]


def random_loudspeaker(octaves: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Draw what a small loudspeaker lets through, in dB, shaped as ``octaves`` above 1 kHz.

    A pass band from some 200 Hz to some 8 kHz (Butterworth skirts of 12 to 24 dB an octave) and a
    few resonances of the cone and its case.
    """
    low, high = np.log2(rng.uniform(100, 450) / 1000), np.log2(rng.uniform(4.5, 11.0))
    order = rng.integers(2, 5, 2)
    curve = -10 * np.log10(1 + 4.0 ** (order[0] * (low - octaves)))
    curve -= 10 * np.log10(1 + 4.0 ** (order[1] * (octaves - high)))
    for _ in range(int(rng.integers(0, 6))):
        centre, width = rng.uniform(-2.5, 3), rng.uniform(0.1, 0.6)
        curve += rng.uniform(-6, 9) * np.exp(-(((octaves - centre) / width) ** 2))
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
    from scipy.signal import lfilter  # noqa: PLC0415 - a second, which only who trains pays

    step = unit * 10 / np.log(10)
    power = np.exp((crop - crop.max()) / step)
    fade = 10 ** (-6 * hop_s / rt60_s)
    tail = np.asarray(lfilter([0.0, fade], [1.0, -fade], power, axis=-1))
    out = step * np.log(power + 10 ** (wet_db / 10) * tail + 1e-12)
    return np.asarray(out, dtype=np.float32)


def random_interference(n_bands: int, frames: int, rng: np.random.Generator) -> FloatArray:
    """Draw what reflections do to the level at a place in a room, ``(n_bands, frames)`` in dB.

    They add up or cancel out by frequency (Schroeder 1954) and, as the music's partials move, by
    column. Measured on music through image-source rooms of 0.2 to 0.8 s, in 128 mel bands and
    columns of 77.5 ms: a standard deviation of 2 dB from band to band and of 4 to 6 dB from column
    to column, a third less in the highest bands than in the lowest, shared by neighbouring bands
    and hardly by neighbouring columns.
    """
    band, column = rng.uniform(0.5, 3.5), rng.uniform(1.5, 5.5)
    level = band * rng.standard_normal((n_bands + 1, 1), dtype=np.float32)
    fading = np.linspace(1.2, 0.8, n_bands + 1, dtype=np.float32)[:, None]
    level = level + column * fading * rng.standard_normal((n_bands + 1, frames), dtype=np.float32)
    return np.asarray((level[1:] + level[:-1]) * np.sqrt(0.5), dtype=np.float32)


def noisy(crop: FloatArray, noise: FloatArray, unit: float) -> FloatArray:
    """Add a noise, given in dB against the crop's loudest point."""
    step = unit * 10 / np.log(10)
    sum_ = np.logaddexp((crop - crop.max()) / step, noise * unit / step)
    return np.asarray(step * sum_, dtype=np.float32)


def random_noise(shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
    """Draw a steady noise ``(channels, bands, frames)`` in dB: a level, a tilt, and its grain."""
    tilt = rng.uniform(-12, 12) * np.linspace(-1, 1, shape[-2], dtype=np.float32)
    grain = rng.standard_normal(shape, dtype=np.float32)
    level = -rng.uniform(25, 65)
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


def _amplified(crop: FloatArray, gain_db: FloatArray, unit: float) -> FloatArray:
    return np.asarray(crop + gain_db * unit, dtype=np.float32)


def _through_air(
    augment: Augment, crop: FloatArray, rng: np.random.Generator, spec: FrontendSpec
) -> FloatArray:
    """Play a crop in a room, record it, and add the noise that is there."""
    out, unit = crop, decibel(spec)
    if rng.random() < augment.loudspeaker:
        out = _amplified(out, random_loudspeaker(_octaves(spec), rng), unit)
    if rng.random() < augment.reverb:
        rt60_s, wet_db = rng.uniform(0.15, 0.95), -rng.uniform(0, 12)
        out = reverberated(out, rt60_s, wet_db, spec.hop_s, unit)
        out = _amplified(out, random_interference(*out.shape[-2:], rng), unit)
    if augment.dynamics:
        limit = np.log1p(augment.dynamics)
        factor = np.float32(np.exp(rng.uniform(-limit, limit)))
        out = np.asarray((out - out.max()) * factor, dtype=np.float32)
    if rng.random() < augment.noise:
        out = noisy(out, random_noise(out.shape, rng), unit)
    return out


def colour(
    augment: Augment, crop: FloatArray, rng: np.random.Generator, spec: FrontendSpec
) -> FloatArray:
    """Change the place, the equipment and the level of a warped crop, shape as it is.

    All but the masks act only on a log scale (see :func:`decibel`).
    """
    out, unit = crop, decibel(spec)
    if unit and augment.eq_db:
        curve = random_eq(out.shape[-2], augment.eq_db * unit, rng)
        out = out + curve[:, None]
    if unit:
        out = _through_air(augment, out, rng, spec)
    if unit and augment.gain_db:
        out = out + np.float32(rng.normal() * augment.gain_db * unit)
    if augment.time_mask or augment.band_mask:
        out = out.copy()
        if augment.time_mask:
            _mask(out, -1, augment.time_mask, rng)
        if augment.band_mask:
            _mask(out, -2, augment.band_mask, rng)
    return out
