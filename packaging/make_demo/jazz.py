"""A chorus of blues in F for muted trumpet and trio, with the ending every big band knows."""

from __future__ import annotations

from score import Control, Note, Part, Piece, chord, hits, line
from sound import Sound, band, peak

BEATS = 56.0

# The trumpet: one chorus of the changes with alterations, phrases that breathe, then the ending.
MELODY = """
 r/8 C5/8 Eb5/8 E5/8> A5/8 F5/8 r/8 D5/8 | F5/4> D5/8 Bb4/8> r/4 r/8 C5/8
 | Eb5/8t F5/8t Eb5/8t C5/8 A4/8> r/8 C5/8> r/4 | r/8 G4/8 Bb4/8 D5/8 Eb5/8 C5/8 A4/8 Gb4/8
 | F4/8 Ab4/8 D5/4> r/8 F5/8 Ab5/8 G5/8 | F5/8 D5/8 B4/8 Ab4/8 B4/8 D5/8 F5/8 Ab5/8
 | A5/4.> C6/8> r/8 A5/8 F5/8 C5/8 | E5/8 C5/8 A4/8 C5/8 Bb4/8 F#4/8 A4/8 Eb5/8
 | D5/8> Bb4/8 r/4 r/8 G4/8 Bb4/8 D5/8 | F5/8t G5/8t F5/8t E5/8 Db5/8 Bb4/8 G4/8 A4/8 Bb4/8
 | C5/8 Eb5/8 C5/8 A4/8> r/8 F#4/8 A4/8 C5/8 | Bb4/8> D5/8 F5/8 A5/8 G5/8 E5/8 Db5/8 Bb4/8
 | A4/4.> r/8 r/2 | r/1 | D5/1
"""

# The piano: voicings without roots, (bar, beat, length, chord).
COMPING = [
    (0, 0, 1.2, "Eb3 A3 D4"), (0, 1.5, 0.5, "Eb3 A3 D4"), (1, 0.5, 0.5, "D3 Ab3 C4"),
    (1, 2.5, 1.0, "D3 Ab3 C4"), (2, 1, 0.4, "Eb3 A3 D4"), (2, 2.5, 0.9, "Eb3 A3 D4"),
    (3, 0, 0.6, "Eb3 Bb3 D4"), (3, 1.5, 0.5, "Eb3 A3 Db4"), (3, 3.5, 1.2, "D3 Ab3 C4"),
    (4, 1.5, 0.5, "D3 Ab3 C4"), (4, 3, 0.5, "D3 Ab3 C4"), (5, 0.5, 0.5, "D3 Ab3 B3"),
    (5, 2, 1.2, "D3 Ab3 B3"), (6, 0, 0.5, "Eb3 A3 D4"), (6, 1.5, 1.0, "Eb3 A3 D4"),
    (7, 0, 0.7, "G3 C4 E4"), (7, 1.5, 1.0, "F#3 C4 Eb4"), (8, 0.5, 0.5, "F3 Bb3 D4"),
    (8, 1.5, 0.5, "F3 Bb3 D4"), (8, 3.5, 0.9, "E3 Bb3 D4"), (9, 1.5, 0.5, "E3 Bb3 Db4"),
    (9, 3, 0.4, "E3 Bb3 Db4"), (10, 0, 0.5, "Eb3 A3 D4"), (10, 1.5, 0.9, "F#3 C4 Eb4"),
    (11, 0, 0.5, "F3 Bb3 D4"), (11, 1.5, 0.4, "E3 Bb3 Db4"), (11, 3, 0.5, "E3 Bb3 D4"),
]  # fmt: skip

WALK = """
 F2/4> A2/4 C3/4 B2/4 | Bb2/4 Ab2/4 G2/4 Gb2/4 | F2/4> G2/4 A2/4 Bb2/4 | C3/4 Bb2/4 A2/4 F2/4
 | Bb2/4> D3/4 F3/4 D3/4 | B2/4 D3/4 Ab2/4 B2/4 | C3/4> A2/4 F2/4 Gb2/4 | A2/4 G2/4 F#2/4 Ab2/4
 | G2/4> Bb2/4 D3/4 Db3/4 | C3/4 G2/4 E2/4 C3/4 | F2/4> A2/4 D3/4 C3/4 | G2/4 D3/4 C3/4 E2/4
"""

# The ending: three light chords high up, one low note as an answer.
LAST = [(50.5, "C5 F5 A5 D6"), (51.5, "C#5 F#5 A#5 D#6"), (52.0, "C5 F5 A5 D6")]


def piano() -> list[Note]:
    """Comment on the song, and have the last word."""
    notes: list[Note] = []
    for bar, beat, length, names in COMPING:
        notes += chord(names, bar * 4 + beat, length, 58 if beat % 1 else 64)
    for start, names in LAST:
        notes += chord(names, start, 0.4 if start < 52 else 3.0, 84)
    return [*notes, *chord("Eb3 A3 D4", 48, 1.4, 66), *chord("F3 A3 D4", 52, 3.0, 58)]


def bass() -> list[Note]:
    """Walk through the changes; now and then a skipped eighth pushes the time on."""
    notes = line(WALK, velocity=92, touch=0.93)
    for bar in (1, 3, 7, 9):
        notes.append(Note(bar * 4 + 3.5, 0.25, notes[bar * 4 + 3].pitch + 12, 52))
    return [*notes, *line("F2/4.> r/8 r/2 F2/4!", 48, 92, 1.0), Note(52.0, 3.5, 29, 96)]


def drums() -> list[Note]:
    """Ride cymbal, hi-hat on two and four, a feathered bass drum, comments on the snare."""
    ride, pedal, kick, snare, crash = 51, 44, 36, 38, 49
    notes: list[Note] = []
    for bar in range(12):
        at = bar * 4.0
        notes += hits("x.X.x.X." if bar % 4 == 3 else "x.Xxx.Xx", ride, at, 74, 0.5)
        notes += hits("..x...x.", pedal, at, 78, 0.5)
        notes += hits("x.x.x.x.", kick, at, 34, 0.5)
    comments = [".......x", "...x....", ".....x.x", "...x..x.", ".x......", "...x.x.."]
    for bar in range(11):
        notes += hits(comments[bar * 5 % 6], snare, bar * 4.0, 46 + 6 * (bar % 3), 0.5)
    notes += [Note(44 + i / 3, 0.3, drum, 50 + 5 * i) for i, drum in
              enumerate([38, 38, 48, 38, 48, 45, 38, 45, 41, 38, 41, 36])]  # fmt: skip
    notes += [*hits("X", crash, 48, 74), *hits("x", kick, 48, 80), *hits("xx", pedal, 49, 60, 2)]
    return [*notes, *hits("x", kick, 52, 84), *hits("x", ride, 52, 78), *hits("o", crash, 52, 74)]


def soft(sound: Sound) -> Sound:
    """Take the edge off the cymbals, as a ribbon microphone would."""
    return peak(band(sound, None, 9000, 1), 7000, -4, 0.5)


def piece() -> Piece:
    """Return the piece."""
    return Piece(
        slug="blue-lamp",
        title="Blue Lamp",
        style="jazz",
        tempo=lambda beat: 144 if beat < 49 else 134,
        beats=BEATS,
        swing=0.635,
        room_s=1.0,
        parts=[
            Part("trumpet", 59, line(MELODY, velocity=90, touch=0.9), gain_db=2.0, pan=0.1,
                 room=0.3, loose=0.007, lean=0.014),
            Part("piano", 0, piano(), [Control(0, 64, 0)], gain_db=5.0, pan=-0.3, room=0.22,
                 loose=0.008, lean=0.006),
            Part("bass", 32, bass(), gain_db=2.5, pan=0.05, room=0.1, loose=0.006),
            Part("drums", 32, drums(), drums=True, gain_db=1.0, pan=0.15, room=0.22, loose=0.005,
                 uneven=7, effect=soft),
        ],
        about="Blues in F for muted trumpet, piano, bass and drums.",
    )  # fmt: skip
