"""From score to sound: fluidsynth plays each part, numpy does what a studio does afterwards.

Every part is rendered alone and dry, treated (amplifier, equaliser), placed and given its share of
one room; the sum is limited, brought to a common loudness and written as OGG Vorbis.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import mido
import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy import signal
from score import Note, Part, Piece, clock, timed

RATE = 44_100
SOUND_FONTS = (
    "/usr/share/sounds/sf2/FluidR3_GM.sf2",  # Debian's fluid-soundfont-gm, MIT licence
    "/usr/share/soundfonts/FluidR3_GM.sf2",
)
LOUDNESS_DB = -16.0  # RMS of the loud half of a piece
PEAK_DB = -1.0

Sound = NDArray[np.float64]
"""Stereo sound, shape ``(samples, 2)``."""

_TICKS = 960  # a beat; at 120 beats a minute a second has 1920
_DRUM_CHANNEL = 9


def sound_font() -> str:
    """Return the path of the sound font."""
    for path in SOUND_FONTS:
        if Path(path).is_file():
            return path
    raise SystemExit("The sound font FluidR3_GM.sf2 is missing: sh packaging/system-deps demo")


def midi(part: Part, notes: Sequence[Note], seconds: Callable[[float], float]) -> mido.MidiFile:
    """Return one part as a MIDI file; ``notes`` are in seconds already."""
    channel = _DRUM_CHANNEL if part.drums else 0
    events: list[tuple[float, int, mido.Message]] = [
        (0.0, 0, mido.Message("program_change", channel=channel, program=part.program))
    ]
    if part.bend:
        wheel = round(part.bend / 200 * 8192)
        events.append((0.0, 1, mido.Message("pitchwheel", channel=channel, pitch=wheel)))
    for control in part.controls:
        message = mido.Message(
            "control_change", channel=channel, control=control.number, value=control.value
        )
        events.append((seconds(control.start), 2, message))
    for note in notes:
        on = mido.Message("note_on", channel=channel, note=note.pitch, velocity=note.velocity)
        off = mido.Message("note_off", channel=channel, note=note.pitch, velocity=0)
        events += [(note.start, 4, on), (note.start + note.length, 3, off)]
    track = mido.MidiTrack()
    now = 0
    for at, _, message in sorted(events, key=lambda event: event[:2]):
        tick = round(at * 2 * _TICKS)
        track.append(message.copy(time=tick - now))
        now = tick
    return mido.MidiFile(type=0, ticks_per_beat=_TICKS, tracks=[track])


def play(part: Part, piece: Piece, samples: int) -> Sound:
    """Render one part dry, shape ``(samples, 2)``."""
    with tempfile.TemporaryDirectory() as folder:
        score = Path(folder) / "part.mid"
        wav = Path(folder) / "part.wav"
        midi(part, timed(piece, part), clock(piece)).save(score)
        options = ["synth.reverb.active=0", "synth.chorus.active=0", "synth.polyphony=512"]
        command = ["fluidsynth", "-ni", "-q", "-r", str(RATE), "-g", "0.5", "-O", "float"]
        for option in options:
            command += ["-o", option]
        subprocess.run(
            [*command, "-F", str(wav), sound_font(), str(score)], check=True, capture_output=True
        )
        sound, _ = soundfile.read(wav, always_2d=True)
    out = np.zeros((samples, 2))
    kept = min(samples, len(sound))
    out[:kept] = sound[:kept]
    return out


def band(
    sound: Sound, low: float | None = None, high: float | None = None, order: int = 2
) -> Sound:
    """Keep what lies between ``low`` and ``high`` Hz."""
    if low:
        sound = signal.sosfilt(
            signal.butter(order, low, "highpass", fs=RATE, output="sos"), sound, 0
        )
    if high:
        sound = signal.sosfilt(
            signal.butter(order, high, "lowpass", fs=RATE, output="sos"), sound, 0
        )
    return np.asarray(sound)


def peak(sound: Sound, hertz: float, db: float, q: float = 1.0) -> Sound:
    """Raise or lower a band around ``hertz`` (Bristow-Johnson's peaking equaliser)."""
    amplitude = 10 ** (db / 40)
    w = 2 * np.pi * hertz / RATE
    alpha = np.sin(w) / (2 * q)
    b = np.array([1 + alpha * amplitude, -2 * np.cos(w), 1 - alpha * amplitude])
    a = np.array([1 + alpha / amplitude, -2 * np.cos(w), 1 - alpha / amplitude])
    return np.asarray(signal.lfilter(b / a[0], a / a[0], sound, axis=0))


def amplifier(gain_db: float, tone_hz: float = 4800.0) -> Callable[[Sound], Sound]:
    """Return a guitar amplifier: tight low end, two stages of valves, a loudspeaker cabinet."""

    def play_through(sound: Sound) -> Sound:
        mono = sound.mean(axis=1, keepdims=True)
        mono /= np.abs(mono).max() + 1e-9
        tight = peak(band(mono, 80, 6000), 800, 4, 0.6)
        once = np.tanh(10 ** (gain_db / 20) * tight + 0.08)
        twice = np.tanh(3.0 * band(once, 120, 6500))
        cabinet = band(twice, 85, tone_hz, 4)
        cabinet = peak(peak(peak(cabinet, 120, 4), 450, -3, 0.9), 3800, 9, 0.6)
        return np.repeat(cabinet * 0.3, 2, axis=1)

    return play_through


def squash(sound: Sound, threshold_db: float, ratio: float, release_s: float = 0.12) -> Sound:
    """Compress: level followed with an immediate attack and an exponential release."""
    step = 32
    blocks = len(sound) // step + 1
    padded = np.zeros((blocks * step, 2))
    padded[: len(sound)] = sound
    levels = np.abs(padded).max(axis=1).reshape(blocks, step).max(axis=1)
    fall = np.exp(-step / (release_s * RATE))
    followed = np.empty(blocks)
    held = 0.0
    for i, level in enumerate(levels):
        held = max(level, held * fall)
        followed[i] = held
    over = np.maximum(0.0, 20 * np.log10(followed + 1e-9) - threshold_db)
    gain_db = -over * (1 - 1 / ratio)
    places = np.arange(len(sound)) / step
    return sound * (10 ** (np.interp(places, np.arange(blocks), gain_db) / 20))[:, None]


def room(seconds: float) -> Sound:
    """Return the impulse response of a room: noise that decays, its treble faster; 60 dB down."""
    chance = np.random.default_rng(7)
    samples = int(seconds * 1.1 * RATE)
    time = np.arange(samples) / RATE
    noise = chance.standard_normal((samples, 2))
    bright = band(noise, 250, 9000) * 10 ** (-3 * time / (0.55 * seconds))[:, None]
    dark = band(noise, 180, 2200) * 10 ** (-3 * time / seconds)[:, None]
    response = (bright + 1.4 * dark) * np.minimum(1, time / 0.012)[:, None]
    return response / np.sqrt((response**2).sum(axis=0))


def placed(sound: Sound, pan: float) -> Sound:
    """Place a sound between left (-1) and right (+1) with equal power."""
    angle = (pan + 1) * np.pi / 4
    return sound * np.array([np.cos(angle), np.sin(angle)]) * np.sqrt(2)


def limited(sound: Sound, peak_db: float) -> Sound:
    """Keep every peak under ``peak_db`` with 5 ms of foresight and a soft return."""
    ceiling = 10 ** (peak_db / 20)
    ahead = int(0.005 * RATE)
    level = np.abs(sound).max(axis=1)
    need = np.minimum(1.0, ceiling / np.maximum(level, 1e-9))
    held = -np.asarray(_running_max(-need, 2 * ahead + 1))
    window = signal.windows.hann(2 * ahead + 1)
    gain = signal.fftconvolve(np.pad(held, ahead, mode="edge"), window / window.sum(), "valid")
    return sound * np.minimum(gain, need)[:, None]


def _running_max(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    from scipy.ndimage import maximum_filter1d

    return maximum_filter1d(values, width)


def mixed(piece: Piece) -> Sound:
    """Render, treat and mix a whole piece, shape ``(samples, 2)``."""
    samples = int((clock(piece)(piece.beats) + piece.tail_s) * RATE)
    dry = np.zeros((samples, 2))
    wet = np.zeros((samples, 2))
    for part in piece.parts:
        sound = play(part, piece, samples)
        if part.effect:
            sound = part.effect(sound)
        sound = placed(sound, part.pan) * 10 ** (part.gain_db / 20)
        dry += sound
        wet += sound * part.room
    echo = signal.fftconvolve(wet, room(piece.room_s), axes=0)[:samples]
    mix = dry + echo
    return finished(piece.master(mix) if piece.master else mix, piece)


def finished(mix: Sound, piece: Piece) -> Sound:
    """Bring a mix to the common loudness under the common peak, with a fade at its end."""
    mix = band(mix, 28)
    blocks = mix[: len(mix) // RATE * RATE].reshape(-1, RATE, 2)
    loudness = np.sort(np.sqrt((blocks**2).mean(axis=(1, 2))))
    loud = loudness[len(loudness) // 2 :].mean()
    mix = mix * 10 ** ((LOUDNESS_DB + piece.drive) / 20) / loud
    mix = limited(mix, PEAK_DB - 0.7) * 10 ** (-piece.drive / 40)  # room for what Vorbis adds
    fade = int(0.4 * RATE)
    mix[-fade:] *= np.cos(np.linspace(0, np.pi / 2, fade))[:, None] ** 2
    return mix


def write(sound: Sound, piece: Piece, path: Path) -> None:
    """Write OGG Vorbis at about quality 4, with title and genre in its tags."""
    with soundfile.SoundFile(
        path, "w", RATE, 2, format="OGG", subtype="VORBIS", compression_level=0.6
    ) as file:
        file.title = piece.title
        file.artist = "GenreDesk"
        file.album = "GenreDesk demo"
        file.genre = piece.style
        file.license = "GPL-3.0-or-later"
        file.comment = piece.about
        for start in range(0, len(sound), RATE):  # libsndfile's encoder dislikes very long writes
            file.write(sound[start : start + RATE])
