"""What a file's own bytes say before any decoder sees it: which one suits, and what to beware of.

Headers speak of the recording they were written for. Of files that were joined, or whose writer
never came back to fill in the sizes, they tell the truth about a part of the sound only; the
decoders believe them, so this is looked for here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_HEAD = 512
_CHUNK = 1 << 20
_LONGEST_SEARCH = 1 << 28
"""So much of a file is searched for a second recording: some hours of FLAC."""

_TAIL_TAGS = 4096
"""Behind the sound of an mp3 there are at most so many bytes of tags, unless they hold pictures."""

_UNKNOWN = 0xFFFFFFFF
_WRAP = 1 << 32

_OGG_FIRST_PAGE = re.compile(rb"OggS\0[\x02\x03\x06\x07]")
_FLAC_BEGINS = re.compile(rb"fLaC[\x00\x80]\0\0\x22")


@dataclass(frozen=True, slots=True)
class Header:
    """What the bytes of a file tell.

    Parameters
    ----------
    sndfile
        libsndfile reads this kind, and all there is of it.
    ogg
        It is an Ogg stream.
    joined
        Several recordings follow one another; what the first says of its length, and where in the
        file a time is to be found, holds for itself alone.
    unsized
        The size of its sound was never filled in, or is too large for its field: it goes on to
        the end of the file.
    """

    sndfile: bool = False
    ogg: bool = False
    joined: bool = False
    unsized: bool = False


def look(path: Path) -> Header:
    """Read what ``path`` says about itself.

    Raises
    ------
    OSError
        When it cannot be read.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        begin = _behind_id3(file)
        file.seek(begin)
        head = file.read(_HEAD)
        if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
            unsized = _unsized_wav(file, begin, size)
            return Header(sndfile=not unsized, unsized=unsized)
        if head[:4] == b"FORM":
            return Header(sndfile=head[8:12] in (b"AIFF", b"AIFC"))
        if head[:4] == b"OggS":
            joined = _found(file, _behind_first_pages(file, begin), _OGG_FIRST_PAGE)
            return Header(sndfile=b"vorbis" in head and not joined, ogg=True, joined=joined)
        if head[:4] == b"fLaC":
            joined = _found(file, begin + 4, _FLAC_BEGINS)
            return Header(sndfile=not joined, joined=joined)
        return Header(sndfile=_whole_mp3(head, size - begin))


def _behind_id3(file: BinaryIO) -> int:
    """Return where the sound begins: behind tags, which may hold a picture."""
    file.seek(0)
    head = file.read(10)
    if head[:3] != b"ID3":
        return 0
    size = 0
    for byte in head[6:10]:  # 7 bits a byte
        size = size << 7 | byte & 0x7F
    return 10 + size


def _whole_mp3(head: bytes, size: int) -> bool:
    """Whether this is an mp3 with an index that accounts for all ``size`` bytes of it.

    Without one libsndfile guesses the length and stops there; with one that speaks of less it
    stops where that says.
    """
    if len(head) < 2 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return False
    at = max(head.find(b"Xing"), head.find(b"Info"))
    if at >= 0:
        flags = int.from_bytes(head[at + 4 : at + 8], "big")
        place = at + 8 + (4 if flags & 1 else 0)
        told = int.from_bytes(head[place : place + 4], "big") if flags & 2 else 0
    elif (at := head.find(b"VBRI")) >= 0:
        told = int.from_bytes(head[at + 10 : at + 14], "big")
    else:
        return False
    return size - told <= _TAIL_TAGS


def _unsized_wav(file: BinaryIO, begin: int, size: int) -> bool:
    """Whether the size of a WAV's sound is unknown (0 or all ones) or has wrapped at 4 GiB."""
    large = None
    for name, place, told in _chunks(file, begin + 12, size):
        if name == b"ds64":
            file.seek(place + 8)
            large = int.from_bytes(file.read(8), "little")
        if name == b"data":
            there = size - place
            if told == _UNKNOWN and large:
                return False
            if told == 0 or (told == _UNKNOWN and large == 0):
                return there > 0 and not _ends_exactly(file, place, size)
            return told == _UNKNOWN or there - told >= _WRAP
    return False


def _chunks(file: BinaryIO, at: int, size: int) -> list[tuple[bytes, int, int]]:
    """List the chunks of a RIFF file up to its sound: name, where the contents begin, size."""
    found: list[tuple[bytes, int, int]] = []
    while at + 8 <= size and len(found) < 1000:
        file.seek(at)
        head = file.read(8)
        told = int.from_bytes(head[4:], "little")
        found.append((head[:4], at + 8, told))
        if head[:4] == b"data":
            break
        at += 8 + told + told % 2
    return found


def _ends_exactly(file: BinaryIO, at: int, size: int) -> bool:
    """Whether nothing but whole chunks lies between ``at`` and the end: there is no sound."""
    chunks = _chunks(file, at, size)
    end = chunks[-1][1] + chunks[-1][2] if chunks else 0
    return bool(chunks) and size - 1 <= end + chunks[-1][2] % 2 <= size + 1


def _behind_first_pages(file: BinaryIO, at: int) -> int:
    """Return where an Ogg file's streams (a film has two) have all begun."""
    while True:
        file.seek(at)
        page = file.read(27 + 255)
        if not _OGG_FIRST_PAGE.match(page) or len(page) < 27:
            return at
        lengths = page[27 : 27 + page[26]]
        at += 27 + len(lengths) + sum(lengths)


def _found(file: BinaryIO, at: int, pattern: re.Pattern[bytes]) -> bool:
    """Whether ``pattern`` (up to 8 bytes) occurs behind ``at``."""
    file.seek(at)
    rest, read = b"", 0
    while read < _LONGEST_SEARCH and (chunk := file.read(_CHUNK)):
        if pattern.search(rest + chunk):
            return True
        rest, read = chunk[-7:], read + len(chunk)
    return False
