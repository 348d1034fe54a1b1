"""The mel scale: triangular filters, applied only where they are not zero."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

# Slaney's Auditory Toolbox (1998): linear below 1 kHz, logarithmic above.
_LINEAR_HZ = 200.0 / 3
_BREAK_HZ = 1000.0
_BREAK_MEL = _BREAK_HZ / _LINEAR_HZ
_LOG_STEP = np.log(6.4) / 27.0

_BLOCK_BANDS = 16
_BLOCK_SIZE = 3000  # bands x bins; times a chunk of frames below where OpenBLAS adds threads


def hz_to_mel(hz: float | NDArray[np.float64], scale: str) -> NDArray[np.float64]:
    """Convert Hz to mel (``slaney`` or ``htk``)."""
    f = np.asarray(hz, dtype=np.float64)
    if scale == "htk":
        return 2595.0 * np.log10(1.0 + f / 700.0)
    above = _BREAK_MEL + np.log(np.maximum(f, 1e-9) / _BREAK_HZ) / _LOG_STEP
    return np.where(f >= _BREAK_HZ, above, f / _LINEAR_HZ)


def mel_to_hz(mel: float | NDArray[np.float64], scale: str) -> NDArray[np.float64]:
    """Convert mel to Hz (``slaney`` or ``htk``)."""
    m = np.asarray(mel, dtype=np.float64)
    if scale == "htk":
        return 700.0 * (10.0 ** (m / 2595.0) - 1.0)
    above = _BREAK_HZ * np.exp(_LOG_STEP * (m - _BREAK_MEL))
    return np.where(m >= _BREAK_MEL, above, _LINEAR_HZ * m)


def mel_edges(n_mels: int, f_min: float, f_max: float, scale: str) -> NDArray[np.float64]:
    """Return the corners of the triangles in Hz ``(n_mels + 2,)``; band i peaks at ``i + 1``."""
    low, high = hz_to_mel(f_min, scale), hz_to_mel(f_max, scale)
    return mel_to_hz(np.linspace(low, high, n_mels + 2), scale)


def mel_filters(
    *,
    sample_rate: int,
    n_fft: int,
    n_mels: int,
    f_min: float,
    f_max: float,
    scale: str,
    norm: str | None,
    triangles: str = "hz",
) -> NDArray[np.float64]:
    """Return triangular filters ``(n_mels, n_fft // 2 + 1)``.

    Unit height, or with ``norm="slaney"`` unit area per Hz. A triangle narrower than one FFT bin
    may come out empty, as in librosa and torchaudio. With ``triangles="mel"`` their sides are
    straight over mel and the lowest bin is left out, as in ``tf.signal``.
    """
    bins = np.arange(n_fft // 2 + 1, dtype=np.float64) * (sample_rate / n_fft)
    edges = mel_edges(n_mels, f_min, f_max, scale)
    along, corners = bins, edges
    if triangles == "mel":
        along, corners = hz_to_mel(bins, scale), hz_to_mel(edges, scale)
    widths = np.diff(corners)
    rising = (along - corners[:-2, None]) / widths[:-1, None]
    falling = (corners[2:, None] - along) / widths[1:, None]
    filters = np.maximum(0.0, np.minimum(rising, falling))
    if triangles == "mel":
        filters[:, 0] = 0.0
    if norm == "slaney":
        filters *= (2.0 / (edges[2:] - edges[:-2]))[:, None]
    return filters


class BandMatrix:
    """A filter bank applied as small dense blocks along its diagonal.

    A block of neighbouring bands touches a short run of bins only, which leaves out most of the
    multiplications of the full matrix without a sparse library. Blocks are also kept small enough
    for BLAS to stay on the calling thread, whatever it was told: a second thread costs live work
    more than it gives.

    Parameters
    ----------
    filters
        ``(n_bands, n_bins)``, non-negative.
    """

    def __init__(self, filters: NDArray[np.float64]) -> None:
        self.n_bands, self.n_bins = filters.shape
        self._blocks: list[tuple[slice, slice, Float32]] = []
        first = 0
        while first < self.n_bands:
            last = first + 1
            while last < self.n_bands and last - first < _BLOCK_BANDS:
                if (last + 1 - first) * _run(filters[first : last + 1]).size > _BLOCK_SIZE:
                    break
                last += 1
            run = _run(filters[first:last])
            if run.size:  # a band narrower than a bin may hold none
                bins = slice(int(run[0]), int(run[-1]) + 1)
                block = np.ascontiguousarray(filters[first:last, bins], dtype=np.float32)
                self._blocks.append((slice(first, last), bins, block))
            first = last

    def apply(self, spectra: Float32, out: Float32) -> None:
        """Write ``spectra (n_bins, n)`` through the filters into ``out (n_bands, n)``."""
        for bands, bins, block in self._blocks:
            np.matmul(block, spectra[bins], out=out[bands])


def _run(filters: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the bins from the first to the last that any of ``filters`` uses."""
    used = np.flatnonzero(filters.any(axis=0))
    return np.arange(used[0], used[-1] + 1, dtype=np.intp) if used.size else used


@functools.lru_cache(maxsize=32)
def band_matrix(
    *,
    sample_rate: int,
    n_fft: int,
    n_mels: int,
    f_min: float,
    f_max: float,
    scale: str,
    norm: str | None,
    triangles: str = "hz",
) -> BandMatrix:
    """Return `mel_filters` ready to apply; made once per set of numbers."""
    return BandMatrix(
        mel_filters(
            sample_rate=sample_rate,
            n_fft=n_fft,
            n_mels=n_mels,
            f_min=f_min,
            f_max=f_max,
            scale=scale,
            norm=norm,
            triangles=triangles,
        )
    )
