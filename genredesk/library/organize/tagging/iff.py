"""WAV and AIFF: an ID3 tag in a chunk of its own; every other chunk keeps its bytes.

A WAV file's ``LIST INFO`` chunk is left as it is: it holds one genre at most and no Unicode.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, Literal

from genredesk.library.organize.tagging import Parts, Splice, TagError, id3

_NAMES = {b"ID3 ", b"id3 "}


@dataclass(frozen=True, slots=True)
class _Chunk:
    name: bytes
    start: int
    """Of its eight bytes of header."""
    size: int

    @property
    def stop(self) -> int:
        return self.start + 8 + self.size + self.size % 2


@dataclass(frozen=True, slots=True)
class _File:
    order: Literal["little", "big"]
    end: int
    chunks: tuple[_Chunk, ...]

    @property
    def tag(self) -> _Chunk | None:
        return next((c for c in self.chunks if c.name in _NAMES), None)


def _read(file: BinaryIO, size: int) -> _File:
    file.seek(0)
    head = file.read(12)
    order: Literal["little", "big"] = "little" if head[:4] == b"RIFF" else "big"
    end = 8 + int.from_bytes(head[4:8], order)
    if end > size:
        raise TagError("its header names another size than it has")
    chunks = []
    at = 12
    while at + 8 <= end:
        file.seek(at)
        head = file.read(8)
        chunk = _Chunk(head[:4], at, int.from_bytes(head[4:], order))
        if at + 8 + chunk.size > end:
            raise TagError("one of its chunks ends beyond the file")
        chunks.append(chunk)
        at = chunk.stop
    if sum(chunk.name in _NAMES for chunk in chunks) > 1:
        raise TagError("it has two ID3 tags")
    return _File(order, min(at, size), tuple(chunks))


def splices(file: BinaryIO, size: int, genres: Sequence[str]) -> list[Splice]:
    """Return what changes: the tag's chunk (a new one comes last) and the size in the header."""
    found = _read(file, size)
    chunk = found.tag
    name = chunk.name if chunk else b"id3 " if found.order == "little" else b"ID3 "
    tag = id3.read(file, chunk.start + 8, chunk.size) if chunk else None
    if chunk and tag is None and chunk.size:
        raise TagError("its ID3 tag is damaged")
    data = id3.render(tag, genres)
    data = name + len(data).to_bytes(4, found.order) + data + b"\0" * (len(data) % 2)
    # A last chunk of odd size may lack its filling byte.
    last = found.chunks[-1].stop if found.chunks else 12
    start, stop = (chunk.start, min(chunk.stop, size)) if chunk else (found.end, found.end)
    if not chunk and last > size:
        data = b"\0" + data
    total = found.end - (stop - start) + len(data) - 8
    if total >= 1 << 32:
        raise TagError("it would become larger than its format allows")
    return [Splice(4, 8, total.to_bytes(4, found.order)), Splice(start, stop, data)]


def parts(file: BinaryIO, size: int) -> Parts:
    """Return the file without its genre."""
    found = _read(file, size)
    rest: list[tuple[str, bytes]] = []
    sound = []
    for chunk in found.chunks:
        if chunk.name in _NAMES:
            rest += id3.rest(id3.read(file, chunk.start + 8, chunk.size))
        else:
            sound.append((chunk.start, 8 + chunk.size))
    if size > found.end:
        sound.append((found.end, size - found.end))
    return Parts(tuple(rest), tuple(sound))
