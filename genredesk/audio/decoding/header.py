"""What a file's own bytes say before any decoder sees it: which one suits, and what to beware of.

Headers speak of the recording they were written for. Of files that were joined, or whose writer
never came back to fill in the sizes, they tell the truth about a part of the sound only; the
decoders believe them, so this is looked for here.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from genredesk.audio.decoding import extent, flac, mpeg

_HEAD = 512
_CHUNK = 1 << 20
_LONGEST_SEARCH = 1 << 28
"""So much of a file is searched for further recordings: some hours of FLAC."""

_MOST_PARTS = 1000
"""What lies behind so many recordings is taken for a part of the last one."""

_TAIL_TAGS = 4096
"""Behind the sound there are at most so many bytes of tags, unless they hold pictures."""

_ODD = 1.6
"""An index that makes frames so many times longer or shorter than they are counts them wrongly."""

_RUBBISH = 1 << 16
"""Bytes before the sound that belong to nothing."""

_PACKED = re.compile(rb"\x7f\xfe\x80\x01|\xfe\x7f\x01\x80|\xff\x1f\x00\xe8|\x72\xf8\x1f\x4e")
"""DTS of 16 and 14 bits, and what is sent through a digital cable (IEC 61937), among samples."""

_PACKED_WITHIN = 1 << 15
_RIFF = (b"RIFF", b"RF64", b"BW64")

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
        or was too large for its field, becomes "to the end of the file"; a total that is wrong,
        the right one.
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
        begin = _begin(file)
        places = list(_recordings(file, begin, size))
        if len(places) > 1:
            return [_part(path, file, *place) for place in places]
        return [_part(path, file, min(begin, size), None)]


def _recordings(file: BinaryIO, begin: int, size: int) -> Iterator[tuple[int, int]]:
    """Give where each recording begins and ends."""
    for n in range(_MOST_PARTS):
        if begin >= size:
            return
        file.seek(begin)
        head = file.read(4)
        if head in {b"OggS", b"fLaC"}:
            if head == b"OggS":
                starts = _ogg_starts(file, begin)
            else:
                behind = flac.frames_begin(file, begin)
                starts = [begin, *_found(file, behind, _FLAC_BEGINS)]
            yield from zip(starts, [*starts[1:], size], strict=True)
            return
        end = size if n == _MOST_PARTS - 1 else extent.end_of(file, begin, size)
        yield begin, end
        begin = end


def _part(path: Path, file: BinaryIO, begin: int, end: int | None) -> Part:
    """Look at the recording at ``begin``; ``end`` is ``None`` where it is the only one."""
    file.seek(begin)
    head = file.read(_HEAD)
    stop = file.seek(0, 2) if end is None else end
    is_mpeg, is_wave = head[:1] == b"\xff", head[:4] in _RIFF and head[8:12] == b"WAVE"
    cut = Part(path, begin, stop)
    # Tags before the sound belong to these kinds; in others decoders count from there, or give up.
    whole = end is None and (not begin or is_mpeg or head[:4] == b"TTA1")
    part = Part(path) if whole else cut
    if is_wave:
        return _wav(part, file, cut)
    if head[:4] == b".snd" and head[8:12] == bytes(4):
        return replace(cut, patches=((begin + 8, b"\xff" * 4),))
    if head[:4] == b"fLaC" and (patch := flac.true_total(file, begin, stop)) is not None:
        return replace(cut, sndfile=True, patches=(patch,))
    is_ogg, is_aiff = head[:4] == b"OggS", head[:4] == b"FORM" and head[8:11] == b"AIF"
    sndfile = (
        head[:4] == b"fLaC"
        or is_aiff
        or (is_ogg and b"vorbis" in head)
        or (is_mpeg and _whole_mp3(file, head, begin, stop))
    )
    return replace(part, sndfile=sndfile, ogg=is_ogg)


def end_of_id3(file: BinaryIO) -> int:
    """Return where the ID3v2 tags at the beginning end, by the sizes they name; 0 without any."""
    at = 0
    while True:
        file.seek(at)
        head = file.read(10)
        if len(head) < 10 or head[:3] != b"ID3" or max(head[6:10]) > 0x7F:
            return at
        size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
        at += 10 + size + 10 * bool(head[5] & 0x10)


def _begin(file: BinaryIO) -> int:
    """Return where the sound begins: behind tags, which may hold a picture, or rubbish."""
    at = end_of_id3(file)
    file.seek(at)
    head = file.read(_RUBBISH)
    found = _FLAC_BEGINS.search(head)
    if found is None or extent.begins(head) or head[:1] in {b"\xff", b"\x47"}:
        return at
    return at + found.start()


def _whole_mp3(file: BinaryIO, head: bytes, begin: int, end: int) -> bool:
    """Whether this is an mp3 with an index, in its ``head``, that accounts for all of it.

    Without one libsndfile guesses the length and stops there; with one that speaks of less it
    stops where that says.
    """
    if len(head) < 2 or head[1] & 0xE6 != 0xE2:
        return False
    told = frames = 0
    at = max(head.find(b"Xing"), head.find(b"Info"))
    if at >= 0:
        flags = int.from_bytes(head[at + 4 : at + 8], "big")
        place = at + 8 + (4 if flags & 1 else 0)
        frames = int.from_bytes(head[at + 8 : at + 12], "big") if flags & 1 else 0
        told = int.from_bytes(head[place : place + 4], "big") if flags & 2 else 0
    elif (at := head.find(b"VBRI")) >= 0:
        told = int.from_bytes(head[at + 10 : at + 14], "big")
        frames = int.from_bytes(head[at + 14 : at + 18], "big")
    if not told or end - begin - told > _TAIL_TAGS:
        return False
    length = mpeg.mean_length(file, begin, end)
    return not frames or not length or 1 / _ODD < told / frames / length < _ODD


def _wav(part: Part, file: BinaryIO, cut: Part) -> Part:
    """Look whether a WAV tells the size of its sound; ``cut`` is ``part`` with its bounds.

    It does not when that is 0 or all ones though there is sound, or less than there is: it has
    wrapped at 4 GiB, or its writer was stopped between two notes of it.
    """
    large, begin, size = 0, cut.begin, cut.end or 0
    chunks = extent.chunks(file, begin + 12, size)
    for name, place, _told in chunks:
        if name == b"ds64":
            file.seek(place + 8)
            large = int.from_bytes(file.read(8), "little")
    if not chunks or chunks[-1][0] != b"data":
        return replace(part, sndfile=True)
    _, place, told = chunks[-1]
    file.seek(place)
    is_pcm = not _PACKED.search(file.read(_PACKED_WITHIN))
    if told == 0 or (told == extent.UNKNOWN and not large):
        if size <= place or extent.behind_chunks(file, place, size) >= size - 1:
            return replace(part, empty=True)
    else:
        told = large if told == extent.UNKNOWN else told
        behind = extent.behind_chunks(file, place + told + told % 2, size)
        if not extent.has_sound_behind(file, behind, size, _TAIL_TAGS):
            return replace(part, sndfile=is_pcm)
    patches = ((begin, b"RIFF"), (place - 4, b"\xff" * 4))
    return replace(cut, patches=patches)


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
