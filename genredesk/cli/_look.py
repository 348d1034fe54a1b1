"""Colours and large letters of the terminal view; knows nothing of sound or engines.

The genres have the colours of the window. Where a terminal has fewer colours, rich chooses the
nearest; nothing is told by colour alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genredesk.core.genres import colour_of

QUIET = "#98A1AE"
LINE = "#4A515D"
WARNING = "#D8C27A"
GOOD = "#6BBF59"

# Magma (Smith and van der Walt, matplotlib, CC0) at eleven equidistant places.
_MAGMA = np.array(
    [
        (0, 0, 4), (20, 14, 54), (59, 15, 112), (100, 26, 128), (140, 41, 129), (183, 55, 121),
        (222, 73, 104), (247, 112, 92), (254, 159, 109), (254, 207, 146), (252, 253, 191),
    ],
    dtype=np.float64,
)  # fmt: skip
LEVELS = 64
"""Steps of the palette; more cannot be told apart in character cells."""


def magma() -> NDArray[np.uint8]:
    """Return the palette of the spectrogram, shape ``(LEVELS, 3)``, dark to bright."""
    places = np.linspace(0, len(_MAGMA) - 1, LEVELS)
    channels = [np.interp(places, np.arange(len(_MAGMA)), _MAGMA[:, c]) for c in range(3)]
    return np.stack(channels, axis=1).round().astype(np.uint8)


def genre_colour(label: str | None) -> str:
    """Return the colour of a genre as ``#RRGGBB``; ``None`` is the grey of unsure and silence."""
    return LINE if label is None else colour_of(label)


# Seven rows of five dots, two hexadecimal digits a row, the leftmost dot is 0x10.
_DOTS = {
    "A": "0e11111f111111", "B": "1e11111e11111e", "C": "0e11101010110e", "D": "1e11111111111e",
    "E": "1f10101e10101f", "F": "1f10101e101010", "G": "0e11101711110e", "H": "1111111f111111",
    "I": "0e04040404040e", "J": "0702020202120c", "K": "11121418141211", "L": "1010101010101f",
    "M": "111b1515111111", "N": "11191513111111", "O": "0e11111111110e", "P": "1e11111e101010",
    "Q": "0e11111115120d", "R": "1e11111e141211", "S": "0f10100e01011e", "T": "1f040404040404",
    "U": "1111111111110e", "V": "11111111110a04", "W": "11111115151b11", "X": "11110a040a1111",
    "Y": "11110a04040404", "Z": "1f01020408101f", "0": "0e11131519110e", "1": "040c040404040e",
    "2": "0e11010204081f", "3": "1f02040201110e", "4": "02060a121f0202", "5": "1f101e0101110e",
    "6": "0608101e11110e", "7": "1f010204080808", "8": "0e11110e11110e", "9": "0e11110f01020c",
    " ": "00000000000000", "-": "0000000e000000", "&": "0c12140815120d", "?": "0e110102040004",
    "'": "04040800000000", "/": "01010204081010", ".": "00000000000404", "_": "0000000000001f",
}  # fmt: skip
_ROWS = 7
BIG_HEIGHT = (_ROWS + 1) // 2


def big(word: str, width: int) -> list[str] | None:
    """Return ``word`` in large letters as ``BIG_HEIGHT`` lines, two rows of dots a line.

    ``None`` when it is wider than ``width`` or has a character without dots: write it plainly then.
    """
    letters = [_DOTS.get(letter) for letter in word.upper()]
    if not letters or None in letters or len(letters) * 6 - 1 > width:
        return None
    rows = [
        " ".join(f"{int(dots[2 * r : 2 * r + 2], 16):05b}" for dots in letters if dots)
        for r in range(_ROWS)
    ]
    rows += ["0" * len(rows[0])] * (2 * BIG_HEIGHT - _ROWS)
    blocks = {("0", "0"): " ", ("1", "0"): "▀", ("0", "1"): "▄", ("1", "1"): "█"}
    pairs = [(top, bottom) for top, bottom in zip(rows[::2], rows[1::2], strict=True)]
    return [
        "".join(blocks.get((up, down), " ") for up, down in zip(top, bottom, strict=True))
        for top, bottom in pairs
    ]


def shares(fraction: float, width: int) -> str:
    """Return a bar of ``width`` cells, filled to ``fraction`` in eighths of a cell."""
    eighths = round(max(0.0, min(1.0, fraction)) * width * 8)
    full, part = divmod(eighths, 8)
    bar = "█" * full + (" ▏▎▍▌▋▊▉"[part] if part else "")
    return bar.ljust(width)


def clock(seconds: float) -> str:
    """Return ``m:ss``, or ``h:mm:ss`` from an hour on."""
    whole = max(0, int(seconds))
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minutes}:{second:02d}"
