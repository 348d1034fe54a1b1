"""What a file's own bytes say before any decoder sees it: which one suits, and what to beware of.

Headers speak of the recording they were written for. Of files that were joined, or whose writer
never came back to fill in the sizes, they tell the truth about a part of the sound only; the
decoders believe them, so this is looked for here.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_HEAD = 512
_CHUNK = 1 << 20
_LONGEST_SEARCH = 1 << 28
"""So much of a file is searched for further recordings: some hours of FLAC."""

_MOST_PARTS = 1000
"""What lies behind so many recordings is taken for a part of the last one."""

_TAIL_TAGS = 4096
"""Behind the sound of an mp3 there are at most so many bytes of tags, unless they hold pictures."""

_UNKNOWN = 0xFFFFFFFF
_WRAP = 1 << 32

_OGG_FIRST_PAGE = re.compile(rb"OggS\0[\x02\x03\x06\x07]")
_FLAC_BEGINS = re.compile(rb"fLaC[\x00\x80]\0\0\x22")


@dataclass(frozen=True, slots=True)
class Part:
    """A recording: a whole file, or bytes ``begin`` to ``end`` of one that holds several.

    Parameters
    ----------
    sndfile
        libsndfile reads this kind, and all there is of it.
    ogg
        It is an Ogg stream.
    patches
        Places of the file and what is to be read there instead: a size that was never filled in,
        or was too large for its field, becomes "to the end of the file".
    empty
        It says that it holds no sound, and there is none.
    """

    path: Path
    begin: int = 0
    end: int | None = None
    sndfile: bool = False
    ogg: bool = False
    patches: tuple[tuple[int, bytes], ...] = ()
    empty: bool = False

    def opened(self) -> str | BinaryIO:
        """Return what a decoder can open: a name, or a file that holds nothing but this part."""
        if self.end is None:
            return str(self.path)
        return Slice(self.path, self.begin, self.end, self.patches)


class Slice(io.RawIOBase, BinaryIO):
    """Bytes ``begin`` to ``end`` of a file, as a file; see :class:`Part`."""

    def __init__(
        self, path: Path, begin: int, end: int, patches: tuple[tuple[int, bytes], ...] = ()
    ) -> None:
        self._file = path.open("rb")
        self._begin, self._size = begin, end - begin
        self._patches = patches
        self._at = 0

    def readable(self) -> bool:
        """Report that it can be read."""
        return True

    def seekable(self) -> bool:
        """Report that any place in it can be gone to."""
        return True

    def tell(self) -> int:
        """Return the place in the part."""
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place in the part."""
        self._at = max(0, offset + (0, self._at, self._size)[whence])
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Read on from the place; 0 at the end of the part."""
        view = memoryview(buffer).cast("B")[: max(0, self._size - self._at)]
        first = self._begin + self._at
        self._file.seek(first)
        count = self._file.readinto(view)
        for place, new in self._patches:
            for at, byte in enumerate(new, place - first):
                if 0 <= at < count:
                    view[at] = byte
        self._at += count
        return count

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
        super().close()


def look(path: Path) -> list[Part]:
    """Return the recordings in ``path``, one after the other; nearly always that is one.

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
            return [_wav(path, file, begin, size)]
        if head[:4] == b".snd" and head[8:12] == bytes(4):
            return [Part(path, 0, size, patches=((begin + 8, b"\xff" * 4),))]
        if head[:4] == b"FORM":
            return [Part(path, sndfile=head[8:12] in (b"AIFF", b"AIFC"))]
        if head[:4] == b"OggS":
            starts = _ogg_starts(file, begin)
            return [
                Part(*place, sndfile=_is_vorbis(file, place[1]), ogg=True)
                for place in _places(path, starts, size)
            ]
        if head[:4] == b"fLaC":
            starts = [begin, *_found(file, begin + 4, _FLAC_BEGINS)]
            return [Part(*place, sndfile=True) for place in _places(path, starts, size)]
        return [Part(path, sndfile=_whole_mp3(head, size - begin))]


def _places(path: Path, starts: list[int], size: int) -> Iterator[tuple[Path, int, int | None]]:
    if len(starts) == 1:
        yield path, 0, None
        return
    for begin, end in zip(starts, [*starts[1:], size], strict=True):
        yield path, begin, end


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


def _wav(path: Path, file: BinaryIO, begin: int, size: int) -> Part:
    """Look whether a WAV tells the size of its sound.

    It does not when that is 0 or all ones though there is sound, or has wrapped at 4 GiB.
    """
    large = None
    chunks = _chunks(file, begin + 12, size)
    for name, place, _told in chunks:
        if name == b"ds64":
            file.seek(place + 8)
            large = int.from_bytes(file.read(8), "little")
    if not chunks or chunks[-1][0] != b"data":
        return Part(path, sndfile=True)
    _, place, told = chunks[-1]
    if told == 0 or (told == _UNKNOWN and large == 0):
        if size <= place or _ends_exactly(file, place, size):
            return Part(path, empty=True)
    elif size - place - told < _WRAP and (told != _UNKNOWN or large):
        return Part(path, sndfile=True)
    return Part(path, 0, size, patches=((begin, b"RIFF"), (place - 4, b"\xff" * 4)))


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


def _is_vorbis(file: BinaryIO, at: int) -> bool:
    file.seek(at)
    return b"vorbis" in file.read(_HEAD)


def _ogg_starts(file: BinaryIO, begin: int) -> list[int]:
    """Return where the links of an Ogg file begin: at first pages, of which a film has several."""
    starts: list[int] = []
    behind = begin
    for at in [begin, *_found(file, begin + 1, _OGG_FIRST_PAGE)]:
        if at != behind or not starts:
            starts.append(at)
        file.seek(at)
        page = file.read(27 + 255)
        lengths = page[27 : 27 + page[26]] if len(page) > 26 else b""
        behind = at + 27 + len(lengths) + sum(lengths)
    return starts


def _found(file: BinaryIO, at: int, pattern: re.Pattern[bytes]) -> list[int]:
    """Return where ``pattern`` (up to 8 bytes) occurs behind ``at``."""
    file.seek(at)
    found: list[int] = []
    rest, read = b"", 0
    while read < _LONGEST_SEARCH and len(found) < _MOST_PARTS and (chunk := file.read(_CHUNK)):
        data = rest + chunk
        first = at + read - len(rest)
        found += [first + m.start() for m in pattern.finditer(data)]
        rest, read = data[-7:], read + len(chunk)
    return sorted(set(found))
