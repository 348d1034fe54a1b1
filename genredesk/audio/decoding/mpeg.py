"""The headers of MPEG audio frames (ISO 11172-3, 2.4.2.3)."""

from __future__ import annotations

from typing import BinaryIO

_KBITS = {
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_ROW = 3
"""So many frames of one kind in a row are no chance."""
_PLACES, _PIECE = 8, 8192


def frame_length(head: bytes) -> int:
    """Return the bytes of the frame that begins here, 0 when none does."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    bits, rate, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or layer == 4 or bits in {0, 15} or rate == 3:
        return 0
    kbits = _KBITS[1 if version == 3 else 2, layer][bits - 1]
    hertz = _RATES[version][rate]
    if layer == 1:
        return (12_000 * kbits // hertz + padding) * 4
    samples = 72_000 if layer == 3 and version != 3 else 144_000
    return samples * kbits // hertz + padding


def first_frames(data: bytes) -> list[int]:
    """Return the lengths of the first frames of one kind that follow each other in ``data``."""
    at = data.find(b"\xff")
    while at >= 0:
        place, kind, found = at, data[at + 1 : at + 2], list[int]()
        while data[place + 1 : place + 2] == kind and len(found) < _ROW:
            length = frame_length(data[place : place + 4])
            if not length:
                break
            found.append(length)
            place += length
        if len(found) == _ROW:
            return found
        at = data.find(b"\xff", at + 1)
    return []


def mean_length(file: BinaryIO, begin: int, end: int) -> float:
    """Return about how long frames are, from a few places of a file; 0 when there are none."""
    lengths: list[int] = []
    for n in range(_PLACES):
        file.seek(begin + (end - begin) * n // _PLACES)
        lengths += first_frames(file.read(_PIECE))
    return sum(lengths) / len(lengths) if lengths else 0.0
