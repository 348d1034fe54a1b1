"""A nocturne of eight bars: a song in the right hand, broken chords, strings that join in."""

from __future__ import annotations

import math

from score import Control, Note, Part, Piece, line, pitch

BARS = 8
BAR = 3.0  # beats (quarters) in a bar of 6/8

MELODY = """
 r/4. Bb4/4 D5/8 | G5/4. F5/8 G5/8 Eb5/8 | Eb5/4. C5/4 Eb5/8 | Ab5/4. G5/8 F5/8 C5/8
 | D5/4 F5/8 Bb5/4 Ab5/8 | G5/4. D6/4 B5/8 | C6/4. Cb6/4 Ab5/8 | G5/4 Bb5/8 G5/8 F5/8 D5/8 | Eb5/2.
"""
# Two halves a bar, each three eighths of the left hand.
BROKEN = [
    "Eb2 Bb2 G3", "Eb3 Bb2 G3",
    "Eb2 Bb2 G3", "Eb3 Bb2 Eb3",
    "C2 G2 Eb3", "Bb2 G2 Eb3",
    "F2 C3 Ab3", "Eb3 C3 Ab3",
    "Bb1 F2 D3", "Ab2 F2 D3",
    "G2 Eb3 Bb3", "B2 F3 G3",
    "C3 G3 Eb4", "Ab2 Eb3 Cb4",
    "Bb2 G3 Eb3", "Bb1 F3 Ab3",
]  # fmt: skip
STRINGS = [
    (15.0, 1.5, "Eb4 G4 Bb4"), (16.5, 1.5, "F4 G4 B4"), (18.0, 1.5, "Eb4 G4 C5"),
    (19.5, 1.5, "Eb4 Ab4 Cb5"), (21.0, 1.5, "Eb4 G4 Bb4"), (22.5, 1.5, "D4 F4 Ab4"),
    (24.0, 4.5, "Bb3 Eb4 G4"),
]  # fmt: skip
CELLO = "G2/4. B2/4. C3/4. Ab2/4. Bb2/2. Eb2/2. r/4."
BASS = [(0.0, 3.0, "Eb2")]


def tempo(beat: float) -> float:
    """Breathe with the phrases of four bars, and slow down at the end."""
    phrase = math.sin(math.pi * ((beat - 3) % 12) / 12)
    return (66 + 9 * phrase) * (1 if beat < 21.5 else max(0.55, 1 - 0.1 * (beat - 21.5)))


def shaped(notes: list[Note]) -> list[Note]:
    """Let the loudness follow the line: higher and in mid-phrase is louder."""
    out = []
    for n in notes:
        phrase = math.sin(math.pi * ((n.start - 3) % 12) / 12)
        loud = n.velocity + 12 * phrase + 0.5 * (n.pitch - 75)
        out.append(Note(n.start, n.length, n.pitch, round(loud)))
    return out


def left() -> list[Note]:
    """The broken chords, soft, their lowest notes a little stronger, and the last chord."""
    notes = []
    for half, names in enumerate(BROKEN):
        for i, name in enumerate(names.split()):
            at = half * 1.5 + i * 0.5
            notes.append(Note(at, 0.55, pitch(name), 52 if i == 0 and half % 2 == 0 else 42))
    roll = "Eb2 Bb2 G3 Bb3 Eb4 G4"
    notes += [
        Note(24 + i * 0.25, 4 - i * 0.25, pitch(n), 44 - i) for i, n in enumerate(roll.split())
    ]
    return [*notes, Note(26.0, 2.5, pitch("Eb6"), 40), Note(26.25, 2.25, pitch("G6"), 36)]


def pedal() -> list[Control]:
    """A fresh pedal with every half bar, held through the last chord."""
    presses = []
    for half in range(BARS * 2):
        presses += [Control(half * 1.5 + 0.06, 64, 127), Control(half * 1.5 + 1.48, 64, 0)]
    return [*presses, Control(24.05, 64, 127)]


def swell(start: float, top: float, end: float) -> list[Control]:
    """Expression from nothing to its height and back."""
    steps = []
    for i in range(41):
        at = start + (end - start) * i / 40
        rise = (at - start) / (top - start) if at < top else (end - at) / (end - top)
        steps.append(Control(at, 11, round(30 + 80 * max(0.0, rise))))
    return steps


def piece() -> Piece:
    """Return the piece."""
    strings = [
        Note(at, length * 1.04, pitch(name), 58)
        for at, length, names in STRINGS
        for name in names.split()
    ]
    return Piece(
        slug="window-seat",
        title="Window Seat",
        style="classical",
        tempo=tempo,
        beats=28.0,
        room_s=2.6,
        tail_s=2.0,
        drive=0.0,
        parts=[
            Part("song", 0, shaped(line(MELODY, velocity=72, touch=1.0)), pedal(), gain_db=1.5,
                 pan=0.12, room=0.3, loose=0.010, uneven=3),
            Part("broken chords", 0, left(), pedal(), pan=-0.12, room=0.3, loose=0.008, uneven=3),
            Part("strings", 48, strings, swell(15, 20, 28.5), gain_db=-2.5, room=0.5, uneven=2),
            Part("cello", 42, line(CELLO, 15, 62, 1.03), swell(15, 20, 27.5), gain_db=-4.0, pan=0.3,
                 room=0.5, uneven=2),
        ],
        about="A nocturne in E flat for piano and strings.",
    )  # fmt: skip
