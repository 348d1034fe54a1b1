"""ASF (``.wma``): one ``WM/Genre`` attribute for each genre; every other attribute keeps its bytes.

The first genre stands among the extended content descriptions, where everybody looks; as names are
not given twice there, the others stand in the metadata library. Source: Advanced Systems Format
Specification, revision 01.20.05, sections 3 and 4.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from genredesk.core.messages import mark, say
from genredesk.library.organize.tagging import Parts, Splice, TagError

_FILE = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_EXTENSION = bytes.fromhex("b503bf5f2ea9cf118ee300c00c205365")
_DESCRIPTIONS = bytes.fromhex("40a4d0d207e3d21197f000a0c95ea850")
_METADATA = bytes.fromhex("eacbf8c5af5b77488467aa8c44fa4cca")
_LIBRARY = bytes.fromhex("941c23449894d149a1411d134e457054")
_PADDING = bytes.fromhex("74d40618dfca0945a4ba9aabcb96aae8")
_OBJECT, _HEAD, _EXTENSION_HEAD = 24, 30, 46
_DAMAGED = mark("its ASF header is damaged")
_NAME = "WM/Genre"
_GENRES = {"wm/genre", "wm/genreid", "genre"}
_LARGEST = 64 << 20


@dataclass(frozen=True, slots=True)
class _Object:
    guid: bytes
    data: bytes
    """Without its guid and size."""


@dataclass(frozen=True, slots=True)
class _Header:
    size: int
    head: bytes
    """What stands behind its size: the number of its objects, and two reserved bytes."""
    objects: tuple[_Object, ...]


def _header(file: BinaryIO) -> _Header:
    file.seek(0)
    head = file.read(_HEAD)
    size = int.from_bytes(head[16:24], "little")
    if len(head) < _HEAD or not _HEAD <= size <= _LARGEST:
        raise TagError(say(_DAMAGED))
    body = file.read(size - _HEAD)
    if len(body) < size - _HEAD:
        raise TagError(say(_DAMAGED))
    return _Header(size, head[24:], tuple(_objects(body)))


def _objects(data: bytes) -> Iterator[_Object]:
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at + 16 : at + 24], "little")
        if length < _OBJECT or at + length > len(data):
            raise TagError(say(_DAMAGED))
        yield _Object(data[at : at + 16], data[at + _OBJECT : at + length])
        at += length


def _raw(found: _Object) -> bytes:
    return found.guid + (len(found.data) + _OBJECT).to_bytes(8, "little") + found.data


# ---------------------------------------------------------------- lists of attributes


def _attributes(found: _Object) -> list[tuple[str, bytes]]:
    """Return the attributes of an object: ``(name, raw bytes)``."""
    data, out, at = found.data, [], 2
    if len(data) < 2:
        raise TagError(say(_DAMAGED))
    for _ in range(int.from_bytes(data[:2], "little")):
        start = at
        if found.guid == _DESCRIPTIONS:
            n_name = int.from_bytes(data[at : at + 2], "little")
            name = data[at + 2 : at + 2 + n_name]
            at += 2 + n_name
            at += 4 + int.from_bytes(data[at + 2 : at + 4], "little")
        else:
            n_name = int.from_bytes(data[at + 4 : at + 6], "little")
            name = data[at + 12 : at + 12 + n_name]
            at += 12 + n_name + int.from_bytes(data[at + 8 : at + 12], "little")
        if at > len(data):
            raise TagError(say(_DAMAGED))
        out.append((name.decode("utf-16-le", "replace").rstrip("\0"), data[start:at]))
    if at != len(data):
        raise TagError(say(_DAMAGED))
    return out


def _is_genre(name: str) -> bool:
    return name.casefold() in _GENRES


def _listed(guid: bytes, kept: Sequence[bytes]) -> _Object:
    if len(kept) > 0xFFFF:
        raise TagError(say("it has too many attributes"))
    return _Object(guid, len(kept).to_bytes(2, "little") + b"".join(kept))


def _with(found: _Object, genres: Sequence[str]) -> _Object:
    """Return an object with these genres in the place of those it has."""
    old = _attributes(found)
    kept = [raw for name, raw in old if not _is_genre(name)]
    place = next((i for i, (name, _) in enumerate(old) if _is_genre(name)), len(kept))
    name = (_NAME + "\0").encode("utf-16-le")
    for genre in reversed(genres):
        text = (genre + "\0").encode("utf-16-le")
        if found.guid == _DESCRIPTIONS:
            raw = struct.pack("<H", len(name)) + name + struct.pack("<HH", 0, len(text)) + text
        else:
            raw = struct.pack("<HHHHI", 0, 0, len(name), 0, len(text)) + name + text
        kept.insert(place, raw)
    return _listed(found.guid, kept)


def _changed(objects: Sequence[_Object], guid: bytes, genres: Sequence[str]) -> list[_Object]:
    """Return objects with these genres in the list ``guid``, which is made where it is missing."""
    out = []
    is_done = False
    for found in objects:
        if found.guid == guid:
            out.append(_with(found, () if is_done else genres))
            is_done = True
        elif found.guid in {_DESCRIPTIONS, _METADATA, _LIBRARY}:
            out.append(_with(found, ()))
        else:
            out.append(found)
    if genres and not is_done:
        out.append(_with(_listed(guid, ()), genres))
    return out


def _within(extension: _Object) -> list[_Object]:
    if len(extension.data) < _EXTENSION_HEAD - _OBJECT:
        raise TagError(say(_DAMAGED))
    return list(_objects(extension.data[_EXTENSION_HEAD - _OBJECT :]))


def _extension(old: _Object, genres: Sequence[str]) -> _Object:
    inside = b"".join(_raw(found) for found in _changed(_within(old), _LIBRARY, genres))
    return _Object(_EXTENSION, old.data[:18] + len(inside).to_bytes(4, "little") + inside)


# ---------------------------------------------------------------- the file


def splices(file: BinaryIO, size: int, genres: Sequence[str]) -> list[Splice]:
    """Return what changes: the header; its padding gives and takes what is possible."""
    header = _header(file)
    if sum(found.guid == _EXTENSION for found in header.objects) != 1:
        raise TagError(say(_DAMAGED))
    objects = _changed(header.objects, _DESCRIPTIONS, genres[:1])
    objects = [_extension(o, genres[1:]) if o.guid == _EXTENSION else o for o in objects]
    grown = _HEAD + sum(len(_raw(found)) for found in objects) - header.size
    for index, found in enumerate(objects):
        if found.guid == _PADDING and len(found.data) >= grown:
            objects[index] = _Object(_PADDING, b"\0" * (len(found.data) - grown))
            grown = 0
            break
    body = b"".join(_raw(_sized(found, size, size + grown)) for found in objects)
    head = (_HEAD + len(body)).to_bytes(8, "little") + len(objects).to_bytes(4, "little")
    return [Splice(16, header.size, head + header.head[4:] + body)]


def _sized(found: _Object, old: int, new: int) -> _Object:
    """Return the object that names the file's size with another, if it named the right one."""
    if found.guid != _FILE or found.data[16:24] != old.to_bytes(8, "little"):
        return found
    return _Object(_FILE, found.data[:16] + new.to_bytes(8, "little") + found.data[24:])


def parts(file: BinaryIO, size: int) -> Parts:
    """Return the file without its genre."""
    header = _header(file)
    rest: list[tuple[str, bytes]] = []
    for found in header.objects:
        is_extension = found.guid == _EXTENSION
        if is_extension:
            rest.append(("extension", found.data[:18]))
        for inner in _within(found) if is_extension else (_sized(found, size, 0),):
            if inner.guid in {_DESCRIPTIONS, _METADATA, _LIBRARY}:
                rest += [pair for pair in _attributes(inner) if not _is_genre(pair[0])]
            elif inner.guid != _PADDING:
                rest.append(("object", _raw(inner)))
    return Parts(tuple(rest), ((header.size, size - header.size),))
