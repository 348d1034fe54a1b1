"""What the frames of a FLAC file say about its length, where its header says otherwise.

Source: RFC 9639, sections 8.2 (stream info) and 9.1 (headers of frames).
"""

from __future__ import annotations

from functools import cache
from typing import BinaryIO

_LONGEST_FRAME = 1 << 17
_V1 = 128
"""Bytes of an ID3v1 tag, which may stand behind the last frame."""
_FRAMES_TRIED = 4
"""Headers at the end that are asked whether a whole frame is behind them: a few look like one."""


def frames_begin(file: BinaryIO, begin: int) -> int:
    """Return where the metadata of the stream at ``begin`` ends, by its blocks' own sizes."""
    at = begin + 4
    for _ in range(1000):
        file.seek(at)
        head = file.read(4)
        if len(head) < 4:
            break
        at += 4 + int.from_bytes(head[1:], "big")
        if head[0] & 0x80:
            break
    return at


def true_total(file: BinaryIO, begin: int, end: int) -> tuple[int, bytes] | None:
    """Return what the total of samples has to be read as, where the last frame says otherwise.

    A file that breaks off says too much as well, but within a frame, and that is damage.

    Returns
    -------
    tuple of int and bytes
        The place in the file and the five bytes for it; ``None`` where nothing has to be changed.
    """
    file.seek(begin)
    head = file.read(42)
    told = int.from_bytes(head[21:26], "big")
    if len(head) < 42 or head[4] & 0x7F or not told % (1 << 36):
        return None
    fixed = int.from_bytes(head[8:10], "big")
    start = max(begin + 42, end - _LONGEST_FRAME)
    file.seek(start)
    data = file.read(end - start)
    at, left = len(data), _FRAMES_TRIED
    while left and (at := data.rfind(b"\xff", 0, at)) >= 0:
        if data[at + 1 : at + 2] not in {b"\xf8", b"\xf9"} or not (size := _header_size(data, at)):
            continue
        behind = _behind(data[at : at + size], fixed)
        if behind == told % (1 << 36):
            return None
        left -= 1
        ends = (stop for stop in (len(data), len(data) - _V1) if stop > at)
        if any(_crc(data[at:stop], 16, 0x8005) == 0 for stop in ends):
            return begin + 21, ((told >> 36 << 36) | behind).to_bytes(5, "big")
    return None


def _header_size(data: bytes, at: int) -> int:
    """Return the length of a frame's header, check sum included; 0 where that is wrong."""
    if at + 6 > len(data) or data[at + 2] >> 4 == 0 or data[at + 2] & 15 == 15:
        return 0
    ones = 8 - (data[at + 4] ^ 0xFF).bit_length()
    size = 4 + max(1, ones) + {6: 1, 7: 2}.get(data[at + 2] >> 4, 0)
    size += {12: 1, 13: 2, 14: 2}.get(data[at + 2] & 15, 0) + 1
    is_right = ones not in {1, 8} and _crc(data[at : at + size], 8, 0x07) == 0
    return size if is_right and at + size <= len(data) else 0


def _behind(head: bytes, fixed: int) -> int:
    """Return the number of the sample behind a frame, from its header."""
    ones = 8 - (head[4] ^ 0xFF).bit_length()
    size = max(1, ones)
    number = head[4] & (0x7F >> ones)
    for byte in head[5 : 4 + size]:
        number = number << 6 | byte & 0x3F
    code = head[2] >> 4
    if code in {6, 7}:
        length = int.from_bytes(head[4 + size : 4 + size + code - 5], "big") + 1
    elif code == 1:
        length = 192
    else:
        length = 576 << (code - 2) if code < 6 else 256 << (code - 8)
    return (number if head[1] & 1 else number * fixed) + length


def _crc(data: bytes, width: int, polynomial: int) -> int:
    table, mask = _table(width, polynomial), (1 << width) - 1
    crc = 0
    for byte in data:
        crc = crc << 8 & mask ^ table[crc >> (width - 8) ^ byte]
    return crc


@cache
def _table(width: int, polynomial: int) -> tuple[int, ...]:
    top, mask = 1 << (width - 1), (1 << width) - 1
    table = list[int]()
    for byte in range(256):
        value = byte << (width - 8)
        for _ in range(8):
            value = (value << 1 ^ (polynomial if value & top else 0)) & mask
        table.append(value)
    return tuple(table)
