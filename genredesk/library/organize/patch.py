"""What brings a file's old bytes back: the parts that changed, the rest is taken from the new file.

Tags are small and sound is large: between a file before and after its tags were written, only the
tags, some sizes and some check sums differ. Used by ``acts``, kept by ``journal``.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from genredesk.core.messages import say
from genredesk.library.organize import fsops
from genredesk.library.organize.plan import PlanError

LIMIT = 64 << 20
"""Bytes of a patch at most; tags larger than this are not worth a catalogue ten times its size."""

_MAGIC = b"gdP1"
_HEAD = struct.Struct("<4sQ")
_PART = struct.Struct("<QQQ")
_BLOCK = 1 << 20
_STRIP = 1 << 16
"""Bytes that are looked for in one piece; each strip may have moved by another distance."""
_ANCHOR, _FAR = 256, 1 << 20
_GAP = 48
"""Equal bytes that are worth a part of their own (a part costs 24 bytes before compression)."""

Part = tuple[int, int, bytes]
"""``(start, length, data)``: ``data``, when there is any, else ``length`` bytes of the new file."""


class PatchError(PlanError):
    """A patch that is too large or broken."""


def make(new: str, old: str) -> bytes:
    """Return what turns the file ``new`` into ``old``.

    Equal bytes are looked for from the beginning, and from there on moved by a few distances that
    tags can cause, so that sound that only moved, and page headers that only got other numbers,
    cost next to nothing.

    Raises
    ------
    PatchError
        When the files have too little in common.
    """
    with open(new, "rb") as file, open(old, "rb") as wanted:  # noqa: PTH123
        n_new, n_old = os.fstat(file.fileno()).st_size, os.fstat(wanted.fileno()).st_size
        head = _common_head(file, wanted)
        parts: list[Part] = [(0, head, b"")] if head else []
        shifts = {n_new - n_old: None, 0: None, **_anchored(file, wanted, head, n_new, n_old)}
        for start in range(head, n_old, _STRIP):
            parts += _strip(file, wanted, (start, min(_STRIP, n_old - start)), n_new, list(shifts))
    raw = bytearray()
    for begin, length, data in _joined(parts):
        raw += _PART.pack(begin, length, len(data)) + data
        if len(raw) > LIMIT:
            raise PatchError(say("The file would change too much to be sure of the way back."))
    return _HEAD.pack(_MAGIC, n_old) + zlib.compress(bytes(raw), 6)


def _common_head(one: BinaryIO, other: BinaryIO) -> int:
    length = 0
    while True:
        a, b = one.read(_BLOCK), other.read(_BLOCK)
        n = min(len(a), len(b))
        if a[:n] != b[:n]:
            differ = np.frombuffer(a, np.uint8, n) != np.frombuffer(b, np.uint8, n)
            return length + int(np.argmax(differ))
        length += n
        if n < _BLOCK:
            return length


def _anchored(
    file: BinaryIO, wanted: BinaryIO, head: int, n_new: int, n_old: int
) -> dict[int, None]:
    """Look how far a few pieces of the old file have moved."""
    found = {}
    for part in (1, 2, 3):
        at = head + (n_old - head) * part // 4
        if at + _ANCHOR > n_old:
            continue
        first = max(0, at - _FAR)
        around = _read(file, first, max(0, min(n_new, at + _FAR) - first))
        place = around.find(_read(wanted, at, _ANCHOR))
        if place >= 0:
            found[first + place - at] = None
    return found


def _strip(
    file: BinaryIO, wanted: BinaryIO, strip: tuple[int, int], n_new: int, shifts: list[int]
) -> Iterator[Part]:
    """Give the parts of a strip ``(start, length)`` of ``wanted`` at the best distance for it."""
    start, length = strip
    old = _read(wanted, start, length)
    best, best_equal, best_shift = 0, np.zeros(length, np.bool_), 0
    for shift in shifts:
        begin, end = max(0, start + shift), min(n_new, start + shift + length)
        if end <= begin:
            continue
        new = _read(file, begin, end - begin)
        if new == old:
            yield begin, length, b""
            return
        at = begin - start - shift
        equal = np.zeros(length, np.bool_)
        equal[at : at + len(new)] = np.frombuffer(new, np.uint8) == np.frombuffer(
            old, np.uint8, len(new), at
        )
        if (n := int(equal.sum())) > best:
            best, best_equal, best_shift = n, equal, shift
    edges = np.flatnonzero(np.diff(best_equal.view(np.int8), prepend=0, append=0))
    at = 0
    for run_start, run_end in edges.reshape(-1, 2).tolist():
        if run_end - run_start < _GAP:
            continue
        if run_start > at:
            yield 0, 0, old[at:run_start]
        yield start + best_shift + run_start, run_end - run_start, b""
        at = run_end
    if at < length:
        yield 0, 0, old[at:]


def _joined(parts: list[Part]) -> Iterator[Part]:
    """Put neighbours together that continue each other."""
    last: Part | None = None
    for part in parts:
        if last is not None and bool(last[2]) == bool(part[2]):
            if part[2]:
                last = (0, 0, last[2] + part[2])
                continue
            if last[0] + last[1] == part[0]:
                last = (last[0], last[1] + part[1], b"")
                continue
        if last is not None:
            yield last
        last = part
    if last is not None:
        yield last


def _read(file: BinaryIO, start: int, length: int) -> bytes:
    file.seek(start)
    data = file.read(length)
    if len(data) != length:
        raise OSError("the file became shorter while it was read")
    return data


def _blocks(file: BinaryIO, patch: bytes) -> Iterator[bytes]:
    try:
        magic, n_old = _HEAD.unpack_from(patch)
        raw = zlib.decompress(patch[_HEAD.size :])
    except (struct.error, zlib.error) as error:
        raise PatchError(say("The way back is damaged.")) from error
    if magic != _MAGIC:
        raise PatchError(say("The way back is damaged."))
    at = total = 0
    while at < len(raw):
        begin, length, n_data = _PART.unpack_from(raw, at)
        at += _PART.size
        if n_data:
            yield raw[at : at + n_data]
            at += n_data
            total += n_data
        for start in range(begin, begin + length, _BLOCK):
            yield _read(file, start, min(_BLOCK, begin + length - start))
        total += length
    if total != n_old:
        raise PatchError(say("The way back is damaged."))


def digest(new: str, patch: bytes) -> bytes:
    """Return the SHA-256 of what :func:`apply` would write."""
    seen = hashlib.sha256()
    with open(new, "rb") as file:  # noqa: PTH123
        for block in _blocks(file, patch):
            seen.update(block)
    return seen.digest()


def apply(new: str, patch: bytes, temp: str) -> bytes:
    """Write the old file to the new path ``temp``, sync it, and return the SHA-256 of it.

    Raises
    ------
    PatchError
        When the patch is broken.
    OSError
        When something cannot be read or written; ``temp`` is removed.
    """
    seen = hashlib.sha256()
    try:
        with open(new, "rb") as file, fsops.create(temp) as out:  # noqa: PTH123
            for block in _blocks(file, patch):
                seen.update(block)
                out.write(block)
            fsops.sync(out)
    except BaseException:
        fsops.discard(temp)
        raise
    return seen.digest()
