"""MP3: an ID3v2 tag in front; an APE tag and an ID3v1 tag at the end are kept in line with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from genredesk.library.organize.tagging import Parts, Splice, ape, id3


def splices(file: BinaryIO, size: int, genres: Sequence[str]) -> list[Splice]:
    """Return what changes: a tag at the end only where it names a genre already."""
    tag = id3.read(file, 0)
    changes = [Splice(0, tag.length if tag else 0, id3.render(tag, genres))]
    tail = ape.read(file, size)
    if tail is not None and ape.has_genre(tail):
        changes.append(ape.splice(tail, genres, size))
    v1 = id3.v1_start(file, size)
    if v1 is not None:
        changes.append(id3.v1_splice(v1, genres))
    return changes


def parts(file: BinaryIO, size: int) -> Parts:
    """Return the file without its genre."""
    tag = id3.read(file, 0)
    tail = ape.parts(file, size)
    start = tag.length if tag else 0
    (_, length), *others = tail.sound
    return Parts(id3.rest(tag) + tail.rest, ((start, length - start), *others))
