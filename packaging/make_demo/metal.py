"""A galloping riff in E for two guitars through loud amplifiers, with a harmonised lead."""

from __future__ import annotations

from score import Note, Part, Piece, chord, hits, line, moved, pitch
from sound import Sound, amplifier, band, peak, squash

BEATS = 64.0
TEMPO = 164.0

# One bar of sixteenths: g gallop on the low E (palm-muted), others are power chords by their root.
RIFF_A = [
    "E . E E E . E E G - - - F# - - -",
    "E . E E E . E E Bb - - - A - G -",
    "E . E E E . E E G - - - F# - - -",
    "E . E E E . E E D - - - D# - - -",
]
RIFF_B = [
    "C - - - . C C C C - - - D - - -",
    "E - - - . E E E E . E E E . E E",
    "C - - - . C C C C - - - G - - -",
    "B - - - . B B B D# - - - F# - - -",
]
LOW = {"E": 40, "F#": 42, "G": 43, "A": 45, "Bb": 46, "B": 47, "C": 48, "D": 50, "D#": 51}

LEAD = """
 G5/4. E5/8 G5/4 A5/4 | B5/2 A5/8 G5/8 F#5/8 E5/8 | G5/4. C6/8 B5/4 G5/4
 | F#5/4. D#5/8 F#5/8 A5/8 B5/8 D#6/8
 | E6/4. B5/8 G5/4 E6/4 | D6/8 B5/8 G5/8 B5/8 E6/2 | E6/4. D6/8 C6/4 G5/4
 | F#5/8 A5/8 B5/8 D#6/8 F#6/8 D#6/8 B5/8 A5/8
"""
SECOND = """
 E5/4. C5/8 E5/4 F#5/4 | G5/2 F#5/8 E5/8 D5/8 B4/8 | E5/4. G5/8 G5/4 E5/4
 | D#5/4. B4/8 D#5/8 F#5/8 G5/8 B5/8
 | C6/4. G5/8 E5/4 C6/4 | B5/8 G5/8 E5/8 G5/8 B5/2 | C6/4. B5/8 G5/4 E5/4
 | D#5/8 F#5/8 G5/8 B5/8 D#6/8 B5/8 G5/8 F#5/8
"""


def riff(bars: list[str], start: float) -> tuple[list[Note], list[Note], list[Note]]:
    """Return (held power chords, palm-muted notes, bass) of a riff; ``-`` holds, ``.`` rests."""
    held: list[Note] = []
    muted: list[Note] = []
    bass: list[Note] = []
    for bar, text in enumerate(bars):
        steps = text.split()
        for i, name in enumerate(steps):
            if name in "-.":
                continue
            at = start + bar * 4 + i / 4
            length = 1
            while i + length < 16 and steps[i + length] == "-":
                length += 1
            root = LOW[name]
            bass.append(Note(at, length / 4 * 0.95, root - 12, 104 if i % 4 == 0 else 92))
            if length == 1:
                loud = 112 if i % 4 == 0 else 94
                muted += [Note(at, 0.2, root, loud), Note(at, 0.2, root + 7, loud - 8)]
            else:
                held += [Note(at, length / 4 * 0.98, root + up, 112) for up in (0, 7, 12)]
    return held, muted, bass


def everything() -> tuple[list[Note], list[Note], list[Note]]:
    """Riff A twice, riff B twice, and a last chord."""
    held: list[Note] = []
    muted: list[Note] = []
    bass: list[Note] = []
    for bars, start in ((RIFF_A, 0), (RIFF_A, 16), (RIFF_B, 32), (RIFF_B, 48)):
        for whole, part in zip((held, muted, bass), riff(bars, start), strict=True):
            whole.extend(part)
    held += chord("E2 B2 E3", 64, 4.0, 118)
    bass.append(Note(64, 4.0, pitch("E1"), 110))
    return held, muted, bass


def drums() -> list[Note]:
    """Double bass drum under the gallop, half time and ride bell under the lead."""
    kick, snare, crash, china, hat = 36, 38, 49, 52, 42
    notes: list[Note] = []
    for bar in range(8):
        at = bar * 4.0
        notes += hits("X.xxX.xxX.xxX.xx", kick, at, 100)
        notes += hits("....X.......X...", snare, at, 108)
        notes += hits(
            "X...X...X...X..." if bar % 4 else "....X...X...X...", china if bar >= 4 else 46, at, 92
        )
    for bar in range(8, 16):
        at = bar * 4.0
        notes += hits("xxxxxxxxxxxxxxxx", kick, at, 100)
        notes += hits("....X.......X...", snare, at, 110)
        notes += hits("X...X...X...X...", crash, at, 92)
    for bar in (0, 4, 8, 10, 12, 14, 16):
        notes += hits("X", crash if bar % 8 else 57, bar * 4.0, 106)
    fill = [38, 38, 48, 48, 47, 47, 45, 45, 43, 43, 41, 41, 38, 38, 38, 38]
    for start in (30, 62):
        notes += [Note(start + i / 8, 0.1, drum, 92 + 2 * i) for i, drum in enumerate(fill)]
    notes += [Note(28 + i / 4, 0.2, 38, 84 + 3 * i) for i in range(8)]
    return [
        *notes,
        *hits("X", kick, 64, 108),
        *hits("X", snare, 64, 100),
        *hits("X", 55, 64, 90),
        *hits("x", hat, 0, 40),
    ]


def scooped(mix: Sound) -> Sound:
    """Hollow out the middle and lift the kick drum, as the style has it."""
    return peak(peak(band(mix, None, 10_500, 4), 65, 5, 1.5), 600, -6, 0.5)


def piece() -> Piece:
    """Return the piece."""
    held, muted, bass = everything()
    lead = moved(line(LEAD, 32, 108, 0.98), semitones=-12)
    second = moved(line(SECOND, 32, 104, 0.98), semitones=-12)
    loud = amplifier(36, 6800)
    parts: list[Part] = []
    for name, pan, cents in (("left", -0.9, -4.0), ("right", 0.9, 5.0)):
        common = {"pan": pan, "bend": cents, "loose": 0.006, "room": 0.05}
        parts += [
            Part(f"chords {name}", 27, held, effect=loud, gain_db=0.5, **common),
            Part(f"palm mute {name}", 28, muted, effect=amplifier(34, 6500), gain_db=0.5, **common),
        ]
    return Piece(
        slug="iron-tide",
        title="Iron Tide",
        style="metal",
        tempo=lambda _: TEMPO,
        beats=BEATS + 4,
        room_s=0.9,
        tail_s=1.2,
        drive=3.0,
        master=scooped,
        parts=[
            *parts,
            Part("lead", 29, lead, effect=amplifier(34, 6500), gain_db=-13.0, pan=-0.25, room=0.3),
            Part("second", 29, moved(second), effect=amplifier(34, 6500), gain_db=-14.0, pan=0.25,
                 room=0.3, bend=3.0),
            Part("bass", 34, bass, gain_db=13.0, room=0.02, loose=0.004,
                 effect=lambda s: squash(peak(s, 900, 8), -24, 4)),
            Part("drums", 16, drums(), drums=True, gain_db=8.5, room=0.12, loose=0.003,
                 effect=lambda s: peak(squash(s, -14, 3), 68, 6, 1.2)),
        ],
        about="A riff in E for two guitars, bass and drums.",
    )  # fmt: skip
