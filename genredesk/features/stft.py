"""Frames to spectra: the inner loop of every front end, in chunks that stay in the cache.

Frames are views of the sound, never copies; the only memory written is one small buffer per
thread that is used again, so front ends may run on several threads at once.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from typing import cast

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

_CHUNK_BYTES = 256 * 1024  # one chunk of frames with its spectrum fits a second-level cache
_LOUD = 1e12  # energy beyond which a block is suspected of holding NaN, Inf or nonsense
_LOUDEST = 1e6
_local = threading.local()


def clean(samples: NDArray[np.generic]) -> Float32:
    """Return ``samples (n,)`` as float32 without NaN, Inf or values whose square overflows.

    Raises
    ------
    ValueError
        When the sound is not one-dimensional.
    """
    if samples.ndim != 1:
        raise ValueError(f"a front end takes mono sound (n,), not an array of {samples.shape}")
    with np.errstate(over="ignore", invalid="ignore"):
        sound = np.ascontiguousarray(samples, dtype=np.float32)
        if np.dot(sound, sound) <= _LOUD:  # False for NaN too; one pass over the sound
            return sound
    sound = np.nan_to_num(sound, nan=0.0, posinf=0.0, neginf=0.0)
    return np.clip(sound, -_LOUDEST, _LOUDEST, out=sound)


@functools.lru_cache(maxsize=32)
def hann(length: int) -> Float32:
    """Return the periodic Hann window ``(length,)``."""
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)).astype(np.float32)
    window.flags.writeable = False
    return window


def pad(samples: Float32, n: int, mode: str) -> Float32:
    """Pad ``samples`` by ``n`` on both sides, with zeros or by reflection.

    Raises
    ------
    ValueError
        When there is too little sound to reflect.
    """
    if mode == "constant":
        return np.pad(samples, n)
    if len(samples) <= n:
        raise ValueError(f"{len(samples)} samples are too short to reflect {n}")
    return np.pad(samples, n, mode="reflect")


def frame_count(n_samples: int, n_fft: int, hop_length: int) -> int:
    """Return how many whole frames ``n_samples`` hold."""
    return 0 if n_samples < n_fft else 1 + (n_samples - n_fft) // hop_length


def stretch(picture: Float32, n_columns: int) -> Float32:
    """Resize ``(rows, columns)`` in time by linear interpolation between pixel centres.

    What bilinear image resizing does when the height stays and the width grows.
    """
    n = picture.shape[1]
    where = np.clip((np.arange(n_columns) + 0.5) * n / n_columns - 0.5, 0.0, n - 1)
    left = np.minimum(where.astype(np.intp), max(n - 2, 0))
    slope = np.diff(picture, axis=1) if n > 1 else np.zeros_like(picture)
    result = np.take(slope, left, axis=1)
    result *= (where - left).astype(np.float32)
    result += np.take(picture, left, axis=1)
    return result


class _Buffers:
    """The work memory of one thread for one FFT size; frames are zero outside the window."""

    def __init__(self, n_fft: int) -> None:
        bins = n_fft // 2 + 1
        self.chunk = max(16, _CHUNK_BYTES // (4 * n_fft))
        self.frames = np.zeros((self.chunk, n_fft), np.float32)
        self.power = np.empty((self.chunk, bins), np.float32)
        self.work = np.empty((self.chunk, bins), np.float32)


def _buffers(n_fft: int, win_length: int) -> _Buffers:
    held: dict[tuple[int, int], _Buffers] = _local.__dict__.setdefault("held", {})
    key = (n_fft, win_length)
    if key not in held:
        held[key] = _Buffers(n_fft)
    return held[key]


def spectra(
    samples: Float32, window: Float32, n_fft: int, starts: NDArray[np.intp] | range, power: float
) -> Iterator[tuple[slice, Float32]]:
    """Yield power (or magnitude) spectra of frames, chunk by chunk.

    Parameters
    ----------
    samples
        Clean mono sound ``(n,)``.
    window
        ``(win_length,)``, laid in the middle of each frame of ``n_fft``.
    n_fft
        Samples of a frame.
    starts
        First sample of every frame; a range is served from views without copying.
    power
        2 for power, 1 for magnitude.

    Yields
    ------
    tuple
        Which frames, and their spectra ``(n_fft // 2 + 1, chunk)``, valid until the next step.
    """
    # A fifth of a second, which no start should pay.
    from scipy.fft import rfft  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

    win_length = len(window)
    buffers = _buffers(n_fft, win_length)
    left = (n_fft - win_length) // 2
    views = np.lib.stride_tricks.sliding_window_view(samples, win_length)
    for first in range(0, len(starts), buffers.chunk):
        columns = slice(first, min(first + buffers.chunk, len(starts)))
        count = columns.stop - first
        frames = buffers.frames[:count]
        part = starts[columns]
        if isinstance(part, range):
            where = slice(part.start + left, part[-1] + left + 1, part.step)
        else:
            where = part + left
        np.multiply(views[where], window, out=frames[:, left : left + win_length])
        # SciPy's transforms several frames at once, in half of the time of NumPy's.
        spectrum = cast("NDArray[np.complex64]", cast("object", rfft(frames)))
        result, work = buffers.power[:count], buffers.work[:count]
        np.square(spectrum.real, out=result)
        np.square(spectrum.imag, out=work)
        result += work
        if power == 1.0:
            np.sqrt(result, out=result)
        yield columns, result.T
