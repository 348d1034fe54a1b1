"""Sound that is no music, made from nothing: what a network is to be unsure about.

Noise, tones, sirens, hum, machines, telephones and speech, drawn anew for every clip from one seed
and seen through the front end of the bundled model, in the layout of the mel arrays. A network that
trains with them against the uniform distribution learns to doubt ("outlier exposure", Hendrycks,
Mazeika and Dietterich 2019) instead of calling a siren metal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from genredesk.core.scores import FloatArray
from genredesk.features import frontend
from genredesk.features.frontend import LIVE_MEL
from genredesk.training.batches import synthetic_speech

COLUMNS = 387
"""Columns of a clip, as in the mel arrays: 30 s."""

RATE = LIVE_MEL.sample_rate
SAMPLES = (COLUMNS - 1) * LIVE_MEL.hop_length + LIVE_MEL.n_fft
FLOOR_DB = -80.0

Rng = np.random.Generator
Sound = NDArray[np.floating]
Maker = Callable[[Rng, int], Sound]
"""Draws a sound of so many samples, at any level."""


def _wander(rng: Rng, n: int, every_s: float, low: float, high: float) -> Sound:
    """Return a curve between ``low`` and ``high`` that turns about every ``every_s`` seconds."""
    points = max(2, round(n / RATE / every_s) + 1)
    return np.interp(
        np.linspace(0, points - 1, n), np.arange(points), rng.uniform(low, high, points)
    )


def _gain(decibel: Sound | float) -> Sound:
    return np.power(10.0, np.asarray(decibel) / 20)


def _log_uniform(rng: Rng, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _size(n: int) -> int:
    """Return a length the FFT is fast at, ``n`` or a little more."""
    return -(-n // 4096) * 4096


def _filtered(sound: Sound, response: Callable[[Sound], Sound]) -> Sound:
    """Send a sound through a magnitude response over Hz."""
    size = _size(len(sound))
    spectrum = np.fft.rfft(sound, size)
    hz = np.arange(len(spectrum), dtype=np.float32) * np.float32(RATE / size)
    spectrum *= response(hz).astype(np.float32, copy=False)
    return np.fft.irfft(spectrum, size)[: len(sound)]


def _convolved(sound: Sound, response: Sound) -> Sound:
    size = _size(len(sound) + len(response))
    spectrum = np.fft.rfft(sound.astype(np.float32, copy=False), size)
    spectrum *= np.fft.rfft(response.astype(np.float32, copy=False), size)
    return np.fft.irfft(spectrum, size)[: len(sound)]


def _coloured(rng: Rng, n: int, slope: float) -> Sound:
    """Return noise whose power falls with frequency to the power of ``slope``, RMS 1."""
    white = rng.standard_normal(n, dtype=np.float32)
    out = _filtered(white, lambda hz: np.maximum(hz, 20.0) ** (-slope / 2))
    return out / np.sqrt(np.mean(out**2))


def _resonant(rng: Rng, sound: Sound, peaks: int, low: float = 80.0, high: float = 6000.0) -> Sound:
    """Colour a sound with some resonances, as bodies and rooms do."""
    centres = np.exp(rng.uniform(np.log(low), np.log(high), peaks))
    widths = centres / rng.uniform(1.5, 12, peaks)
    heights = _gain(rng.uniform(0, 25, peaks))
    shapes = np.stack([centres, widths, heights], axis=1).astype(np.float32)

    def response(hz: Sound) -> Sound:
        out = np.ones_like(hz)
        for centre, width, height in shapes:
            out += height / (1 + ((hz - centre) / width) ** 2)
        return out

    return _filtered(sound, response)


# ------------------------------------------------------------------ noises


def noise(rng: Rng, n: int) -> Sound:
    """Draw white, pink, brown or blue noise, steady or with slow changes of level and colour."""
    slope = float(rng.choice([0.0, 1.0, 2.0, -1.0])) if rng.random() < 0.6 else rng.uniform(-1, 3)
    out = _coloured(rng, n, slope)
    if rng.random() < 0.4:
        share = _wander(rng, n, rng.uniform(2, 10), 0, 1)
        out = out * share + _coloured(rng, n, rng.uniform(-1, 3)) * (1 - share)
    if rng.random() < 0.4:
        out = out * _gain(_wander(rng, n, rng.uniform(1, 8), -25, 0))
    return out


def band_noise(rng: Rng, n: int) -> Sound:
    """Draw noise of one to three bands: air, hiss, rushing, machines behind walls."""
    out = np.zeros(n)
    for _ in range(int(rng.integers(1, 4))):
        centre, octaves = _log_uniform(rng, 60, 8000), rng.uniform(0.1, 2.5)
        white = rng.standard_normal(n, dtype=np.float32)

        def response(hz: Sound, centre: float = centre, octaves: float = octaves) -> Sound:
            return np.exp(-((np.log2(np.maximum(hz, 1) / centre) / octaves) ** 2))

        band = _filtered(white, response)
        out += band / np.std(band) * _gain(_wander(rng, n, rng.uniform(2, 15), -15, 0))
    return out


def weather(rng: Rng, n: int) -> Sound:
    """Draw wind with gusts, or rain: a rushing and its drops."""
    if rng.random() < 0.5:
        low, high = _coloured(rng, n, rng.uniform(2, 3.5)), _coloured(rng, n, rng.uniform(0.5, 1.5))
        gusts = _wander(rng, n, rng.uniform(0.3, 3), 0, 1)
        return low * _gain(20 * gusts - 20) + high * _gain(30 * gusts - 45)
    rush = _coloured(rng, n, rng.uniform(-0.5, 1)) * _gain(_wander(rng, n, 5, -6, 0))
    return rush + _bursts(rng, n, _log_uniform(rng, 10, 300), (0.002, 0.02)) * rng.uniform(1, 8)


# ------------------------------------------------------------------ tones


def _tone(rng: Rng, hz: Sound, level: Sound | float, *, rich: float = 0.5) -> Sound:
    """Return a tone of a pitch that moves; pure, or with falling harmonics below half the rate.

    ``rich`` is how often it has harmonics.
    """
    phase = 2 * np.pi * np.cumsum(hz / RATE) + rng.uniform(0, 2 * np.pi)
    out = np.sin(phase)
    if rng.random() < rich:
        fall, odd = rng.uniform(0.6, 2.2), rng.random() < 0.3
        top = int(min(12, RATE / 2.2 / hz.max()))
        for k in range(3 if odd else 2, top + 1, 2 if odd else 1):
            out += np.sin(k * phase) / k**fall
    return (out * level).astype(np.float32)


def _switch(rng: Rng, n: int, on_s: float, off_s: float) -> Sound:
    """Return an on/off envelope with edges of some milliseconds."""
    at = (np.arange(n) / RATE + rng.uniform(0, on_s + off_s)) % (on_s + off_s)
    edge = min(rng.uniform(0.002, 0.02), on_s / 3)
    return np.clip(at / edge, 0, 1) * np.clip((on_s - at) / edge, 0, 1)


def tone(rng: Rng, n: int) -> Sound:
    """Draw one steady, drifting or wavering tone, or one that jumps to another now and then."""
    start, shape = _log_uniform(rng, 60, 8000), rng.integers(4)
    if shape == 0:
        hz = np.full(n, start)
    elif shape == 1:
        hz = start * 2.0 ** _wander(rng, n, rng.uniform(1, 10), -0.5, 0.5)
    elif shape == 2:
        depth, speed = rng.uniform(0.01, 0.3), rng.uniform(0.2, 8)
        hz = start * 2.0 ** (depth * np.sin(2 * np.pi * speed * np.arange(n) / RATE))
    else:
        every = int(rng.uniform(2, 10) * RATE)
        steps = [_log_uniform(rng, 60, 8000) for _ in range(n // every + 1)]
        hz = np.repeat(steps, every)[:n]
    level = _gain(_wander(rng, n, 4, -12, 0)) if rng.random() < 0.3 else 1.0
    return _tone(rng, np.minimum(hz, 0.45 * RATE), level)


def beeps(rng: Rng, n: int) -> Sound:
    """Draw an alarm: beeps of one or two pitches, alone or in groups."""
    on, off = _log_uniform(rng, 0.04, 1.5), _log_uniform(rng, 0.04, 2)
    level = _switch(rng, n, on, off)
    if rng.random() < 0.4:
        level = level * (_switch(rng, n, 4 * (on + off), rng.uniform(0.5, 3)) > 0.5)
    hz = np.full(n, _log_uniform(rng, 300, 4500))
    if rng.random() < 0.4:
        hz = np.where(_switch(rng, n, on + off, on + off) > 0.5, hz, hz * rng.uniform(0.6, 1.5))
    return _tone(rng, np.minimum(hz, 0.45 * RATE), level)


def siren(rng: Rng, n: int) -> Sound:
    """Draw a siren or sweep: wailing, yelping, two tones, or a chirp that begins again."""
    low = _log_uniform(rng, 150, 1500)
    high = min(low * rng.uniform(1.2, 6), 0.4 * RATE)
    period = _log_uniform(rng, 0.15, 12)
    at = (np.arange(n) / RATE / period + rng.random()) % 1
    shape = rng.integers(4)
    if shape == 0:
        where = 0.5 - 0.5 * np.cos(2 * np.pi * at)
    elif shape == 1:
        where = 1 - np.abs(2 * at - 1)
    elif shape == 2:
        where = (at < rng.uniform(0.3, 0.7)).astype(np.float64)
    else:
        where = at if rng.random() < 0.5 else 1 - at
    hz = low * (high / low) ** where if rng.random() < 0.6 else low + (high - low) * where
    level = _gain(_wander(rng, n, 5, -20, 0)) if rng.random() < 0.5 else 1.0
    return _tone(rng, hz, level, rich=0.75)  # horns: what sounds most like a saxophone


_KEYPAD_HZ = np.array([(a, b) for a in (697, 770, 852, 941) for b in (1209, 1336, 1477)])


def telephone(rng: Rng, n: int) -> Sound:
    """Draw a dial, ringing or busy tone of some country, or somebody who dials."""
    if rng.random() < 0.5:
        pair = ((350, 440), (440, 480), (480, 620), (425, 425), (400, 450))[rng.integers(5)]
        on, off = ((30, 0.01), (2, 4), (0.5, 0.5), (1, 4), (0.25, 0.25))[rng.integers(5)]
        time = np.arange(n) / RATE
        both = np.sin(2 * np.pi * pair[0] * time) + np.sin(2 * np.pi * pair[1] * time)
        return (both * _switch(rng, n, on, off)).astype(np.float32)
    every = int(rng.uniform(0.12, 0.5) * RATE)
    keys = _KEYPAD_HZ[rng.integers(len(_KEYPAD_HZ), size=n // every + 1)]
    out = sum(
        np.sin(2 * np.pi * np.cumsum(np.repeat(keys[:, i], every)[:n] / RATE)) for i in (0, 1)
    )
    return (out * ((np.arange(n) % every) < rng.uniform(0.4, 0.8) * every)).astype(np.float32)


# ------------------------------------------------------------------ machines


def hum(rng: Rng, n: int) -> Sound:
    """Draw mains hum, a fan or a transformer: steady harmonics of a low pitch over a noise."""
    base = float(rng.choice([50.0, 60.0])) if rng.random() < 0.6 else rng.uniform(30, 240)
    time = np.arange(n, dtype=np.float32) / RATE
    out = np.zeros(n, np.float32)
    fall = rng.uniform(0.3, 2)
    for k in range(1, int(rng.integers(2, 30))):
        level = rng.uniform(0.1, 1) / k**fall
        out += np.float32(level) * np.sin(2 * np.pi * base * k * time + rng.uniform(0, 6.28))
    if rng.random() < 0.4:
        out *= 1 + 0.5 * np.sin(2 * np.pi * rng.uniform(0.2, 12) * time)
    return out / np.std(out) + _coloured(rng, n, rng.uniform(0, 2)) * _gain(rng.uniform(-40, 0))


def _bursts(rng: Rng, n: int, per_second: float, decay_s: tuple[float, float]) -> Sound:
    """Return short decaying bursts of noise at random times, as many a second on average."""
    out = np.zeros(n, np.float32)
    count = max(1, int(rng.poisson(per_second * n / RATE)))
    at = rng.integers(0, n, count)
    out[at] = rng.lognormal(0, 0.7, count) * rng.choice([-1, 1], count)
    return _ringing(rng, out, rng.uniform(*decay_s))


def _ringing(rng: Rng, clicks: Sound, decay_s: float) -> Sound:
    """Let every click of a train ring off in the same short, noisy way."""
    length = max(8, int(6 * decay_s * RATE))
    ring = rng.standard_normal(length, dtype=np.float32)
    ring *= np.exp(-np.arange(length) / (decay_s * RATE)).astype(np.float32)
    return _convolved(clicks, ring / np.abs(ring).max())


def clicks(rng: Rng, n: int) -> Sound:
    """Draw clocks, typing, footsteps, crackle or applause: bursts, regular or at random."""
    if rng.random() < 0.5:
        dense = _log_uniform(rng, 0.7, 400)
        out = _bursts(rng, n, dense, (0.0005, 0.02))
    else:
        period = _log_uniform(rng, 0.08, 2)
        beats = np.arange(rng.uniform(0, period), n / RATE - 0.01, period)
        beats = beats + rng.normal(0, 0.01 * period, len(beats))
        train = np.zeros(n, np.float32)
        train[np.clip(beats * RATE, 0, n - 1).astype(np.intp)] = rng.uniform(0.5, 1, len(beats))
        out = _ringing(rng, train, rng.uniform(0.0005, 0.03))
    return _resonant(rng, out, int(rng.integers(1, 5)))


def engine(rng: Rng, n: int) -> Sound:
    """Draw a motor: pulses whose speed wanders, through some resonances, with its wind."""
    speed = _log_uniform(rng, 12, 180) * 2.0 ** _wander(rng, n, rng.uniform(1, 10), -0.6, 0.6)
    at = np.flatnonzero(np.diff(np.floor(np.cumsum(speed / RATE))))
    train = np.zeros(n, np.float32)
    train[at] = rng.normal(1, rng.uniform(0.02, 0.4), len(at))
    motor = _resonant(rng, _ringing(rng, train, rng.uniform(0.001, 0.01)), 4, 60, 2500)
    wind = _coloured(rng, n, rng.uniform(0.5, 2))
    return motor / np.std(motor) + wind * _gain(rng.uniform(-30, 0))


# ------------------------------------------------------------------ voices


def talk(rng: Rng, n: int) -> Sound:
    """Draw one person talking."""
    return synthetic_speech.speak(n, RATE, rng)


def crowd(rng: Rng, n: int) -> Sound:
    """Draw two to twenty people talking at once; a few voices, each from several places."""
    voices = [synthetic_speech.speak(n, RATE, rng) for _ in range(int(rng.integers(2, 4)))]
    out = np.zeros(n, np.float32)
    for _ in range(int(rng.choice([1, 2, 4, 7]))):
        for voice in voices:
            pace = rng.uniform(0.85, 1.18)
            place = (np.arange(n) * pace + rng.integers(n)) % (n - 1)
            out += np.float32(_gain(rng.uniform(-15, 0))) * voice[place.astype(np.intp)]
    return out


FAMILIES: dict[str, Maker] = {
    "talk": talk,
    "noise": noise,
    "siren": siren,
    "crowd": crowd,
    "tone": tone,
    "band noise": band_noise,
    "hum": hum,
    "clicks": clicks,
    "beeps": beeps,
    "engine": engine,
    "weather": weather,
    "telephone": telephone,
}
"""What can be drawn, by name."""

ORDER = ("talk", "noise", "siren", "talk", "tone", "crowd", "band noise", "hum", "talk", "clicks",
         "beeps", "engine", "talk", "weather", "telephone", "siren")  # fmt: skip
"""The families of the clips in turn; speech and sirens more often, as the nearest to music."""


# ------------------------------------------------------------------ clips


def _placed(rng: Rng, sound: Sound) -> Sound:
    """Put a sound into a place: sometimes a room, sometimes a small speaker, most often a noise."""
    sound = sound / max(float(np.abs(sound).max()), 1e-9)
    if rng.random() < 0.4:
        length = int(0.6 * RATE)
        fall = np.exp(-6.9 * np.arange(length) / (rng.uniform(0.15, 0.9) * RATE))
        tail = rng.standard_normal(length, dtype=np.float32) * fall.astype(np.float32)
        tail[0] = rng.uniform(5, 40)
        sound = _convolved(sound, tail)
    if rng.random() < 0.3:
        low, high = _log_uniform(rng, 80, 500), _log_uniform(rng, 3000, 9000)
        sound = _filtered(
            sound, lambda hz: 1 / ((1 + (low / (hz + 1)) ** 4) * (1 + (hz / high) ** 6))
        )
    if rng.random() < 0.8:
        level = np.std(sound) * _gain(rng.uniform(-75, -12))
        sound = sound + level.astype(np.float32) * _coloured(rng, len(sound), rng.uniform(0, 2))
    return sound.astype(np.float32, copy=False)


def sound(index: int, seed: int, n: int = SAMPLES) -> tuple[str, FloatArray]:
    """Draw clip number ``index``.

    Returns
    -------
    (family, samples)
        Its name in :data:`FAMILIES`, and ``(n,)`` at :data:`RATE`, the loudest sample at 0.5. Equal
        for equal arguments, whatever else is drawn.
    """
    rng = np.random.default_rng((seed, index))
    name = ORDER[index % len(ORDER)]
    made = _placed(rng, FAMILIES[name](rng, n))
    return name, (0.5 / max(float(np.abs(made).max()), 1e-9) * made).astype(np.float32)


def iter_pictures(n: int, seed: int = 0) -> Iterator[tuple[str, FloatArray]]:
    """Yield the family and the picture ``(bands, columns)`` of one clip after the other."""
    for index in range(n):
        name, samples = sound(index, seed)
        picture = frontend.columns(LIVE_MEL, samples)[0]
        yield name, np.maximum(picture - picture.max(), np.float32(FLOOR_DB))
