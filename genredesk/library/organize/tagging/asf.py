"""ASF (``.wma``): one ``WM/Genre`` attribute for each genre, through mutagen.

mutagen deals attributes out to the objects of the header as their sizes demand; names, types and
values of the others are compared before and after, and so are all other objects, byte by byte.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from mutagen import MutagenError
from mutagen.asf import ASF
from mutagen.asf._attrs import ASFUnicodeAttribute

from genredesk.library.organize.tagging import Parts, TagError

GUID = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_EXTENSION = bytes.fromhex("b503bf5f2ea9cf118ee300c00c205365")
_ATTRIBUTES = {
    bytes.fromhex("3326b2758e66cf11a6d900aa0062ce6c"),  # Content Description
    bytes.fromhex("40a4d0d207e3d21197f000a0c95ea850"),  # Extended Content Description
    bytes.fromhex("eacbf8c5af5b48778467aa8c44fa4cca"),  # Metadata
    bytes.fromhex("941c23449894d149a1411d134e457054"),  # Metadata Library
    bytes.fromhex("74d40618dfca0945a4ba9aabcb96aae8"),  # Padding
}
_DAMAGED = "its ASF header is damaged"
_NAME = "WM/Genre"


def _open(file: BinaryIO) -> ASF:
    file.seek(0)
    try:
        return ASF(file)
    except (MutagenError, AssertionError) as error:
        raise TagError(_DAMAGED) from error


def save(file: BinaryIO, genres: Sequence[str]) -> None:
    """Write genres into a copy."""
    audio = _open(file)
    assert audio.tags is not None  # noqa: S101 - a file without attributes has an empty list
    place = next((i for i, (name, _) in enumerate(audio.tags) if name == _NAME), len(audio.tags))
    kept = [pair for pair in audio.tags if pair[0] != _NAME]
    kept[place:place] = [(_NAME, ASFUnicodeAttribute(genre)) for genre in genres]
    audio.tags[:] = kept
    file.seek(0)
    try:
        audio.save(file)
    except (MutagenError, AssertionError) as error:
        raise TagError(_DAMAGED) from error


def parts(file: BinaryIO, size: int) -> Parts:
    """Return the file without its genre."""
    tags = _open(file).tags or ()
    rest = sorted(
        (name, f"{value.TYPE} {value.stream} {value.language} ".encode() + _raw(value))
        for name, value in tags
        if name != _NAME
    )
    file.seek(16)
    length = int.from_bytes(file.read(8), "little")
    file.seek(0)
    header = file.read(length)
    rest += [("object", raw) for raw in _objects(header, 30)]
    return Parts(tuple(rest), ((length, size - length),))


def _raw(value: object) -> bytes:
    inner = getattr(value, "value", value)
    return inner if isinstance(inner, bytes) else repr(inner).encode("utf-8", "surrogatepass")


def _objects(header: bytes, at: int) -> Iterator[bytes]:
    while at + 24 <= len(header):
        guid, length = header[at : at + 16], int.from_bytes(header[at + 16 : at + 24], "little")
        if length < 24 or at + length > len(header):
            raise TagError(_DAMAGED)
        raw = header[at : at + length]
        if guid == _EXTENSION:
            yield from _objects(raw, 46)
        elif guid not in _ATTRIBUTES:
            yield raw
        at += length
