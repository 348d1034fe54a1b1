"""The constant-Q transform: one windowed complex tone per semitone, as long as its pitch is low.

Low tones are met at a lower rate, octave by octave, behind short half-band filters whose reach is
counted into the frame: a column depends on its own samples alone and streams exactly. Kernels are
whole, where librosa drops the weakest hundredth of each.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

_CHUNK = 512  # frames of one stretch of sound
_LONE_CHUNK = 32  # frames that share nothing
_HEADROOM = 8.0  # a tone is met at no less than this many samples per period
_REACH = 11  # taps of the half-band filter on either side of its middle


def _half_band() -> Float64:
    """Return the middle and right half of a Kaiser-windowed half-band filter ``(_REACH + 1,)``."""
    taps = np.arange(-_REACH, _REACH + 1)
    filter_ = np.sinc(taps / 2.0) * np.kaiser(len(taps), 12.3)
    return (filter_ / filter_.sum())[_REACH:]


_HALF_BAND = _half_band()


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
    """The filters of one constant-Q transform, grouped by the rate they are applied at.

    Filters are Hann windowed, of unit L1 norm, times the root of their length; the result equals
    ``abs(librosa.cqt(..., norm=1, scale=True))`` but for librosa's approximations. Everything is
    double precision: a loud note beside a silent one would else leave its rounding in the log.

    Parameters
    ----------
    sample_rate, n_fft, hop_length, f_min, n_bins, bins_per_octave
        As in `FrontendSpec`; ``n_fft`` is the samples of a frame, the tones sit in its middle and
        the longest of them fits.
    """

    def __init__(
        self,
        *,
        sample_rate: int,
        n_fft: int,
        hop_length: int,
        f_min: float,
        n_bins: int,
        bins_per_octave: int,
    ) -> None:
        self._n_fft = n_fft
        frequencies = cqt_frequencies(f_min, n_bins, bins_per_octave)
        lengths = cqt_lengths(sample_rate, frequencies, bins_per_octave)
        margin = n_fft // 2 - int(lengths[0] / 2) - 1
        levels = np.floor(np.log2(sample_rate / (_HEADROOM * frequencies))).astype(int)
        levels = np.clip(levels, 0, _most_halvings(hop_length, n_fft // 2, margin))
        self._grid = 1 << int(levels.max())
        # Per halving of the rate: bins, longest reach, cosines and sines (reach + 1, bins).
        self._levels: list[tuple[slice, int, Float64, Float64]] = []
        for level in range(int(levels.max()) + 1):
            here = np.flatnonzero(levels == level)
            bins = slice(int(here[0]), int(here[-1]) + 1) if len(here) else slice(0, 0)
            length, rate = lengths[bins] / (1 << level), sample_rate / (1 << level)
            reach = int(length[0] / 2) if len(here) else 0
            t = np.arange(reach + 1)[:, None]
            shape = np.where(t < length / 2, np.cos(np.pi * t / length) ** 2, 0.0)
            # A Hann window of length L sums to L / 2; times sqrt(L) that leaves 2 / sqrt(L).
            shape *= (1 << level) * 2.0 / np.sqrt(lengths[bins])
            shape[0] /= 2.0  # t = 0 is met twice when the frame is folded
            phase = 2.0 * np.pi * t * frequencies[bins] / rate
            self._levels.append((bins, reach, shape * np.cos(phase), shape * np.sin(phase)))

    def apply(
        self,
        sound: NDArray[np.floating],
        starts: range | NDArray[np.intp],
        out: NDArray[np.float32],
    ) -> None:
        """Write the magnitudes of the frames of ``sound (n,)`` at ``starts`` into ``out``.

        ``out`` is ``(n_bins, frames)``. Frames on one grid share their low rates; others are
        brought down one by one.
        """
        step = starts.step if isinstance(starts, range) else 0
        if step % self._grid:
            step = 0
        chunk = _CHUNK if step else _LONE_CHUNK
        for first in range(0, len(starts), chunk):
            part = starts[first : first + chunk]
            target = out[:, first : first + len(part)]
            if step:
                self._run(sound[part[0] : part[-1] + self._n_fft], step, target)
            else:
                frames = np.lib.stride_tricks.sliding_window_view(sound, self._n_fft)
                self._run(frames[np.asarray(part)], 0, target)

    def _run(self, sound: NDArray[np.floating], step: int, out: NDArray[np.float32]) -> None:
        """Transform one stretch ``(n,)`` cut every ``step``, or lone frames ``(frames, n_fft)``."""
        slow = sound.astype(np.float64)
        for level, (bins, reach, cosines, sines) in enumerate(self._levels):
            if level:
                slow = halve(slow)
            middle = (self._n_fft // 2) >> level
            near = slice(middle - reach, middle + reach + 1)
            if step:
                views = np.lib.stride_tricks.sliding_window_view(slow, 2 * reach + 1)
                frames = views[near.start :: step >> level][: out.shape[1]]
            else:
                frames = slow[:, near]
            # The window is even: sums over the middle meet the cosines, differences the sines,
            # which halves the work.
            after, before = frames[:, reach:], frames[:, reach::-1]
            real = np.matmul(after + before, cosines)
            imag = np.matmul(after - before, sines)
            out[bins] = np.hypot(real, imag).T


def _most_halvings(hop_length: int, middle: int, margin: int) -> int:
    """Return how often the rate may be halved.

    Frames and their middles must stay on whole samples, and what the half-band filters reach
    beyond the longest tone, ``margin`` samples, must stay inside the frame.
    """
    n = 0
    while (hop_length | middle) % (2 << n) == 0 and _REACH * ((2 << n) - 1) <= margin:
        n += 1
    return n


def halve(sound: Float64) -> Float64:
    """Return every second sample ``(..., (n + 1) // 2)`` of ``sound (..., n)``, aliases removed.

    A half-band filter, flat to 3e-6 in the lowest eighth of the band and 110 dB deep in the
    highest, which is what folds onto it; every other of its taps is zero.
    """
    n = (sound.shape[-1] + 1) // 2
    width = [(0, 0)] * (sound.ndim - 1) + [(_REACH, _REACH)]
    padded = np.pad(sound, width)
    result = sound[..., ::2] * _HALF_BAND[0]
    for k in range(1, _REACH + 1, 2):
        left = padded[..., _REACH - k : _REACH - k + 2 * n - 1 : 2]
        right = padded[..., _REACH + k : _REACH + k + 2 * n - 1 : 2]
        result += _HALF_BAND[k] * (left + right)
    return result


@functools.lru_cache(maxsize=8)
def constant_q(
    *,
    sample_rate: int,
    n_fft: int,
    hop_length: int,
    f_min: float,
    n_bins: int,
    bins_per_octave: int,
) -> ConstantQ:
    """Return the filters of these numbers; made once."""
    return ConstantQ(
        sample_rate=sample_rate,
        n_fft=n_fft,
        hop_length=hop_length,
        f_min=f_min,
        n_bins=n_bins,
        bins_per_octave=bins_per_octave,
    )
