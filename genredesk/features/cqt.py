"""The constant-Q transform: one windowed complex tone per semitone, as long as its pitch is low.

Every tone is correlated with the sound at the full rate, without the recursive down-sampling and
the sparse kernels of librosa, so a column depends on its own samples alone and streams exactly.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

_CHUNK = 32  # frames at a time: the longest octave then takes 3 MB


def cqt_frequencies(f_min: float, n_bins: int, bins_per_octave: int) -> Float64:
    """Return the centre of every bin in Hz ``(n_bins,)``."""
    return f_min * np.exp2(np.arange(n_bins) / bins_per_octave)


def cqt_lengths(
    sample_rate: int, frequencies: float | Float64, bins_per_octave: int
) -> NDArray[np.float64]:
    """Return the length of every filter in samples (not whole).

    Q follows from the relative bandwidth ``a = (r - 1) / (r + 1)`` with ``r = 2^(2 / bins)``
    between the neighbours of a bin (Schoerkhuber and Klapuri 2010, as in librosa 0.10 and later).
    """
    ratio = 2.0 ** (2.0 / bins_per_octave)
    q = (ratio + 1.0) / (ratio - 1.0)
    return q * sample_rate / np.asarray(frequencies, dtype=np.float64)


class ConstantQ:
    """The filters of one constant-Q transform, grouped by octave.

    Filters are Hann windowed, of unit L1 norm, times the root of their length; the result equals
    ``abs(librosa.cqt(..., norm=1, scale=True))`` but for librosa's approximations.

    Parameters
    ----------
    sample_rate, n_fft, f_min, n_bins, bins_per_octave
        As in `FrontendSpec`; ``n_fft`` is the samples of a frame, the tones sit in its middle and
        the longest of them fits.
    """

    def __init__(
        self, *, sample_rate: int, n_fft: int, f_min: float, n_bins: int, bins_per_octave: int
    ) -> None:
        frequencies = cqt_frequencies(f_min, n_bins, bins_per_octave)
        lengths = cqt_lengths(sample_rate, frequencies, bins_per_octave)
        self.n_bins = n_bins
        self._middle = n_fft // 2
        # Per octave: bins, reach of the longest filter, cosines and sines (reach + 1, bins).
        self._octaves: list[tuple[slice, int, Float64, Float64]] = []
        for first in range(0, n_bins, bins_per_octave):
            bins = slice(first, min(first + bins_per_octave, n_bins))
            reach = int(lengths[first] / 2)
            t = np.arange(reach + 1)[:, None]
            shape = np.where(t < lengths[bins] / 2, np.cos(np.pi * t / lengths[bins]) ** 2, 0.0)
            # A Hann window of length L sums to L / 2; times sqrt(L) that leaves 2 / sqrt(L).
            shape *= 2.0 / np.sqrt(lengths[bins])
            shape[0] /= 2.0  # t = 0 is met twice when the frame is folded
            phase = 2.0 * np.pi * t * frequencies[bins] / sample_rate
            self._octaves.append((bins, reach, shape * np.cos(phase), shape * np.sin(phase)))

    def apply(
        self,
        views: NDArray[np.floating],
        starts: range | NDArray[np.intp],
        out: NDArray[np.float32],
    ) -> None:
        """Write the magnitudes of the frames ``views[starts]`` into ``out (n_bins, n)``.

        ``views (n_samples - n_fft + 1, n_fft)`` are all frames of the sound, not copied.

        The window is even, so the sound is folded at the middle of the frame: sums meet the
        cosines, differences the sines, which halves the work.
        """
        for first in range(0, len(starts), _CHUNK):
            rows = slice(first, first + _CHUNK)
            part = starts[rows]
            chosen = slice(part[0], part[-1] + 1, part.step) if isinstance(part, range) else part
            for bins, reach, cosines, sines in self._octaves:
                after = views[chosen, self._middle : self._middle + reach + 1].astype(np.float64)
                before = views[chosen, self._middle - reach : self._middle + 1][:, ::-1]
                real = np.matmul(after + before, cosines)
                imag = np.matmul(after - before, sines)
                out[bins, rows] = np.hypot(real, imag).T


@functools.lru_cache(maxsize=8)
def constant_q(
    *, sample_rate: int, n_fft: int, f_min: float, n_bins: int, bins_per_octave: int
) -> ConstantQ:
    """Return the filters of these numbers; made once."""
    return ConstantQ(
        sample_rate=sample_rate,
        n_fft=n_fft,
        f_min=f_min,
        n_bins=n_bins,
        bins_per_octave=bins_per_octave,
    )
