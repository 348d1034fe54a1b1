"""The tags that may stand around any stream: ID3v2 in front, APE, Lyrics3 and ID3v1 at the end.

In MP3, TTA, WavPack and their like they are the file's own; elsewhere they are guests that are kept
in line when they name a genre. A file keeps the sort of tag that it has. Where it has none but
ID3v1, everything in that is carried over: many readers look at ID3v1 only when there is no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from genredesk.library.organize.tagging import Parts, Splice, ape, id3
from genredesk.library.scanning.container import id3v1_start


@dataclass(frozen=True, slots=True)
class Around:
    """The tags around a stream that begins at ``start``.

    Parameters
    ----------
    front
        ID3v2 tags, one behind the other, and where each begins.
    v1
        Where an ID3v1 tag begins, and its bytes.
    """

    front: tuple[tuple[int, id3.Id3Tag], ...]
    start: int
    tail: ape.ApeTag | None
    v1: tuple[int, bytes] | None
    size: int

    @property
    def end(self) -> int:
        """Where a tag at the end would begin: before ID3v1, which has to be last."""
        return self.v1[0] if self.v1 else self.size

    @property
    def carried(self) -> tuple[tuple[str, str], ...]:
        """What a new tag takes over: the facts of ID3v1 where there is no other tag."""
        if self.front or self.tail or not self.v1:
            return ()
        return id3.v1_facts(self.v1[1])


def read(file: BinaryIO, size: int) -> Around:
    """Find the tags around a stream.

    Raises
    ------
    TagError
        When one of them is damaged.
    """
    front: list[tuple[int, id3.Id3Tag]] = []
    at = 0
    while (tag := id3.read(file, at)) is not None:
        front.append((at, tag))
        at += tag.length
    tail, place = ape.read(file, size), id3v1_start(file)
    v1 = None
    if place is not None:
        file.seek(place)
        v1 = (place, file.read(128))
    return Around(tuple(front), at, tail, v1, size)


def id3_splices(file: BinaryIO, size: int, genres: Sequence[str]) -> list[Splice]:
    """Return what changes in a file whose own tag is ID3v2 (MP3, TTA)."""
    found = read(file, size)
    if found.front:
        return [_front(found.front[0], genres), *in_line(found, genres, 1)]
    if found.tail:
        return [ape.splice(found.tail, genres, found.end), *_v1(found, genres)]
    new = id3.render(None, genres, id3.text_frames(found.carried))
    return [Splice(0, 0, new), *_v1(found, genres)]


def ape_splices(file: BinaryIO, size: int, genres: Sequence[str]) -> list[Splice]:
    """Return what changes in a file whose own tag is APE (WavPack, Monkey's Audio …)."""
    found = read(file, size)
    if found.front and not found.tail:
        return [_front(found.front[0], genres), *in_line(found, genres, 1)]
    tail = ape.splice(found.tail, genres, found.end, ape.text_items(found.carried))
    fronts = [_front(pair, genres) for pair in found.front if id3.has_genre(pair[1])]
    return [*fronts, tail, *_v1(found, genres)]


def in_line(found: Around, genres: Sequence[str], skip: int = 0) -> list[Splice]:
    """Return what changes in tags that need no genre: only those that name one already."""
    out = [_front(pair, genres) for pair in found.front[skip:] if id3.has_genre(pair[1])]
    if found.tail is not None and ape.has_genre(found.tail):
        out.append(ape.splice(found.tail, genres, found.end))
    return out + _v1(found, genres)


def _front(pair: tuple[int, id3.Id3Tag], genres: Sequence[str]) -> Splice:
    start, tag = pair
    return Splice(start, start + tag.length, id3.render(tag, genres))


def _v1(found: Around, genres: Sequence[str]) -> list[Splice]:
    return [id3.v1_splice(found.v1[0], genres)] if found.v1 else []


def id3_parts(file: BinaryIO, size: int) -> Parts:
    """Return a file whose own tag is ID3v2, without its genre."""
    found = read(file, size)
    return _parts(found, id3.rest(id3.Id3Tag(4, 0, 0, id3.text_frames(found.carried))))


def ape_parts(file: BinaryIO, size: int) -> Parts:
    """Return a file whose own tag is APE, without its genre."""
    found = read(file, size)
    return _parts(found, ape.text_items(found.carried))


def guests(file: BinaryIO, size: int) -> Parts:
    """Return what stands around a stream with tags of its own, without genres."""
    return _parts(read(file, size), ())


def _parts(found: Around, carried: tuple[tuple[str, bytes], ...]) -> Parts:
    rest = [frame for _, tag in found.front for frame in id3.rest(tag)]
    rest += [*carried, *ape.rest(found.tail)]
    if found.v1:
        rest.append(("ID3v1", found.v1[1][:127]))
    tail = found.tail
    if tail is None:
        return Parts(tuple(rest), ((found.start, found.end - found.start),))
    sound = ((found.start, tail.start - found.start), (tail.stop, found.end - tail.stop))
    return Parts(tuple(rest), sound)
