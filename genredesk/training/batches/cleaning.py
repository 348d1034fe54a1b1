"""Cleans a made-up piece, as paper 002 does: rumble and hiss filtered off, a gate in every band.

The gate closes each frequency where it is no louder than its own quiet moments (spectral gating,
after Sainburg et al. 2020). It makes noise softer, never music of it; :class:`Musicality` says how
much of one a piece is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy import ndimage, signal

from genredesk.core.scores import FloatArray

_FFT, _HOP = 1024, 256
_CHUNK_S = 6.0
_BAND = 16
"""Bins of a band whose flatness is measured."""
_LOWEST = 100.0
"""Hz from which on it is."""
_FLOOR = 0.2
"""The share of a frequency's frames that counts as its quiet moments."""
_OPENS = 4.0
"""The gate is open where the magnitude is so many times that of the quiet moments."""


@dataclass(frozen=True, slots=True)
class Clean:
    """How a piece is cleaned.

    Parameters
    ----------
    high_pass, low_pass
        Hz below and above which sound is taken away; 0: nothing is.
    closed_db
        How much softer a closed frequency is; 0: no gate.
    """

    high_pass: float = 40.0
    low_pass: float = 8000.0
    closed_db: float = 18.0

    def __call__(self, blocks: Iterable[FloatArray], sample_rate: int) -> Iterator[FloatArray]:
        """Yield the same number of samples, cleaned."""
        filtered = self._filtered(blocks, sample_rate)
        return self._gated(filtered, sample_rate) if self.closed_db > 0 else filtered

    def _filtered(self, blocks: Iterable[FloatArray], sample_rate: int) -> Iterator[FloatArray]:
        ways = []
        if self.high_pass > 0:
            ways.append(signal.butter(4, self.high_pass, "high", fs=sample_rate, output="sos"))
        if 0 < self.low_pass < sample_rate / 2:
            ways.append(signal.butter(4, self.low_pass, "low", fs=sample_rate, output="sos"))
        states = [np.zeros((len(sos), 2)) for sos in ways]
        for block in blocks:
            out = np.asarray(block, np.float64)
            for number, sos in enumerate(ways):
                out, states[number] = signal.sosfilt(sos, out, zi=states[number])
            yield out.astype(np.float32)

    def _gated(self, blocks: Iterable[FloatArray], sample_rate: int) -> Iterator[FloatArray]:
        """Gate pieces of some seconds, faded into one another."""
        size = round(_CHUNK_S * sample_rate)
        fade = np.linspace(0, 1, _FFT, dtype=np.float32)
        held, tail = np.empty(0, np.float32), np.empty(0, np.float32)
        for block in blocks:
            held = np.concatenate([held, block])
            while len(held) >= size + _FFT:
                out = self._gate(held[: size + _FFT])
                if len(tail):
                    out[:_FFT] = tail * (1 - fade) + out[:_FFT] * fade
                yield out[:size]
                held, tail = held[size:], out[size:]
        if len(held):
            out = self._gate(held)
            if len(tail):
                n = min(len(tail), len(out))
                out[:n] = tail[:n] * (1 - fade[:n]) + out[:n] * fade[:n]
            yield out

    def _gate(self, samples: FloatArray) -> FloatArray:
        if len(samples) < 2 * _FFT:
            return samples.copy()
        _, _, spectrum = signal.stft(samples, nperseg=_FFT, noverlap=_FFT - _HOP)
        magnitude = np.abs(spectrum)
        quiet = np.quantile(magnitude, _FLOOR, axis=1, keepdims=True)
        loud = (magnitude > _OPENS * quiet).astype(np.float32)
        opened = ndimage.uniform_filter1d(ndimage.uniform_filter1d(loud, 3, axis=0), 5, axis=1)
        gain = opened + (1 - opened) * 10 ** (-self.closed_db / 20)
        _, out = signal.istft(spectrum * gain, nperseg=_FFT, noverlap=_FFT - _HOP)
        out = out[: len(samples)].astype(np.float32)
        return np.pad(out, (0, len(samples) - len(out)))


AS_IT_IS = Clean(0.0, 0.0, 0.0)
"""Nothing is cleaned."""


@dataclass(frozen=True, slots=True)
class Musicality:
    """How much of music a sound has.

    Parameters
    ----------
    flatness
        Spectral flatness, the geometric over the arithmetic mean of the power spectrum, within
        bands of 170 Hz and weighed by their power: 0 for tones, about .6 for noise of any color.
        Over the whole spectrum noise that gets softer upwards would be as uneven as music.
    onsets
        Beginnings of notes or beats a second.
    """

    flatness: float
    onsets: float

    def noisy(self, music: Musicality) -> bool:
        """Tell whether this is nearer to noise than ``music`` by far: flat, or without events."""
        return self.flatness > 2 * music.flatness or self.onsets < music.onsets / 3


MUSIC = Musicality(0.25, 2.6)
"""That of real music, the medians of 60 songs of ten genres, the flattest of which has .44; see
:func:`heard`."""


def heard(samples: FloatArray, sample_rate: int) -> Musicality:
    """Measure a sound ``(n,)``; silence and what is too short is flat and has no onsets."""
    if len(samples) < 8 * _FFT:
        return Musicality(1.0, 0.0)
    frequencies, _, spectrum = signal.stft(
        samples, sample_rate, nperseg=2 * _FFT, noverlap=2 * _FFT - 2 * _HOP
    )
    # the outermost frames reach beyond the sound, where it seems to begin and end
    power = np.square(np.abs(spectrum[frequencies > 20, 4:-4])) + 1e-12
    bands = power[frequencies[frequencies > 20] > _LOWEST]  # the filter leaves no slope there
    bands = bands[: len(bands) // _BAND * _BAND].reshape(-1, _BAND, bands.shape[1])
    flatness = float(np.exp(np.log(bands).mean(axis=1)).sum() / bands.mean(axis=1).sum())
    level = np.log1p(1000 * np.sqrt(power) / np.sqrt(power).max())
    rise = np.maximum(0, np.diff(ndimage.uniform_filter1d(level, 3, axis=1), axis=1)).mean(axis=0)
    gap = max(1, round(0.07 * sample_rate / (2 * _HOP)))
    # noise rises all the time, and a steady tone by a thousandth of its level
    floor = max(1.5 * float(np.median(rise)), 0.02 * float(level.mean()))
    least = max(float(rise.mean() + rise.std()), floor)
    peaks, _ = signal.find_peaks(rise, height=least, distance=gap)
    return Musicality(flatness, len(peaks) / (len(samples) / sample_rate))
