"""Vorbis comments: one ``GENRE=`` line for each genre; here in FLAC, in Ogg by ``ogg``.

The other comments keep their bytes, whatever they are, and their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from genredesk.core.messages import mark, say
from genredesk.library.organize.tagging import Parts, Splice, TagError, around

_DAMAGED = mark("its comments are damaged")
VENDOR = b"GenreDesk"


@dataclass(frozen=True, slots=True)
class Comments:
    """A comment block: ``lines`` raw, and what follows them (a framing bit, padding)."""

    vendor: bytes
    lines: tuple[bytes, ...]
    tail: bytes = b""

    @property
    def rest(self) -> tuple[tuple[str, bytes], ...]:
        """Everything but the genre."""
        return (("", self.vendor), *(("", line) for line in self.lines if not _is_genre(line)))


def read(data: bytes) -> Comments:
    """Take a comment block apart.

    Raises
    ------
    TagError
        When its lengths do not fit.
    """
    at = 0

    def field() -> bytes:
        nonlocal at
        end = at + 4 + int.from_bytes(data[at : at + 4], "little")
        if at + 4 > len(data) or end > len(data):
            raise TagError(say(_DAMAGED))
        found = data[at + 4 : end]
        at = end
        return found

    vendor = field()
    count = int.from_bytes(data[at : at + 4], "little")
    if at + 4 > len(data) or count > len(data) // 4:
        raise TagError(say(_DAMAGED))
    at += 4
    lines = tuple(field() for _ in range(count))
    return Comments(vendor, lines, data[at:])


def render(old: Comments, genres: Sequence[str]) -> bytes:
    """Return the block with these genres, without what followed it."""
    lines = [line for line in old.lines if not _is_genre(line)]
    place = next((i for i, line in enumerate(old.lines) if _is_genre(line)), len(lines))
    lines[place:place] = [b"GENRE=" + genre.encode() for genre in genres]
    out = len(old.vendor).to_bytes(4, "little") + old.vendor + len(lines).to_bytes(4, "little")
    return out + b"".join(len(line).to_bytes(4, "little") + line for line in lines)


def has_genre(comments: Comments) -> bool:
    """Return whether the comments name a genre at all."""
    return any(_is_genre(line) for line in comments.lines)


def _is_genre(line: bytes) -> bool:
    return line[:6].upper() == b"GENRE="


# ---------------------------------------------------------------- FLAC

_COMMENT, _PADDING = 4, 1


@dataclass(frozen=True, slots=True)
class _Block:
    kind: int
    start: int
    """Of its four bytes of header."""
    data: bytes


def _blocks(file: BinaryIO, start: int) -> tuple[list[_Block], int]:
    """Return the blocks of metadata of FLAC that begins at ``start``, and where they end."""
    file.seek(start)
    if file.read(4) != b"fLaC":
        raise TagError(say("its FLAC header is damaged"))
    at = start + 4
    found: list[_Block] = []
    while True:
        file.seek(at)
        head = file.read(4)
        length = int.from_bytes(head[1:], "big")
        data = file.read(length)
        if len(head) < 4 or len(data) < length or len(found) > 1000:
            raise TagError(say("its FLAC header is damaged"))
        found.append(_Block(head[0] & 0x7F, at, data))
        at += 4 + length
        if head[0] & 0x80:
            return found, at


def flac_splices(file: BinaryIO, size: int, genres: Sequence[str]) -> list[Splice]:
    """Return what changes in a FLAC file; padding gives and takes what is possible."""
    guests = around.read(file, size)
    blocks, end = _blocks(file, guests.start)
    own = [block for block in blocks if block.kind == _COMMENT]
    if len(own) > 1:
        raise TagError(say("it has two blocks of comments"))
    old = read(own[0].data) if own else Comments(VENDOR, ())
    new = render(old, genres) + old.tail
    out = [(b.kind, new if b in own else b.data) for b in blocks]
    if not own:
        out.insert(1, (_COMMENT, new))
    grown = 4 * (not own) + len(new) - (len(own[0].data) if own else 0)
    for index, (kind, data) in enumerate(out):
        if kind == _PADDING and len(data) >= grown:
            out[index] = (kind, b"\0" * (len(data) - grown))
            break
    if any(len(data) >= 1 << 24 for _, data in out):
        raise TagError(say("its comments would become too large"))
    last = len(out) - 1
    raw = b"".join(
        bytes((kind | (0x80 if index == last else 0),)) + len(data).to_bytes(3, "big") + data
        for index, (kind, data) in enumerate(out)
    )
    return [Splice(blocks[0].start, end, raw), *around.in_line(guests, genres)]


def flac_parts(file: BinaryIO, size: int) -> Parts:
    """Return a FLAC file without its genre."""
    guests = around.guests(file, size)
    (start, length), *others = guests.sound
    blocks, end = _blocks(file, start)
    rest = list(guests.rest)
    for block in blocks:
        if block.kind == _COMMENT:
            found = read(block.data)
            is_new = found.vendor == VENDOR and len(found.rest) == 1
            rest += () if is_new else found.rest
        elif block.kind != _PADDING:
            rest.append((str(block.kind), block.data))
    return Parts(tuple(rest), ((end, start + length - end), *others))
