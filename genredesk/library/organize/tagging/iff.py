"""WAV and AIFF: an ID3 tag in a chunk of its own; every other chunk keeps its bytes.

A WAV file's ``LIST INFO`` is kept in line, all genres in one text. A file that has none but such
old tags gets an ID3 tag that says what they say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from genredesk.core.messages import say
from genredesk.library.organize.tagging import Parts, Splice, TagError, id3
from genredesk.library.scanning import riff
from genredesk.library.scanning.riff import Chunk, Order

_NAMES = {b"ID3 ", b"id3 "}
_FACTS = {"track_no": "track"}


@dataclass(frozen=True, slots=True)
class _File:
    order: Order
    end: int
    chunks: tuple[Chunk, ...]

    @property
    def tag(self) -> Chunk | None:
        return next((c for c in self.chunks if c.name in _NAMES), None)


def _read(file: BinaryIO, size: int) -> _File:
    file.seek(0)
    head = file.read(12)
    order = riff.order_of(head)
    end = 8 + int.from_bytes(head[4:8], order)
    if not 12 <= end <= size:
        raise TagError(say("its header names another size than it has"))
    chunks = tuple(riff.chunks(file, 12, end, order))
    if any(chunk.start + 8 + chunk.size > end for chunk in chunks):
        raise TagError(say("one of its chunks ends beyond the file"))
    if sum(chunk.name in _NAMES for chunk in chunks) > 1:
        raise TagError(say("it has two ID3 tags"))
    return _File(order, min(chunks[-1].stop if chunks else 12, size), chunks)


def splices(file: BinaryIO, size: int, genres: Sequence[str]) -> list[Splice]:
    """Return what changes: tags, and the sizes of what holds them; a new tag comes last."""
    found = _read(file, size)
    info = _info_splices(file, genres, found)
    # A last chunk of odd size may lack its filling byte; a list that grows there has it then.
    last = found.chunks[-1].stop if found.chunks else 12
    lacks_fill = last > size and not any(s.stop == found.end for s in info)
    tag = _id3_splice(file, size, found, genres, fill=b"\0" * lacks_fill)
    grown = sum(len(s.data) - (s.stop - s.start) for s in (*info, tag))
    total = found.end + grown - 8
    if total >= 1 << 32:
        raise TagError(say("it would become larger than its format allows"))
    return [Splice(4, 8, total.to_bytes(4, found.order)), *info, tag]


def _id3_splice(
    file: BinaryIO, size: int, found: _File, genres: Sequence[str], fill: bytes
) -> Splice:
    """Return what becomes of the tag; ``fill`` goes before one that is new."""
    chunk = found.tag
    name = chunk.name if chunk else b"id3 " if found.order == "little" else b"ID3 "
    tag = id3.read(file, chunk.start + 8, chunk.size) if chunk else None
    if chunk and tag is None and chunk.size:
        raise TagError(say("its ID3 tag is damaged"))
    data = id3.render(tag, genres, id3.text_frames(() if chunk else _carried(file)))
    data = name + len(data).to_bytes(4, found.order) + data + b"\0" * (len(data) % 2)
    if chunk:
        return Splice(chunk.start, min(chunk.stop, size), data)
    return Splice(found.end, found.end, fill + data)


def _carried(file: BinaryIO) -> list[tuple[str, str]]:
    """Return what the old tags say but for the genre, each fact once."""
    facts: dict[str, str] = {}
    for name, raw, _ in riff.old_tags(file):
        fact = riff.NAMES[name]
        if fact != "genres" and riff.text(raw).strip():
            facts.setdefault(_FACTS.get(fact, fact), riff.text(raw))
    return list(facts.items())


# ---------------------------------------------------------------- LIST INFO


def _inside(file: BinaryIO, chunk: Chunk, order: Order) -> list[Chunk] | None:
    """Return the chunks of a ``LIST INFO``; ``None``: it is none, or its sizes do not fit."""
    file.seek(chunk.start + 8)
    if chunk.name != b"LIST" or order != "little" or file.read(4) != b"INFO":
        return None
    end = chunk.start + 8 + chunk.size
    found = list(riff.chunks(file, chunk.start + 12, end, order))
    return None if any(c.start + 8 + c.size > end for c in found) else found


def _info_splices(file: BinaryIO, genres: Sequence[str], found: _File) -> list[Splice]:
    """Return what changes in lists: those with a genre, else the first gets one.

    FFmpeg up to 5.1 looks at nothing else in a file that has such a list.
    """
    lists = [(c, _inside(file, c, found.order)) for c in found.chunks]
    lists = [(c, inside) for c, inside in lists if inside is not None]
    named = [pair for pair in lists if any(c.name == riff.GENRE for c in pair[1])]
    out: list[Splice] = []
    for chunk, inside in named or lists[: bool(genres)]:
        own = [c for c in inside if c.name == riff.GENRE]
        raw = "; ".join(genres).encode() + b"\0"
        raw = riff.GENRE + len(raw).to_bytes(4, found.order) + raw + b"\0" * (len(raw) % 2)
        end = chunk.start + 8 + chunk.size
        # The last one's filling byte may be counted as that of the list.
        size = chunk.size + len(raw) - sum(min(c.stop, end) - c.start for c in own)
        if own:
            texts = [(c.start, min(c.stop, found.end), raw if c is own[0] else b"") for c in own]
        else:
            fill = b"\0" * (chunk.size % 2)
            size += len(fill)
            texts = [(end, min(chunk.stop, found.end), fill + raw)]
        out.append(Splice(chunk.start + 4, chunk.start + 8, size.to_bytes(4, found.order)))
        out += [Splice(*text) for text in texts]
    return out


def parts(file: BinaryIO, size: int) -> Parts:
    """Return the file without its genre."""
    found = _read(file, size)
    rest: list[tuple[str, bytes]] = []
    sound = []
    for chunk in found.chunks:
        inside = _inside(file, chunk, found.order)
        if chunk.name in _NAMES:
            rest += id3.rest(id3.read(file, chunk.start + 8, chunk.size))
        elif inside is not None:
            others = (c for c in inside if c.name != riff.GENRE)
            sound += [(c.start, 8 + c.size) for c in others]
        else:
            sound.append((chunk.start, 8 + chunk.size))
    if found.tag is None:
        rest += id3.text_frames(_carried(file))
    if size > found.end:
        sound.append((found.end, size - found.end))
    return Parts(tuple(rest), tuple(sound))
