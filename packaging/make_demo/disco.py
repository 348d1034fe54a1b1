"""Four on the floor: octave bass, scratchy guitar, strings that sweep in on the upbeat."""

from __future__ import annotations

from score import Note, Part, Piece, chord, hits, line, moved
from sound import band, peak, squash

TEMPO = 118.0
BARS = 12
BEATS = BARS * 4.0

# One chord a bar: root of the bass, then the voicing of guitar and keys.
CHANGES = [
    ("A1", "C4 E4 G4"), ("D2", "C4 F#4 A4"), ("G1", "B3 D4 F#4"), ("C2", "B3 E4 G4"),
    ("F#1", "A3 C4 E4"), ("B1", "A3 D#4 F#4"), ("E2", "B3 D4 G4"), ("E2", "B3 D4 G#4"),
    ("A1", "C4 E4 G4"), ("D2", "C4 F#4 A4"), ("G1", "B3 D4 F#4"), ("E2", "B3 D4 G#4"),
]  # fmt: skip

STRINGS = """
 r/1 | r/2 r/8 E5/16 F#5/16 G5/16 A5/16 B5/16 C6/16 | D6/4.> B5/8 A5/8 G5/8 F#5/8 D5/8
 | E5/4 G5/4 B5/4. C6/8
 | A5/2 r/8 C6/8 B5/8 A5/8 | D#6/4> B5/8 A5/8 F#5/4 r/8 A5/8 | G5/4. F#5/8 G5/8 A5/8 B5/8 D6/8
 | E6/2> D6/16 B5/16 G#5/16 E5/16 D5/16 B4/16 G#4/16 E4/16
 | C6/4.> A5/8 E5/8 G5/8 A5/8 C6/8 | F#6/4> E6/8 D6/8 C6/4 A5/4 | B5/4. D6/8 G6/4> F#6/8 D6/8
 | E6/4> D6/8 B5/8 G#5/4 r/4
"""
BRASS = [(6, 2.5), (6, 3.0), (7, 0.0), (7, 1.5), (10, 3.5), (11, 0.5), (11, 2.0)]


def bass() -> list[Note]:
    """Octaves in eighths with a run into the next bar."""
    notes: list[Note] = []
    for bar, (root, _) in enumerate(CHANGES):
        low = line(f"{root}/8", 0, 0)[0].pitch
        after = line(f"{CHANGES[(bar + 1) % BARS][0]}/8", 0, 0)[0].pitch
        steps = [0, 12, 0, 12, 0, 12, 0, 12]
        for i, up in enumerate(steps):
            at = bar * 4 + i / 2
            loud = 104 if i % 2 == 0 else 92
            notes.append(Note(at, 0.3 if i % 2 else 0.42, low + up, loud))
        notes.append(Note(bar * 4 + 3.25, 0.2, low + 7, 84))
        notes.append(Note(bar * 4 + 3.75, 0.2, after + (1 if after < low else -1) + 12, 90))
    return [*notes, Note(BEATS, 2.0, 33, 108)]


def guitar() -> list[Note]:
    """Sixteenths, mostly muted, the chord let through on a syncopated pattern."""
    notes: list[Note] = []
    pattern = "o.xoo.xxo.xoXoxo"
    for bar, (_, names) in enumerate(CHANGES):
        for i, mark in enumerate(pattern):
            if mark == ".":
                continue
            length, loud = (0.07, 46) if mark == "o" else (0.2, 84 if mark == "x" else 98)
            notes += moved(chord(names, bar * 4 + i / 4, length, loud), semitones=12)
    return notes


def keys() -> list[Note]:
    """Electric piano: long chords, pushed by an eighth."""
    notes: list[Note] = []
    for bar, (_, names) in enumerate(CHANGES):
        notes += chord(names, bar * 4 + (0 if bar == 0 else -0.5), 1.9, 68)
        notes += chord(names, bar * 4 + 2.5, 0.8, 60)
    return [*notes, *chord("A3 C4 E4 G4 B4", BEATS, 2.5, 78)]


def brass() -> list[Note]:
    """Stabs."""
    notes: list[Note] = []
    for bar, beat in BRASS:
        notes += moved(chord(CHANGES[bar][1], bar * 4 + beat, 0.3, 100), semitones=12)
    return [*notes, *chord("A4 C5 E5 G5", BEATS, 0.5, 108)]


def drums() -> list[Note]:
    """Kick on every beat, open hi-hat between, claps on two and four, a tambourine on top."""
    kick, snare, clap, closed, open_, tambourine, crash, conga_high, conga_low = (
        36, 40, 39, 42, 46, 54, 49, 62, 64,
    )  # fmt: skip
    notes: list[Note] = []
    for bar in range(BARS):
        at = bar * 4.0
        notes += hits("X...X...X...X...", kick, at, 104)
        notes += hits("..X...X...X...X.", open_, at, 82)
        notes += hits("x..xx..xx..xx..x", closed, at, 66)
        notes += hits("....X.......X...", snare, at, 98)
        notes += hits("....x.......x...", clap, at, 92)
        if bar >= 4:
            notes += hits("x.x.x.x.x.x.x.x.", tambourine, at, 62)
        notes += hits("..xo..x...xo.x..", conga_high, at, 66)
        notes += hits("x.......x....o..", conga_low, at, 66)
    for bar in (0, 4, 8):
        notes += hits("X", crash, bar * 4.0, 88)
    fill = [38, 38, 48, 48, 45, 45, 43, 43]
    for start in (14.0, 30.0, 46.0):
        notes += [Note(start + i / 4, 0.2, drum, 84 + 3 * i) for i, drum in enumerate(fill)]
    return [*notes, *hits("X", kick, BEATS, 108), *hits("X", crash, BEATS, 96)]


def piece() -> Piece:
    """Return the piece."""
    strings = line(STRINGS, 0, 92, 0.95)
    return Piece(
        slug="mirror-ball",
        title="Mirror Ball",
        style="disco",
        tempo=lambda _: TEMPO,
        beats=BEATS + 2,
        room_s=1.3,
        tail_s=1.5,
        drive=5.0,
        parts=[
            Part("bass", 33, bass(), gain_db=3.0, room=0.02, loose=0.004,
                 effect=lambda s: squash(peak(s, 800, 4), -22, 4)),
            Part("guitar", 27, guitar(), gain_db=2.0, pan=-0.6, room=0.12, loose=0.004,
                 effect=lambda s: squash(peak(band(s, 300), 2500, 5), -26, 3)),
            Part("electric piano", 4, keys(), gain_db=-2.0, pan=0.45, room=0.2),
            Part("violins", 48, strings, gain_db=1.0, pan=0.2, room=0.4, loose=0.008),
            Part("violins below", 49, moved(strings, semitones=-12, louder=-8), gain_db=-2.0,
                 pan=-0.25, room=0.4, loose=0.012),
            Part("brass", 61, brass(), gain_db=-3.0, pan=0.3, room=0.3),
            Part("drums", 0, drums(), drums=True, gain_db=4.5, room=0.1, loose=0.003,
                 effect=lambda s: squash(s, -16, 3)),
        ],
        about="Four on the floor, in A minor.",
    )  # fmt: skip
