"""APEv2 at the end of a file (Monkey's Audio, WavPack, Musepack, some MP3): item by item.

Only ``Genre`` changes; several genres stand in one item with a zero between them, as APEv2 says.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from genredesk.core.messages import mark, say
from genredesk.library.organize.tagging import Splice, TagError
from genredesk.library.scanning.container import id3v1_start

_MARK = b"APETAGEX"
_BLOCK = struct.Struct("<8sIIII8s")
_HAS_HEADER, _IS_HEADER = 1 << 31, 1 << 29
_DAMAGED = mark("its APE tag is damaged")


@dataclass(frozen=True, slots=True)
class ApeTag:
    """An APE tag: bytes ``[start, stop)`` of its file; ``items`` are ``(key, raw bytes)``."""

    start: int
    stop: int
    version: int
    flags: int
    reserved: bytes
    items: tuple[tuple[str, bytes], ...]


def read(file: BinaryIO, size: int) -> ApeTag | None:
    """Return the tag at the end of a file, before an ID3v1 tag and lyrics.

    Raises
    ------
    TagError
        When it is damaged or stands at the beginning.
    """
    file.seek(0)
    if file.read(8) == _MARK:
        raise TagError(say("its APE tag is at its beginning"))
    stop = _end(file, size)
    if stop is None:
        return None
    file.seek(stop - 32)
    _, version, length, count, flags, reserved = _BLOCK.unpack(file.read(32))
    start = stop - length
    if length < 32 or start < 0 or flags & _IS_HEADER or count > 10_000:
        raise TagError(say(_DAMAGED))
    file.seek(start)
    body = file.read(length - 32)
    items = _items(body, count)
    if flags & _HAS_HEADER:
        start -= 32
        file.seek(max(start, 0))
        if start < 0 or file.read(8) != _MARK:
            raise TagError(say(_DAMAGED))
    return ApeTag(start, stop, version, flags, reserved, items)


def _end(file: BinaryIO, size: int) -> int | None:
    places = [size]
    v1 = id3v1_start(file)
    if v1 is not None:
        places.append(v1)
        file.seek(max(v1 - 15, 0))
        tail = file.read(15)
        if tail[6:] == b"LYRICS200" and tail[:6].isdigit():
            places.append(v1 - 15 - int(tail[:6]))
    for place in places:
        if place >= 32:
            file.seek(place - 32)
            if file.read(8) == _MARK:
                return place
    return None


def _items(body: bytes, count: int) -> tuple[tuple[str, bytes], ...]:
    found = []
    at = 0
    for _ in range(count):
        end_of_key = body.find(b"\0", at + 8)
        if end_of_key < 0:
            raise TagError(say(_DAMAGED))
        stop = end_of_key + 1 + int.from_bytes(body[at : at + 4], "little")
        if stop > len(body):
            raise TagError(say(_DAMAGED))
        found.append((body[at + 8 : end_of_key].decode("latin-1"), body[at:stop]))
        at = stop
    if at != len(body):
        raise TagError(say(_DAMAGED))
    return tuple(found)


def _is_genre(key: str) -> bool:
    return key.casefold() == "genre"


def has_genre(tag: ApeTag) -> bool:
    """Return whether the tag has a genre at all."""
    return any(_is_genre(key) for key, _ in tag.items)


_NAMES = {
    "title": "Title", "artist": "Artist", "album": "Album", "year": "Year", "track": "Track",
    "comment": "Comment",
}  # fmt: skip


def text_items(facts: Sequence[tuple[str, str]]) -> tuple[tuple[str, bytes], ...]:
    """Return items that say what ``(fact, text)`` say."""
    return tuple((_NAMES[fact], _item(_NAMES[fact], text)) for fact, text in facts)


def _item(key: str, text: str) -> bytes:
    value = text.encode()
    return struct.pack("<II", len(value), 0) + key.encode("ascii") + b"\0" + value


def splice(
    tag: ApeTag | None, genres: Sequence[str], at: int, new: tuple[tuple[str, bytes], ...] = ()
) -> Splice:
    """Return the tag with these genres.

    Parameters
    ----------
    at, new
        Where a new one goes, and its other items.
    """
    if tag is not None and tag.version < 2000:
        raise TagError(
            say("its APE tag is of version 1, which knows neither Unicode nor several genres")
        )
    old = tag or ApeTag(at, at, 2000, _HAS_HEADER, b"\0" * 8, new)
    items = [raw for key, raw in old.items if not _is_genre(key)]
    if genres:
        place = next((i for i, (key, _) in enumerate(old.items) if _is_genre(key)), len(items))
        items.insert(place, _item("Genre", "\0".join(genres)))
    body = b"".join(items)
    facts = (old.version, len(body) + 32, len(items))
    data = body + _BLOCK.pack(_MARK, *facts, old.flags & ~_IS_HEADER, old.reserved)
    if old.flags & _HAS_HEADER:
        data = _BLOCK.pack(_MARK, *facts, old.flags | _IS_HEADER, old.reserved) + data
    return Splice(old.start, old.stop, data)


def rest(tag: ApeTag | None) -> tuple[tuple[str, bytes], ...]:
    """Return every item but the genre."""
    return () if tag is None else tuple(item for item in tag.items if not _is_genre(item[0]))
