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
) -> NDArray[np.float64]:
    """Return triangular filters ``(n_mels, n_fft // 2 + 1)``.

    Unit height, or with ``norm="slaney"`` unit area per Hz. A triangle narrower than one FFT bin
    may come out empty, as in librosa and torchaudio.
    """
    bins = np.arange(n_fft // 2 + 1) * (sample_rate / n_fft)
    edges = mel_edges(n_mels, f_min, f_max, scale)
    widths = np.diff(edges)
    rising = (bins - edges[:-2, None]) / widths[:-1, None]
    falling = (edges[2:, None] - bins) / widths[1:, None]
    filters = np.maximum(0.0, np.minimum(rising, falling))
    if norm == "slaney":
        filters *= (2.0 / (edges[2:] - edges[:-2]))[:, None]
    return filters


class BandMatrix:
    """A filter bank applied as a few small dense blocks along its diagonal.

    Each group of neighbouring bands touches a short run of bins only, which leaves out most of
    the multiplications of the full matrix and needs no sparse library.

    Parameters
    ----------
    filters
        ``(n_bands, n_bins)``, non-negative.
    group
        Bands per block.
    """

    def __init__(self, filters: NDArray[np.float64], group: int = 16) -> None:
        self.n_bands, self.n_bins = filters.shape
        self._blocks: list[tuple[slice, slice, Float32]] = []
        for first in range(0, self.n_bands, group):
            bands = slice(first, min(first + group, self.n_bands))
            used = np.flatnonzero(filters[bands].any(axis=0))
            bins = slice(int(used[0]), int(used[-1]) + 1) if len(used) else slice(0, 1)
            block = np.ascontiguousarray(filters[bands, bins].T, dtype=np.float32)
            self._blocks.append((bands, bins, block))

    def apply(self, spectra: Float32, out: Float32) -> None:
        """Write ``spectra (n, n_bins)`` through the filters into ``out (n, n_bands)``."""
        for bands, bins, block in self._blocks:
            np.matmul(spectra[:, bins], block, out=out[:, bands])


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
        )
    )
