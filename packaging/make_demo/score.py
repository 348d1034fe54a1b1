"""Scores as data: notes in beats, parts that play them, and the human touch.

A piece is written in beats. :func:`timed` turns it into seconds: swing first, then the tempo (which
may breathe), then small deviations of each player, always the same for the same piece.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_LENGTHS = {
    "1": 4.0,
    "2": 2.0,
    "4": 1.0,
    "8": 0.5,
    "16": 0.25,
    "32": 0.125,
    "8t": 1 / 3,
    "4t": 2 / 3,
}
_PITCH = re.compile(r"([A-G])([#b]*)(-?\d)")
_TOKEN = re.compile(r"(?P<what>[^/]+)/(?P<length>\d+t?)(?P<dots>\.*)(?P<mark>[>!,]*)")
_ACCENTS = {">": 14, "!": 24, ",": -16}


@dataclass(frozen=True, slots=True)
class Note:
    """One note: ``start`` and ``length`` in beats, MIDI ``pitch`` and ``velocity``."""

    start: float
    length: float
    pitch: int
    velocity: int


@dataclass(frozen=True, slots=True)
class Control:
    """A controller (MIDI number) set to ``value`` at a beat: pedal 64, expression 11."""

    start: float
    number: int
    value: int


@dataclass(frozen=True, slots=True)
class Part:
    """One player: a General MIDI program (or drum kit), what is played and how it is mixed.

    ``loose`` is the spread of the timing in seconds, ``lean`` a constant delay, ``bend`` a detuning
    in cents; ``effect`` treats the rendered sound, shape ``(samples, 2)``, at 44.1 kHz.
    """

    name: str
    program: int
    notes: Sequence[Note]
    controls: Sequence[Control] = ()
    drums: bool = False
    gain_db: float = 0.0
    pan: float = 0.0
    room: float = 0.2
    loose: float = 0.006
    lean: float = 0.0
    uneven: int = 6
    bend: float = 0.0
    effect: Callable | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A whole piece; ``tempo(beat)`` in beats a minute, ``swing`` where the off-beat eighth lies.

    ``room_s`` is the reverberation time, ``drive`` how hard the limiter of the mix works (dB),
    ``master`` treats the whole mix.
    """

    slug: str
    title: str
    style: str
    tempo: Callable[[float], float]
    beats: float
    parts: Sequence[Part]
    swing: float = 0.5
    room_s: float = 1.2
    tail_s: float = 1.5
    drive: float = 3.0
    master: Callable | None = None
    about: str = ""


def pitch(name: str) -> int:
    """Return the MIDI number of ``C4`` (60), ``Eb3`` or ``F#5``."""
    match = _PITCH.fullmatch(name)
    if match is None:
        raise ValueError(f"{name!r} is no pitch")
    step, signs, octave = match.groups()
    return _STEPS[step] + signs.count("#") - signs.count("b") + 12 * (int(octave) + 1)


def line(text: str, start: float = 0.0, velocity: int = 80, touch: float = 0.92) -> list[Note]:
    """Read a melody: ``C5/8 Eb5/4.> r/4 C4+E4+G4/2``, bar lines ``|`` are ignored.

    ``touch`` is the share of its length that a note sounds; ``>`` and ``!`` accent, ``,`` softens.
    """
    notes = []
    beat = start
    for item in text.split():
        if item == "|":
            continue
        match = _TOKEN.fullmatch(item)
        if match is None:
            raise ValueError(f"{item!r} is no note")
        length = _LENGTHS[match["length"]] * (2 - 0.5 ** len(match["dots"]))
        loud = velocity + sum(_ACCENTS[mark] for mark in match["mark"])
        if match["what"] != "r":
            notes += [
                Note(beat, length * touch, pitch(name), loud) for name in match["what"].split("+")
            ]
        beat += length
    return notes


def chord(names: str, start: float, length: float, velocity: int, roll: float = 0.0) -> list[Note]:
    """Return ``C4 E4 G4`` struck together, or rolled upwards by ``roll`` beats a note."""
    return [
        Note(start + i * roll, length - i * roll, pitch(name), velocity)
        for i, name in enumerate(names.split())
    ]


def hits(pattern: str, drum: int, start: float, velocity: int, step: float = 0.25) -> list[Note]:
    """Read a drum pattern, a character a step: ``x`` hit, ``X`` accent, ``o`` soft, ``.`` rest."""
    loud = {"x": velocity, "X": velocity + 18, "o": velocity - 34}
    characters = pattern.replace(" ", "").replace("|", "")
    return [
        Note(start + i * step, step * 0.9, drum, loud[c])
        for i, c in enumerate(characters)
        if c in loud
    ]


def moved(
    notes: Iterable[Note], beats: float = 0.0, semitones: int = 0, louder: int = 0
) -> list[Note]:
    """Return the notes later, higher or louder."""
    return [
        replace(n, start=n.start + beats, pitch=n.pitch + semitones, velocity=n.velocity + louder)
        for n in notes
    ]


def swung(beat: float, off_beat: float) -> float:
    """Return where a beat falls when the off-beat eighth lies at ``off_beat`` (0.5: even)."""
    whole, part = divmod(beat, 1.0)
    warped = part * off_beat / 0.5 if part < 0.5 else off_beat + (part - 0.5) * (1 - off_beat) / 0.5
    return whole + warped


def clock(piece: Piece) -> Callable[[float], float]:
    """Return the function from beats to seconds: the tempo summed up in steps of 1/48 beat."""
    grid = 48
    times = [0.0]
    for step in range(int((piece.beats + 16) * grid)):
        times.append(times[-1] + 60 / piece.tempo((step + 0.5) / grid) / grid)

    def seconds(beat: float) -> float:
        place = max(0.0, swung(beat, piece.swing) * grid)
        index = min(int(place), len(times) - 2)
        return times[index] + (times[index + 1] - times[index]) * (place - index)

    return seconds


def timed(piece: Piece, part: Part) -> list[Note]:
    """Return a part's notes with start and length in seconds, played by a human."""
    seconds = clock(piece)
    chance = random.Random(f"{piece.slug}/{part.name}")  # noqa: S311 - music, not secrets
    drift = 0.0
    played = []
    for note in sorted(part.notes, key=lambda n: (n.start, n.pitch)):
        drift = 0.8 * drift + chance.gauss(0, part.loose * 0.4)
        start = seconds(note.start)
        length = seconds(note.start + note.length) - start
        start += part.lean + drift + chance.gauss(0, part.loose)
        velocity = round(note.velocity + chance.gauss(0, part.uneven))
        played.append(
            Note(max(0.0, start), max(0.03, length), note.pitch, min(127, max(1, velocity)))
        )
    return played
