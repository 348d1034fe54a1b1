"""The pictures a person can look at sound through: mel, Hertz (linear, logarithmic) and notes.

Each is a front end and what is made of its columns: rows of decibels, of which a sine of full scale
reads about 0 wherever it lies. Shared by the live picture and by that of a whole file.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genredesk.features.cqt import cqt_lengths
from genredesk.features.frontend import DISPLAY_MEL, mel_frequencies
from genredesk.features.papers import C1_HZ
from genredesk.features.spec import FrontendSpec
from genredesk.features.stream import FrontendStream

Float32 = NDArray[np.float32]

AXES = ("mel", "linear", "log", "note")
"""The names of the axes."""

N_ROWS = 192
"""Rows of the two Hertz axes."""

N_NOTES = 96
"""Eight octaves of semitones from C1."""

LOWEST_HZ = 40.0
"""Where the logarithmic axis begins."""

MEL_REFERENCE_DB = 40.6
"""What the mel says of a low sine of full scale."""

_NOTE_FFT = 16384
_AMIN = 1e-10
_LOBE = 1.5  # bins: the energy of a Hann window's main lobe, in units of its peak


@dataclass(frozen=True, slots=True, eq=False)
class DisplayAxis:
    """One way to look at sound.

    Parameters
    ----------
    name
        One of :data:`AXES`.
    spec
        The front end below it.
    frequencies
        Centre of every row in Hz, rising ``(rows,)``.
    reference_db
        What is subtracted from each row ``(rows, 1)``.
    weights
        Makes rows of power spectra ``(rows, bins)``; ``None`` where the front end's rows are taken
        as they are.
    """

    name: str
    spec: FrontendSpec
    frequencies: NDArray[np.float64]
    reference_db: Float32
    weights: Float32 | None = None

    @property
    def hop_s(self) -> float:
        """Seconds from one column to the next."""
        return self.spec.hop_length / self.spec.sample_rate

    @property
    def lead_s(self) -> float:
        """Seconds from the first sample of a column to the beginning of the time it stands for."""
        return (self.spec.n_fft - self.spec.hop_length) / 2 / self.spec.sample_rate

    def decibels(self, columns: Float32) -> Float32:
        """Return the rows of what the front end gives, ``(rows, n)`` in dB."""
        if self.weights is None:
            return columns - self.reference_db
        power = np.maximum(self.weights @ columns, np.float32(_AMIN))
        return 10 * np.log10(power) - self.reference_db


class AxisStream:
    """Rows of decibels as the sound arrives, like a ``FrontendStream``.

    Parameters
    ----------
    axis
        How to look at it.
    """

    def __init__(self, axis: DisplayAxis) -> None:
        self.axis = axis
        self._stream = FrontendStream(axis.spec)

    def push(self, block: NDArray[np.generic]) -> Float32:
        """Take the next samples ``(n,)``; return the columns they complete ``(rows, new)``."""
        columns = self._stream.push(block)[0]
        return self.axis.decibels(columns) if columns.shape[1] else columns[: len(self)]

    def __len__(self) -> int:
        return len(self.axis.frequencies)

    def reset(self) -> None:
        """Forget the sound so far; the next sample begins a column."""
        self._stream.reset()


@functools.lru_cache(maxsize=8)
def display_axis(name: str, sample_rate: int) -> DisplayAxis:
    """Return the axis ``name`` for sound at ``sample_rate``.

    Raises
    ------
    KeyError
        For a name that is not in :data:`AXES`.
    """
    mel = display_mel(sample_rate)
    match name:
        case "mel":
            reference = np.full((mel.n_bands, 1), MEL_REFERENCE_DB, np.float32)
            return DisplayAxis(name, mel, mel_frequencies(mel), reference)
        case "linear":
            edges = np.linspace(0.0, mel.f_max, N_ROWS + 1)
            return _of_spectrum(name, mel, (edges[1:] + edges[:-1]) / 2, np.diff(edges))
        case "log":
            step = math.log(mel.f_max / LOWEST_HZ) / N_ROWS
            centres = LOWEST_HZ * np.exp(step * (np.arange(N_ROWS) + 0.5))
            return _of_spectrum(name, mel, centres, centres * step)
        case "note":
            return _of_notes(mel)
        case _:
            raise KeyError(name)


def display_mel(sample_rate: int) -> FrontendSpec:
    """Return the mel of the picture at ``sample_rate``; hop and highest band go with it."""
    if sample_rate == DISPLAY_MEL.sample_rate:
        return DISPLAY_MEL
    scale = sample_rate / DISPLAY_MEL.sample_rate
    return dataclasses.replace(
        DISPLAY_MEL,
        sample_rate=sample_rate,
        hop_length=max(1, round(DISPLAY_MEL.hop_length * scale)),
        f_max=min(DISPLAY_MEL.f_max, sample_rate / 2),
    )


def _of_spectrum(
    name: str, mel: FrontendSpec, centres: NDArray[np.float64], widths: NDArray[np.float64]
) -> DisplayAxis:
    """Return an axis whose rows add up the power spectrum around their centres."""
    spec = dataclasses.replace(mel, kind="stft", n_bands=mel.n_fft // 2 + 1, log="none")
    bin_hz = spec.sample_rate / spec.n_fft
    places = np.arange(spec.n_bands) * bin_hz
    # A triangle no narrower than the distance of two bins, so that no row falls between them.
    reach = np.maximum(widths, bin_hz)[:, None]
    weights = np.maximum(0.0, 1 - np.abs(places[None] - centres[:, None]) / reach)
    total = np.maximum(1.0, reach / bin_hz / _LOBE)
    weights *= total / weights.sum(axis=1, keepdims=True)
    loudest = 20 * math.log10(spec.win_length / 4)
    reference = np.full((len(centres), 1), loudest, np.float32)
    return DisplayAxis(name, spec, centres, reference, weights.astype(np.float32))


def _of_notes(mel: FrontendSpec) -> DisplayAxis:
    n_fft = _NOTE_FFT
    while cqt_lengths(mel.sample_rate, C1_HZ, 12) + 2 > n_fft:
        n_fft *= 2
    top = int(12 * math.log2(mel.sample_rate / 2 / C1_HZ))
    spec = FrontendSpec(
        kind="cqt",
        sample_rate=mel.sample_rate,
        n_fft=n_fft,
        win_length=n_fft,
        hop_length=mel.hop_length,
        n_bands=max(1, min(N_NOTES, top)),
        f_min=C1_HZ,
        f_max=mel.f_max,
        power=1.0,
        bins_per_octave=12,
    )
    frequencies = mel_frequencies(spec)
    lengths = cqt_lengths(spec.sample_rate, frequencies, 12)
    # Filters of unit norm times the root of their length make half of it of a full-scale sine.
    reference = 20 * np.log10(np.sqrt(lengths) / 2)
    return DisplayAxis("note", spec, frequencies, reference[:, None].astype(np.float32))
