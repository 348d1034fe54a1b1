"""What stands between music and a microphone: rooms, small loudspeakers, noise, level, MP3.

Everything is drawn from a generator, so that a song meets the same room in every run. Nothing here
is used in training.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import av
import numpy as np
from numpy.typing import NDArray

from genredesk.audio import decode
from genredesk.core.scores import FloatArray
from genredesk.training.batches import synthetic_speech

Floats = NDArray[np.floating]

SOUND_M_S = 343.0
EARLY_S = 0.06
"""Reflections up to here come from image sources; later ones are too dense to tell apart."""

_SIDES_M = ((2.5, 8.0), (2.5, 6.0), (2.3, 3.4))
_BRIGHT_HZ = 2500.0
_BRIGHT_SHARE = 0.6
"""Above 2.5 kHz rooms ring this much shorter."""


def _size(n: int) -> int:
    """Return a length from ``n`` on that the FFT is fast at."""
    return -(-n // 4096) * 4096


def _convolved(sound: FloatArray, response: FloatArray) -> FloatArray:
    """Return the sound through a response, as long as the sound."""
    size = _size(len(sound) + len(response))
    spectrum = np.fft.rfft(sound, size)
    spectrum *= np.fft.rfft(response, size)
    return np.fft.irfft(spectrum, size)[: len(sound)].astype(np.float32, copy=False)


def _shaped(sound: FloatArray, rate: int, gain: Callable[[Floats], Floats]) -> FloatArray:
    """Return the sound through a magnitude response over Hz."""
    size = _size(len(sound))
    spectrum = np.fft.rfft(sound, size)
    spectrum *= gain(np.fft.rfftfreq(size, 1 / rate)).astype(np.float32)
    return np.fft.irfft(spectrum, size)[: len(sound)].astype(np.float32, copy=False)


def _like(sound: FloatArray, before: FloatArray) -> FloatArray:
    """Return a sound as loud as it was before."""
    louder = float(np.std(before)) / max(float(np.std(sound)), 1e-12)
    return (sound * louder).astype(np.float32, copy=False)


def impulse_response(rate: int, rt60_s: float, rng: np.random.Generator) -> FloatArray:
    """Return the response of a box-shaped room between two drawn places in it.

    Image sources (Allen and Berkley 1979) with the absorption that gives ``rt60_s`` (Eyring 1930)
    up to :data:`EARLY_S`; then noise that decays at the same rate, above 2.5 kHz faster.
    """
    sides = np.array([rng.uniform(low, high) for low, high in _SIDES_M])
    while True:
        source, ear = (rng.uniform(0.15, 0.85, 3) * sides for _ in range(2))
        if np.linalg.norm(source - ear) > 0.8:
            break
    surface = 2 * (sides[0] * sides[1] + sides[0] * sides[2] + sides[1] * sides[2])
    absorbed = 1 - np.exp(-0.161 * float(np.prod(sides)) / (surface * rt60_s))
    kept = np.sqrt(1 - absorbed)
    reach = int(np.ceil(EARLY_S * SOUND_M_S / (2 * sides.min()))) + 1
    order = np.arange(-reach, reach + 1)
    places, bounces = [], []
    for axis in range(3):
        n, mirrored = (grid.ravel() for grid in np.meshgrid(order, (0, 1), indexing="ij"))
        places.append((1 - 2 * mirrored) * source[axis] + 2 * n * sides[axis] - ear[axis])
        bounces.append(np.abs(2 * n - mirrored))
    far = np.sqrt(places[0][:, None, None] ** 2 + places[1][:, None] ** 2 + places[2] ** 2).ravel()
    hits = (bounces[0][:, None, None] + bounces[1][:, None] + bounces[2]).ravel()
    at = np.rint(far / SOUND_M_S * rate).astype(np.intp)
    at -= at.min()
    early = np.zeros(round(EARLY_S * rate))
    inside = at < len(early)
    np.add.at(early, at[inside], kept ** hits[inside] / far[inside])
    return _with_tail(early, rate, rt60_s, rng)


def _with_tail(early: Floats, rate: int, rt60_s: float, rng: np.random.Generator) -> FloatArray:
    """Let the early reflections fade into noise of the same energy."""
    n = round(rt60_s * rate) + len(early)
    t = np.arange(n) / rate
    bright = np.fft.rfftfreq(n, 1 / rate) > _BRIGHT_HZ
    noise = rng.standard_normal((2, n))
    tail = np.zeros(n)
    for one, band, ring in zip(noise, (~bright, bright), (1, _BRIGHT_SHARE), strict=True):
        decay = 10 ** (-3 * np.maximum(t - EARLY_S, 0) / (ring * rt60_s))
        tail += np.fft.irfft(np.fft.rfft(one) * band, n) * decay
    last = early[-len(early) // 3 :]
    tail *= np.sqrt(np.mean(last**2) / np.mean(tail[len(early) : len(early) + len(last)] ** 2))
    tail[: len(early)] = early
    return tail.astype(np.float32)


def room(sound: FloatArray, rate: int, rt60_s: float, rng: np.random.Generator) -> FloatArray:
    """Return a sound as heard somewhere in a drawn room, as loud as before."""
    return _like(_convolved(sound, impulse_response(rate, rt60_s, rng)), sound)


def small_loudspeaker(sound: FloatArray, rate: int, rng: np.random.Generator) -> FloatArray:
    """Return a sound through a telephone's, laptop's or kitchen radio's loudspeaker.

    A band from some 200 Hz to some 8 kHz, a tilt, a few resonances, and a cone that saturates.
    """
    low, high, tilt = rng.uniform(130, 350), rng.uniform(6000, 10000), rng.uniform(-3, 3)
    centres = np.exp(rng.uniform(np.log(200), np.log(7000), 4))
    peaks = list(zip(centres, rng.uniform(0.1, 0.5, 4), rng.uniform(-6, 9, 4), strict=True))

    def response(hz: Floats) -> Floats:
        octave = np.log2(np.maximum(hz, 1))
        decibel = tilt * (np.maximum(octave, np.log2(100)) - np.log2(1000))
        for centre, width, height in peaks:
            decibel += height * np.exp(-(((octave - np.log2(centre)) / width) ** 2))
        band = (1 + (low / np.maximum(hz, 1)) ** 6) * (1 + (hz / high) ** 8)
        return 10 ** (decibel / 20) / np.sqrt(band)

    coloured = _like(_shaped(sound, rate, response), sound)
    hard = 3 * float(np.std(coloured)) + 1e-9
    return _like((hard * np.tanh(coloured / hard)).astype(np.float32), sound)


def noise(n: int, rate: int, kind: str, rng: np.random.Generator) -> FloatArray:
    """Return white or pink noise, or the babble of a dozen people, ``(n,)``, RMS 1."""
    if kind == "babble":
        total = np.zeros(n, np.float32)
        for _ in range(4):
            voice = synthetic_speech.speak(n, rate, rng)
            for _ in range(3):
                total += np.float32(rng.uniform(0.3, 1)) * np.roll(voice, int(rng.integers(n)))
    else:
        slope = -0.5 if kind == "pink" else 0.0
        white = rng.standard_normal(n, dtype=np.float32)
        total = _shaped(white, rate, lambda hz: np.maximum(hz, 20.0) ** slope)
    return (total / max(float(np.std(total)), 1e-12)).astype(np.float32, copy=False)


def noisy(
    sound: FloatArray, rate: int, kind: str, snr_db: float, rng: np.random.Generator
) -> FloatArray:
    """Return a sound with a noise ``snr_db`` under its RMS level."""
    level = float(np.std(sound)) * 10 ** (-snr_db / 20)
    return (sound + level * noise(len(sound), rate, kind, rng)).astype(np.float32, copy=False)


def louder(sound: FloatArray, decibel: float, *, converter: bool) -> FloatArray:
    """Return a sound at another level; with a converter in 16 bits, cut at full scale."""
    changed = sound * np.float32(10 ** (decibel / 20))
    if not converter:
        return changed
    whole = np.clip(np.rint(changed * 32768), -32768, 32767)
    return (whole / 32768).astype(np.float32)


def mp3(sound: FloatArray, rate: int, bit_rate: int = 64_000) -> FloatArray:
    """Return a sound that was an MP3 in between, as long as before."""
    memory = io.BytesIO()
    with av.open(memory, "w", format="mp3") as file:
        stream = file.add_stream("libmp3lame", rate=rate, layout="mono")
        stream.bit_rate = bit_rate
        frame = av.AudioFrame.from_ndarray(sound[None], format="fltp", layout="mono")
        frame.sample_rate = rate
        for part in (frame, None):
            file.mux(stream.encode(part))
    memory.seek(0)
    with av.open(memory, "r") as file:
        parts = [frame.to_ndarray() for frame in file.decode(audio=0)]
    heard = decode.clean(np.concatenate(parts, axis=1)[0].astype(np.float32))
    return np.pad(heard, (0, max(0, len(sound) - len(heard))))[: len(sound)]
