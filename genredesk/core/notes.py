"""Names of notes, in equal temperament at A4 = 440 Hz."""

from __future__ import annotations

import math

_NAMES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")


def note_name(hertz: float) -> str:
    """Return the nearest note, such as ``A4``; empty for no frequency."""
    if hertz <= 0:
        return ""
    midi = round(69 + 12 * math.log2(hertz / 440))
    return f"{_NAMES[midi % 12]}{midi // 12 - 1}"
