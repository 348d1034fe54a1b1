"""The door of the features room: sound in, network pictures out, for every front end.

``columns`` makes the un-normalised picture of any length, ``normalise`` finishes one window of it,
``window`` and ``windows`` do both. Live, batch and training all come through here.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genredesk.features import joint
from genredesk.features.cqt import ConstantQ, constant_q, cqt_frequencies
from genredesk.features.mel import BandMatrix, band_matrix, mel_edges
from genredesk.features.mfcc import cepstra
from genredesk.features.picture import draw
from genredesk.features.spec import FrontendSpec
from genredesk.features.stft import clean, frame_count, hann, pad, spectra, stretch

__all__ = [
    "DISPLAY_MEL",
    "LIVE_MEL",
    "FrontendSpec",
    "columns",
    "columns_at",
    "mel_frequencies",
    "normalise",
    "window",
    "windows",
]

Float32 = NDArray[np.float32]

_SHARED = 0.8  # below this share of distinct frames, gathering them costs less than it saves

LIVE_MEL = FrontendSpec(
    kind="mel",
    n_fft=2048,
    win_length=2048,
    hop_length=1709,  # 77.5 ms, the frame spacing of the published mel arrays
    n_bands=128,
    log="db",
    amin=1e-16,
    top_db=80.0,
    normalisation="window_max",
    frames=39,
)
"""The front end of the bundled models: 39 columns of 128 mels, 3.04 s, dB below its own peak."""

DISPLAY_MEL = FrontendSpec(kind="mel", n_fft=2048, win_length=2048, hop_length=512, n_bands=128)
"""The scrolling picture: 128 mels, 43 columns a second, absolute dB."""


def columns(spec: FrontendSpec, samples: NDArray[np.generic]) -> Float32:
    """Return the picture of a whole sound, log scale, before window normalisation.

    Parameters
    ----------
    spec
        The front end. With ``center`` the sound is padded at both ends.
    samples
        Mono sound ``(n,)`` at ``spec.sample_rate``; NaN and Inf count as silence.

    Returns
    -------
    ndarray
        ``(channels, rows, n_columns)`` as `FrontendSpec.column_shape` says, float32; no columns
        when the sound is shorter than one frame.
    """
    sound = clean(np.asarray(samples))
    if spec.kind == "waveform":
        count = len(sound) // spec.n_bands
        return np.ascontiguousarray(sound[: count * spec.n_bands].reshape(count, spec.n_bands).T)[
            None
        ]
    if spec.kind == "joint":
        return _side_by_side(spec, sound)
    windows_long = len(sound) / spec.window_samples
    if spec.center:
        sound = pad(sound, spec.n_fft // 2, spec.pad_mode)
    if spec.kind == "mel3":
        return _three_mels(spec, sound, max(1, round(windows_long * spec.frames)))
    count = frame_count(len(sound), spec.n_fft, spec.hop_length)
    return _frames(spec, sound, range(0, count * spec.hop_length, spec.hop_length))


def _side_by_side(spec: FrontendSpec, sound: Float32) -> Float32:
    """Return every window of a joint front end after the other, ``(1, 1, n * frames)``."""
    need = spec.window_samples
    rows: list[Float32] = []
    for start in range(0, len(sound) - need + 1, need):
        one = sound[start : start + need]
        heard = {part.sample_rate: one for part in spec.parts}
        heard = {rate: joint.resampled(one, spec.sample_rate, rate) for rate in heard}
        made = {part: window(part, heard[part.sample_rate]).ravel() for part in set(spec.parts)}
        rows += [made[part] for part in spec.parts]
    return np.concatenate(rows or [np.empty(0, np.float32)])[None, None]


def columns_at(
    spec: FrontendSpec, samples: NDArray[np.generic], starts: Sequence[int] | NDArray[np.integer]
) -> Float32:
    """Return the columns whose frames begin at ``starts`` (samples), in that order.

    Raises
    ------
    ValueError
        When a frame does not lie inside the sound.
    """
    sound = clean(np.asarray(samples))
    where = starts if isinstance(starts, range) else np.asarray(starts, dtype=np.intp)
    if len(where) and (min(where) < 0 or max(where) + spec.n_fft > len(sound)):
        raise ValueError(f"a frame lies outside the sound of {len(sound)} samples")
    return _frames(spec, sound, where)


def _frames(spec: FrontendSpec, sound: Float32, starts: range | NDArray[np.intp]) -> Float32:
    """Return the columns of clean sound whose frames begin at ``starts``."""
    out = np.zeros((spec.column_shape[1], len(starts)), np.float32)
    if len(starts) == 0:
        return out[None]
    if spec.kind == "waveform":
        out[:] = sound[np.asarray(starts) + np.arange(spec.n_bands)[:, None]]
    elif spec.kind == "cqt":
        _tones(spec).apply(sound, starts, out)
    else:
        bank = None if spec.kind == "stft" else _bank(spec)
        taper = hann(spec.win_length, symmetric=spec.window == "hann_symmetric")
        for part, spectrum in spectra(sound, taper, spec.n_fft, starts, spec.power):
            if bank is None:
                out[:, part] = spectrum
            else:
                bank.apply(spectrum, out[:, part])
    return _log(spec, out[None])


def _bank(spec: FrontendSpec) -> BandMatrix:
    return band_matrix(
        sample_rate=spec.sample_rate,
        n_fft=spec.n_fft,
        n_mels=spec.column_shape[1],
        f_min=spec.f_min,
        f_max=spec.f_max,
        scale=spec.mel_scale,
        norm=spec.norm,
        triangles=spec.triangles,
    )


def _tones(spec: FrontendSpec) -> ConstantQ:
    return constant_q(
        sample_rate=spec.sample_rate,
        n_fft=spec.n_fft,
        hop_length=spec.hop_length,
        f_min=spec.f_min,
        n_bins=spec.n_bands,
        bins_per_octave=spec.bins_per_octave,
    )


def _three_mels(spec: FrontendSpec, sound: Float32, n_columns: int) -> Float32:
    """Return three mels of different windows, stretched to one time axis ``(3, bands, n)``."""
    if len(sound) < spec.n_fft:
        return np.empty((*spec.shape[:2], 0), np.float32)
    channels: list[Float32] = []
    for win_length, hop_length in zip(spec.win_lengths, spec.hop_lengths, strict=True):
        one = dataclasses.replace(
            spec,
            kind="mel",
            win_length=win_length,
            hop_length=hop_length,
            normalisation="none",
            frames=1,
            segment=0,
            center=False,  # the sound is padded already
        )
        channels.append(stretch(columns(one, sound)[0], n_columns))
    return np.stack(channels)


def _log(spec: FrontendSpec, picture: Float32) -> Float32:
    """Take the logarithm of ``picture`` in place."""
    if spec.log == "db":
        np.maximum(picture, np.float32(spec.amin), out=picture)
        np.log(picture, out=picture)
        picture *= np.float32((20.0 if spec.power == 1.0 else 10.0) / math.log(10.0))
    elif spec.log == "log":
        picture += np.float32(spec.amin)
        np.log(picture, out=picture)
    elif spec.log == "log10":
        picture *= np.float32(spec.gain)
        np.log1p(picture, out=picture)
        picture *= np.float32(1.0 / math.log(10.0))
    return picture


def normalise(spec: FrontendSpec, window: NDArray[np.generic]) -> Float32:
    """Finish one window, or a batch of them, for the network.

    Only differences inside a window matter, so dB relative to a whole track (the stored mel
    arrays) and absolute dB (live sound) give the same result.

    Parameters
    ----------
    spec
        The front end.
    window
        ``(..., channels, rows, columns)`` as `columns` gives.

    Returns
    -------
    ndarray
        ``(..., channels, bands, frames)`` float32, a new array.
    """
    picture = np.array(window, dtype=np.float32)
    if spec.normalisation == "window_max" or spec.top_db is not None:
        peak = picture.max(axis=(-3, -2, -1), keepdims=True)
        if spec.normalisation == "window_max":
            picture -= peak
            peak = np.float32(0.0)
        if spec.top_db is not None:
            np.maximum(picture, peak - np.float32(spec.top_db), out=picture)
    if spec.kind in {"mfcc", "mfcc_image"}:
        picture = cepstra(picture, spec.n_mfcc)
    if spec.kind == "mfcc_image":
        flat = picture.reshape(-1, *picture.shape[-2:])
        drawn = np.stack([draw(one, spec.n_bands, spec.frames) for one in flat])
        picture = drawn.reshape(*picture.shape[:-3], *spec.shape)
    if spec.normalisation == "per_channel":
        picture -= picture.mean(axis=(-2, -1), keepdims=True)
        deviation = picture.std(axis=(-2, -1), keepdims=True)
        picture /= np.where(deviation > 0, deviation, np.float32(1.0))
    elif spec.normalisation == "fixed":
        picture -= np.float32(spec.mean)
        picture /= np.float32(spec.deviation)
    return picture


def window(spec: FrontendSpec, samples: NDArray[np.generic]) -> Float32:
    """Return one network input ``(channels, bands, frames)`` from the first samples given.

    Raises
    ------
    ValueError
        When there are fewer than ``spec.window_samples``.
    """
    sound = np.asarray(samples)
    if len(sound) < spec.window_samples:
        raise ValueError(
            f"{len(sound)} samples are too short: a window needs {spec.window_samples}"
        )
    return normalise(spec, _one(spec, sound))


def _one(spec: FrontendSpec, sound: NDArray[np.generic]) -> Float32:
    """Return the columns of the window at the beginning of ``sound``."""
    return columns(spec, sound[: spec.window_samples])[..., : spec.column_shape[2]]


def windows(
    spec: FrontendSpec, samples: NDArray[np.generic], starts: Sequence[int] | NDArray[np.integer]
) -> Float32:
    """Return network inputs ``(n, channels, bands, frames)`` of windows beginning at ``starts``.

    Columns that windows share are computed once.

    Raises
    ------
    ValueError
        When a window does not lie inside the sound.
    """
    where = np.asarray(starts, dtype=np.intp)
    sound = np.asarray(samples)
    if len(where) == 0:
        return np.empty((0, *spec.shape), np.float32)
    if where.min() < 0 or where.max() + spec.window_samples > len(sound):
        raise ValueError(f"a window lies outside the sound of {len(sound)} samples")
    return normalise(spec, _window_columns(spec, clean(sound), where))


def _window_columns(spec: FrontendSpec, sound: Float32, where: NDArray[np.intp]) -> Float32:
    """Return the columns of windows ``(n, channels, rows, columns)``."""
    half = spec.n_fft // 2 if spec.center else 0
    offsets = np.arange(spec.column_shape[2]) * spec.hop_length - half
    # Frames that reach into the padding of a centred window belong to that window alone.
    inside = (offsets >= 0) & (offsets + spec.n_fft <= spec.window_samples)
    frames = where[:, None] + offsets[inside]
    distinct, place = np.unique(frames, return_inverse=True)
    if spec.kind in {"mel3", "cqt", "waveform", "joint"} or distinct.size > _SHARED * frames.size:
        return np.stack([_one(spec, sound[start:]) for start in where])
    result = np.empty((len(where), *spec.column_shape), np.float32)
    shared = _frames(spec, sound, distinct)[:, :, place.reshape(frames.shape)]
    result[..., inside] = np.moveaxis(shared, 2, 0)
    if not inside.all():
        edge = offsets[~inside] + half
        for one, start in zip(result, where, strict=True):
            padded = pad(sound[start : start + spec.window_samples], half, spec.pad_mode)
            one[..., ~inside] = _frames(spec, padded, edge)
    return result


def mel_frequencies(spec: FrontendSpec) -> NDArray[np.float64]:
    """Return the centre of every row of the columns in Hz ``(rows,)``, for axes and hover.

    The rows of a waveform have none.
    """
    if spec.kind == "stft":
        return np.linspace(0.0, (spec.n_bands - 1) * spec.sample_rate / spec.n_fft, spec.n_bands)
    if spec.kind == "cqt":
        return cqt_frequencies(spec.f_min, spec.n_bands, spec.bins_per_octave)
    edges = mel_edges(spec.column_shape[1], spec.f_min, spec.f_max, spec.mel_scale)
    return edges[1:-1]
