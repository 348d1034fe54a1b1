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

from genredesk.core.messages import say
from genredesk.library.organize import fsops
from genredesk.library.organize.tagging import (
    Parts,
    Splice,
    TagError,
    around,
    asf,
    iff,
    mp4,
    ogg,
    vorbis,
)
from genredesk.library.scanning import metadata
from genredesk.library.scanning.container import Container, sniff

__all__ = ["TagError", "genres_of", "refusal", "write_copy"]

Splices = Callable[[BinaryIO, int, Sequence[str]], list[Splice]]
_LONGEST = 250
"""Characters of one genre; anything longer was never meant as one."""


@dataclass(frozen=True, slots=True)
class _Family:
    """How one kind of file is changed: what its tags become, and what has to stay as it is.

    Parameters
    ----------
    sound
        Gives what stays where that is no range of bytes.
    check
        Raises what ``splices`` would, where those read the whole file.
    """

    splices: Splices
    parts: Callable[[BinaryIO, int], Parts]
    sound: Callable[[BinaryIO], Iterator[bytes]] | None = None
    check: Callable[[BinaryIO], None] | None = None


_ID3 = _Family(around.id3_splices, around.id3_parts)
_APE = _Family(around.ape_splices, around.ape_parts)
_IFF = _Family(iff.splices, iff.parts)
_FAMILIES = {
    Container.MPEG: _ID3, Container.TTA: _ID3, Container.MONKEYS_AUDIO: _APE,
    Container.WAVPACK: _APE, Container.MUSEPACK: _APE, Container.TAK: _APE,
    Container.FLAC: _Family(vorbis.flac_splices, vorbis.flac_parts),
    Container.OGG: _Family(ogg.splices, ogg.parts, ogg.sound, ogg.check),
    Container.MP4: _Family(mp4.splices, mp4.parts), Container.ASF: _Family(asf.splices, asf.parts),
    Container.WAV: _IFF, Container.AIFF: _IFF,
}  # fmt: skip
_NO_PLACE = {Container.ADTS, Container.AC3, Container.DTS, Container.AU, Container.TS}


def _family(file: BinaryIO) -> _Family:
    kind = sniff(file)
    if (found := _FAMILIES.get(kind)) is not None:
        return found
    if kind is Container.UNKNOWN:
        raise TagError(say("its contents are of no kind whose tags GenreDesk knows"))
    if kind in _NO_PLACE:
        raise TagError(say("{kind} has no place for a genre", kind=kind))
    raise TagError(say("GenreDesk knows no place for a genre in {kind} files", kind=kind))


def refusal(path: str, genres: Sequence[str]) -> str:
    """Return why a file's tags would be left alone, as half a sentence; empty when they would not.

    Only tags are read: damage that shows when everything is compared is found by ``write_copy``.

    Raises
    ------
    OSError
        When the file cannot be read.
    """
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            _plan(file, genres)
    except TagError as error:
        return str(error)
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a damaged tag makes a parser raise
        return _damaged(error)
    return ""


def _plan(file: BinaryIO, genres: Sequence[str]) -> None:
    _check_genres(genres)
    kind = _family(file)
    if kind.check is not None:
        kind.check(file)
        return
    size = os.fstat(file.fileno()).st_size
    kind.splices(file, size, genres)
    kind.parts(file, size)


def _check_genres(genres: Sequence[str]) -> None:
    if any(not g.strip() or len(g) > _LONGEST or not g.isprintable() for g in genres):
        raise TagError(say("a genre is empty, too long or holds odd characters"))


def _damaged(error: Exception) -> str:
    return say("they are damaged ({name})", name=type(error).__name__)


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
    _check_genres(genres)
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
        raise TagError(_damaged(error)) from error
    return seen


def _write(old: BinaryIO, new: BinaryIO, genres: Sequence[str]) -> bytes:
    kind = _family(old)
    size = os.fstat(old.fileno()).st_size
    return _copy(old, new, size, kind.splices(old, size, genres))


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
        raise TagError(say("the sound would change"))
    if rest != new_rest:
        raise TagError(say("other tags would change"))


def _sound(file: BinaryIO, kind: _Family, parts: Parts) -> bytes:
    seen = hashlib.sha256()
    if kind.sound is not None:
        for packet in kind.sound(file):
            seen.update(packet)
    size = os.fstat(file.fileno()).st_size
    for start, length in parts.sound:
        if length < 0 or start + length > size:
            raise TagError(say("one of its parts ends beyond the file"))
        file.seek(start)
        for block in _read(file, length):
            seen.update(block)
    return seen.digest()


def _compare_genres(temp: str, genres: Sequence[str]) -> None:
    wanted = tuple(dict.fromkeys(metadata.clean(genre) for genre in genres))
    found = genres_of(temp)
    if not found:
        raise TagError(say("they are damaged: what is written cannot be read again"))
    if found != wanted:
        raise TagError(
            say("this kind of tag cannot hold the genre {wanted}", wanted=", ".join(wanted))
        )
