"""Write genres into a copy of a file and make sure that nothing else in it changed.

The face of ``tagging`` for ``acts``; reading tags for the catalogue is ``facts``' work. The
original is only read here. A file is judged by its first bytes, not by its name.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from genredesk.library.organize import fsops
from genredesk.library.organize.tagging import (
    Parts,
    Splice,
    TagError,
    ape,
    asf,
    id3,
    iff,
    mp4,
    mpeg,
    vorbis,
)
from genredesk.library.scanning import metadata

__all__ = ["TagError", "family", "genres_of", "write_copy"]

Splices = Callable[[BinaryIO, int, Sequence[str]], list[Splice]]
_LONGEST = 250
"""Characters of one genre; anything longer was never meant as one."""


@dataclass(frozen=True, slots=True)
class _Family:
    """How one kind of file is changed: by splices of bytes, or by mutagen in a copy."""

    name: str
    splices: Splices | None
    save: Callable[[BinaryIO, Sequence[str]], None] | None
    parts: Callable[[BinaryIO, int], Parts]
    sound: Callable[[BinaryIO], Iterator[bytes]] | None = None


def _ogg_parts(file: BinaryIO, size: int) -> Parts:  # noqa: ARG001
    return Parts(vorbis.ogg_rest(file), ())


_MPEG = _Family("MP3", mpeg.splices, None, mpeg.parts)
_FLAC = _Family("FLAC", vorbis.flac_splices, None, vorbis.flac_parts)
_OGG = _Family("Ogg", None, vorbis.ogg_save, _ogg_parts, vorbis.ogg_sound)
_MP4 = _Family("MP4", None, mp4.save, mp4.parts)
_ASF = _Family("ASF", None, asf.save, asf.parts)
_IFF = _Family("WAV or AIFF", iff.splices, None, iff.parts)
_APE = _Family("APE", ape.splices, None, ape.parts)

_MARKS = (
    (b"fLaC", _FLAC), (b"OggS", _OGG), (asf.GUID, _ASF), (b"MAC ", _APE), (b"wvpk", _APE),
    (b"MPCK", _APE), (b"MP+", _APE), (b"tBaK", _APE),
)  # fmt: skip
_IFF_MARKS = {(b"RIFF", b"WAVE"), (b"FORM", b"AIFF"), (b"FORM", b"AIFC")}


def family(path: str) -> str:
    """Return what kind of tags a file has.

    Raises
    ------
    TagError
        When it is of a kind that has no place for a genre.
    """
    with open(path, "rb") as file:  # noqa: PTH123
        return _family(file).name


def _family(file: BinaryIO) -> _Family:
    tag = id3.read(file, 0)
    file.seek(tag.length if tag else 0)
    head = file.read(16)
    for mark, found in _MARKS:
        if head.startswith(mark):
            return found
    if head[4:8] == b"ftyp":
        return _MP4
    if (head[:4], head[8:12]) in _IFF_MARKS:
        return _IFF
    is_frame = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0
    is_adts = is_frame and not head[1] & 0x06  # no layer: AAC
    if (is_frame and not is_adts) or (tag is not None and not is_adts):
        return _MPEG
    raise TagError("this kind of file has no place for a genre")


def genres_of(path: str) -> tuple[str, ...]:
    """Return the genres in a file's tags."""
    return metadata.read(Path(path))[0].genres


def write_copy(path: str, temp: str, genres: Sequence[str]) -> bytes:
    """Write the new file ``temp``: ``path`` with these genres and nothing else changed, synced.

    Returns
    -------
    bytes
        SHA-256 of ``path`` as it was read.

    Raises
    ------
    TagError
        When the tags are damaged, of no known kind, or would not come out as they should.
    OSError
        When something cannot be read or written. ``temp`` is removed in each case.
    """
    if any(not g.strip() or len(g) > _LONGEST or not g.isprintable() for g in genres):
        raise TagError("a genre is empty, too long or holds odd characters")
    try:
        with open(path, "rb") as old, fsops.create(temp) as new:  # noqa: PTH123
            seen = _write(old, new, genres)
            fsops.sync(new)
            _compare(old, new, _family(old))
        _compare_genres(temp, genres)
    except (OSError, TagError):
        fsops.discard(temp)
        raise
    except Exception as error:
        fsops.discard(temp)
        # Whatever a damaged tag makes a parser raise; the original was only read.
        raise TagError(f"they are damaged ({type(error).__name__})") from error
    return seen


def _write(old: BinaryIO, new: BinaryIO, genres: Sequence[str]) -> bytes:
    kind = _family(old)
    size = os.fstat(old.fileno()).st_size
    splices = kind.splices(old, size, genres) if kind.splices else []
    seen = _copy(old, new, size, splices)
    if kind.save is not None:
        new.flush()
        kind.save(new, genres)
    return seen


def _copy(old: BinaryIO, new: BinaryIO, size: int, splices: Iterable[Splice]) -> bytes:
    """Copy with splices; return the SHA-256 of the whole original."""
    seen = hashlib.sha256()
    old.seek(0)
    at = 0
    for splice in [*sorted(splices, key=lambda s: s.start), Splice(size, size, b"")]:
        for block in _read(old, splice.start - at):
            seen.update(block)
            new.write(block)
        for block in _read(old, splice.stop - splice.start):
            seen.update(block)
        new.write(splice.data)
        at = splice.stop
    if old.read(1):
        raise OSError("it grew while it was read")
    return seen.digest()


def _read(file: BinaryIO, length: int) -> Iterator[bytes]:
    while length > 0:
        block = file.read(min(fsops.CHUNK, length))
        if not block:
            raise OSError("it became shorter while it was read")
        length -= len(block)
        yield block


def _compare(old: BinaryIO, new: BinaryIO, kind: _Family) -> None:
    """Make sure that sound and all other tags are byte for byte the same."""
    sides = []
    for file in (old, new):
        size = os.fstat(file.fileno()).st_size
        found = kind.parts(file, size)
        sides.append((found.rest, _sound(file, kind, found)))
    (rest, sound), (new_rest, new_sound) = sides
    if sound != new_sound:
        raise TagError("the sound would change")
    if rest != new_rest:
        raise TagError("other tags would change")


def _sound(file: BinaryIO, kind: _Family, parts: Parts) -> bytes:
    seen = hashlib.sha256()
    if kind.sound is not None:
        for packet in kind.sound(file):
            seen.update(packet)
        return seen.digest()
    size = os.fstat(file.fileno()).st_size
    for start, length in parts.sound:
        if length < 0 or start + length > size:
            raise TagError("one of its parts ends beyond the file")
        file.seek(start)
        for block in _read(file, length):
            seen.update(block)
    return seen.digest()


def _compare_genres(temp: str, genres: Sequence[str]) -> None:
    wanted = tuple(dict.fromkeys(metadata.clean(genre) for genre in genres))
    if genres_of(temp) != wanted:
        raise TagError(f"this kind of tag cannot hold the genre {', '.join(wanted)}")
