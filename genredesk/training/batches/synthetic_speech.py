"""Speech that says nothing, from a formant synthesiser of our own: what a genre must not be put on.

A train of glottal pulses and noise is shaped, frame by frame, by the resonances of a vocal tract
that moves from sound to sound (source and filter: Fant 1960; formant targets after Peterson and
Barney 1952, resonators after Klatt 1980). No word is meant; rate, pitch, melody, voice and pauses
are drawn anew for every clip.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genredesk.core.scores import FloatArray

Floats = NDArray[np.floating]

VOWELS = np.array(
    [
        (270, 2290, 3010),
        (390, 1990, 2550),
        (530, 1840, 2480),
        (660, 1720, 2410),
        (730, 1090, 2440),
        (570, 840, 2410),
        (440, 1020, 2240),
        (300, 870, 2240),
        (640, 1190, 2390),
        (490, 1350, 1690),
        (280, 1700, 2200),
        (500, 1500, 2500),
    ],
    dtype=np.float64,
)
"""First three formants in Hz of a grown man's vowels; the last two are rounded and neutral."""

_HISS_HZ = (1200.0, 2600.0, 4200.0, 5800.0, 7500.0)
"""Where the noise of consonants from h and x over sh to f and s is strongest."""

_HIGHER_HZ = (2600.0, 3600.0, 4700.0, 5700.0, 6700.0, 7700.0, 8700.0, 9700.0)
_HIGHER_WIDTHS_HZ = (250.0, 350.0, 450.0, 500.0, 600.0, 700.0, 800.0, 900.0)
"""The resonances above the third, about one in a thousand Hz; they hardly move."""

_HOP, _FRAME = 256, 512
_TILT_HZ = 500.0  # above it the voice falls by 6 dB an octave (glottis and lips together)


@dataclass(frozen=True, slots=True)
class Speaker:
    """One voice.

    Parameters
    ----------
    pitch_hz
        Where the voice lies.
    tract
        Factor on all formants: 1 for a man of average size, about 1.2 for a woman.
    rate
        Syllables a second.
    melody
        How far, in octaves, pitch strays from where it lies.
    breath
        Share of noise in voiced sounds.
    pause_s
        Mean pause between phrases.
    effort
        How steeply the voice falls towards the treble: above 1 a soft voice, under it a sharp one.
    """

    pitch_hz: float
    tract: float
    rate: float
    melody: float
    breath: float
    pause_s: float
    effort: float = 1.0


def draw_speaker(rng: np.random.Generator) -> Speaker:
    """Draw a voice between a deep man's and a child's."""
    height = rng.uniform(0, 1)
    return Speaker(
        pitch_hz=80 * 4.0**height * float(rng.uniform(0.9, 1.15)),
        tract=0.92 + 0.4 * height * float(rng.uniform(0.7, 1.1)),
        rate=float(rng.uniform(2.5, 7.0)),
        melody=float(rng.uniform(0.03, 0.35)),
        breath=float(rng.uniform(0.01, 0.25)),
        pause_s=float(rng.choice([0.15, 0.4, 0.8])),
        effort=float(rng.uniform(0.3, 1.6)),
    )


class _Tracks:
    """What the mouth does, as corner points over time: built sound by sound, read at every frame.

    Columns of ``rows``: time, pitch in Hz, loudness of voice, loudness of hiss, three formants,
    place of the hiss.
    """

    def __init__(self) -> None:
        self.rows: list[tuple[float, ...]] = []

    def add(
        self, at: float, pitch: float, *, voice: float, hiss: float, formants: Floats, place: float
    ) -> None:
        self.rows.append((at, pitch, voice, hiss, *formants, place))

    def at(self, times: Floats) -> Floats:
        """Return the values ``(7, times)`` in between, without the time."""
        table = np.array(self.rows).T
        return np.stack([np.interp(times, table[0], row) for row in table[1:]])


@dataclass(frozen=True, slots=True)
class _Syllable:
    """Where a syllable begins, how long its first sound lasts, and how it sounds."""

    start: float
    onset: float
    length: float
    pitch: float
    vowel: Floats
    loud: float
    place: float


def _phrase(tracks: _Tracks, start: float, speaker: Speaker, rng: np.random.Generator) -> float:
    """Add a phrase of some syllables; return when it ends."""
    n = int(rng.integers(2, 16))
    now, rise = start, rng.choice([-1.0, -0.6, 0.7])
    _rest(tracks, start - 0.02, speaker.pitch_hz)
    pitch = speaker.pitch_hz
    for i in range(n):
        length = float(rng.gamma(9.0, 1 / 9.0)) / speaker.rate
        # pitch declines over the phrase, strays from syllable to syllable and ends down or up
        octaves = speaker.melody * (rng.normal() + 0.8 - 1.4 * i / n + rise * (i == n - 1))
        pitch = speaker.pitch_hz * 2.0**octaves
        syllable = _Syllable(
            now,
            length * float(rng.uniform(0.15, 0.45)),
            length,
            pitch,
            VOWELS[rng.integers(len(VOWELS))] * speaker.tract * rng.normal(1, 0.04, 3),
            10 ** (rng.normal(0, 3.5) / 20) * (1 - 0.4 * i / n),
            float(rng.choice(_HISS_HZ)) * float(rng.uniform(0.85, 1.2)),
        )
        _consonant(tracks, syllable, rng)
        _vowel(tracks, syllable, speaker, rng)
        now += length
    _rest(tracks, now + 0.04, pitch)
    return now + 0.05


def _rest(tracks: _Tracks, at: float, pitch: float) -> None:
    tracks.add(at, pitch, voice=0.0, hiss=0.0, formants=VOWELS[-1], place=_HISS_HZ[0])


def _vowel(
    tracks: _Tracks, syllable: _Syllable, speaker: Speaker, rng: np.random.Generator
) -> None:
    """Add a vowel, sometimes one that glides to another."""
    s, after = syllable, syllable.vowel
    if rng.random() < 0.3:
        after = VOWELS[rng.integers(len(VOWELS))] * speaker.tract
    begin, end = s.start + s.onset, s.start + 0.93 * s.length
    middle = begin + 0.35 * (s.length - s.onset)
    for at, formants, loud in (
        (begin, s.vowel, s.loud),
        (middle, s.vowel, s.loud),
        (end, after, s.loud * 0.5),
    ):
        tracks.add(at, s.pitch, voice=loud, hiss=0.0, formants=formants, place=s.place)


def _consonant(tracks: _Tracks, syllable: _Syllable, rng: np.random.Generator) -> None:
    """Add what comes before a vowel: nothing, a hiss, a stop with its burst, or a hum (m, n, l)."""
    s = syllable
    kind = str(rng.choice(["none", "hiss", "buzz", "stop", "hum"], p=[0.1, 0.3, 0.1, 0.3, 0.2]))
    closed = np.array([280.0, rng.uniform(900, 1900), 2300.0])
    voice, hiss = {
        "none": (0.4, 0.0),
        "hiss": (0.0, 0.5),
        "buzz": (0.3, 0.3),
        "stop": (0.0, 0.0),
        "hum": (0.35, 0.0),
    }[kind]
    formants = closed if kind == "hum" else s.vowel
    corners = [(0.15, voice, hiss), (0.7, voice, hiss)]
    if kind == "stop":
        corners.append((0.8, 0.0, float(rng.uniform(0.3, 1.2))))
    for share, voiced, hissed in corners:
        tracks.add(
            s.start + share * s.onset,
            s.pitch,
            voice=voiced * s.loud,
            hiss=hissed * s.loud,
            formants=formants,
            place=s.place,
        )


def _resonances(hz: Floats, rate: int, centres: Floats, widths: Floats) -> FloatArray:
    """Return the magnitude of resonators in a row over ``hz``, ``(frames, bins)``, 1 at 0 Hz.

    Digital ones, as in Klatt 1980, section I.B, whose spectrum repeats above half the rate.

    Parameters
    ----------
    centres
        Hz, ``(resonators, frames)``.
    widths
        Hz, ``(resonators,)``.
    """
    omega = (2 * np.pi / rate * hz).astype(np.float32)
    once, twice = np.cos(omega), np.cos(2 * omega)
    out = np.ones((centres.shape[1], len(hz)), np.float32)
    for centre, width in zip(centres, widths, strict=True):
        c = np.float32(-np.exp(-2 * np.pi * width / rate))
        b = 2 * np.sqrt(-c) * np.cos(2 * np.pi * centre / rate).astype(np.float32)[:, None]
        power = 1 + b**2 + c**2 - 2 * b * (1 - c) * once - 2 * c * twice
        out *= (1 - b - c) / np.sqrt(power)
    return out


def speak(
    n: int, rate: int, rng: np.random.Generator, speaker: Speaker | None = None
) -> FloatArray:
    """Return ``n`` samples of babbling speech with pauses; the loudest sample is 1.

    Parameters
    ----------
    rate
        Samples a second.
    """
    who = speaker or draw_speaker(rng)
    tracks = _Tracks()
    now = float(rng.uniform(0.02, 0.4))
    while now < n / rate:
        now = _phrase(tracks, now, who, rng) + float(rng.exponential(who.pause_s)) + 0.03
    frames = -(-n // _HOP) + 1
    values = tracks.at(np.arange(frames) * _HOP / rate)
    voice, hiss = _sources(values, frames * _HOP + _FRAME, rate, who, rng)
    return _shaped(values, voice, hiss, rate, who.effort)[:n]


def _sources(
    values: Floats, n: int, rate: int, who: Speaker, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Return glottal pulses with breath, and hiss, both with a flat spectrum."""
    pitch = np.repeat(values[0], _HOP)
    pitch = np.pad(pitch, (0, n - len(pitch)), mode="edge")
    phase = np.cumsum(pitch / rate)
    beats = np.flatnonzero(np.diff(np.floor(phase)))
    beats = beats + np.rint(rng.normal(0, 0.008, len(beats)) * rate / pitch[beats]).astype(np.intp)
    pulses = np.zeros(n, np.float32)
    strength = np.sqrt(rate / pitch[beats % n]) * rng.normal(1, 0.06, len(beats))
    pulses[beats % n] = strength
    noise = rng.standard_normal(n, dtype=np.float32)
    return (pulses + who.breath * noise).astype(np.float32), noise


def _shaped(
    values: Floats, voice: FloatArray, hiss: FloatArray, rate: int, effort: float
) -> FloatArray:
    """Send both sources through the moving filters: short frames, overlapped and added."""
    bins = np.arange(_FRAME // 2 + 1) * (rate / _FRAME)
    window = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_FRAME) / _FRAME))
    window = window.astype(np.float32)
    _, loud, hissing, f1, f2, f3, place = values
    higher = [f3 * 0.35 + hz for hz in _HIGHER_HZ]
    tract = np.stack([f1, f2, f3, *higher])
    tilt = ((1 + (bins / _TILT_HZ) ** 2) ** (-effort / 2)).astype(np.float32)
    formants = (
        _resonances(bins, rate, tract, np.array([80.0, 110.0, 160.0, *_HIGHER_WIDTHS_HZ])) * tilt
    )
    blown = _resonances(bins, rate, place[None], np.array([1800.0]))
    blown *= (bins / 3000).astype(np.float32)
    total = np.zeros(len(values[0]) * _HOP + _FRAME, np.float32)
    for source, shape, level in ((voice, formants, loud), (hiss, blown, hissing)):
        cut = np.lib.stride_tricks.sliding_window_view(source, _FRAME)[::_HOP][: len(level)]
        spectra = np.fft.rfft(cut * window, axis=1)
        spectra *= shape * level[:, None].astype(np.float32)
        sound = np.fft.irfft(spectra, _FRAME, axis=1) * window
        for half in (0, 1):
            part = sound[:, half * _HOP : (half + 1) * _HOP].ravel()
            total[half * _HOP : half * _HOP + len(part)] += part
    return total / max(float(np.abs(total).max()), 1e-9)
