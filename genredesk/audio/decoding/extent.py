"""Where a recording ends by its container's own sizes, and whether another one begins there.

Files that were copied behind one another are one file to the system, and to decoders the first of
them alone. Only containers whose sizes tell where they end are asked; in Ogg and FLAC beginnings
are searched for (``header``), the frames of MPEG and its like simply follow each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

UNKNOWN = 0xFFFFFFFF
"""A size of 32 bits that its writer never came back to fill in, or that stands elsewhere."""

_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_WAVE64 = b"riff\x2e\x91\xcf\x11"
_EBML, _SEGMENT = b"\x1aE\xdf\xa3", b"\x18S\x80g"
_MOST_PIECES = 1_000_000
_TAGS = (b"ID3", b"TAG", b"APETAGEX", b"LYRICSBEGIN")


def end_of(file: BinaryIO, begin: int, size: int) -> int:
    """Return where another recording begins behind the one at ``begin``; ``size`` where none does.

    Parameters
    ----------
    size
        Where the file ends.
    """
    head = _at(file, begin, 16)
    for mark, place, find in _KINDS:
        if head[place : place + len(mark)] == mark:
            end = _behind_tags(file, find(file, begin, size), size)
            return end if begin < end < size and begins(_at(file, end, 16)) else size
    return size


def _behind_tags(file: BinaryIO, at: int, size: int) -> int:
    """Return where tags at the end of a recording end: APE and ID3v1."""
    while at < size:
        head = _at(file, at, 32)
        if head.startswith(b"APETAGEX"):
            is_header = head[23:24] and head[23] & 0x20
            at += 32 + (int.from_bytes(head[12:16], "little") if is_header else 0)
        elif head.startswith(b"TAG"):
            at += 128
        else:
            break
    return at


def begins(head: bytes) -> bool:
    """Whether a container that is known here begins with these bytes."""
    others = (b"fLaC", b"OggS")
    return head.startswith(others) or any(
        head[place : place + len(mark)] == mark for mark, place, _ in _KINDS
    )


def _at(file: BinaryIO, place: int, length: int) -> bytes:
    file.seek(place)
    return file.read(length)


def chunks(file: BinaryIO, at: int, size: int) -> list[tuple[bytes, int, int]]:
    """List the chunks of a RIFF file up to its sound: name, where the contents begin, size."""
    found: list[tuple[bytes, int, int]] = []
    while at + 8 <= size and len(found) < 1000:
        head = _at(file, at, 8)
        told = int.from_bytes(head[4:], "little")
        found.append((head[:4], at + 8, told))
        if head[:4] == b"data":
            break
        at += 8 + told + told % 2
    return found


def behind_chunks(file: BinaryIO, at: int, size: int) -> int:
    """Return where whole chunks that follow each other from ``at`` end: at tags, sound, or more."""
    for _ in range(_MOST_PIECES):
        head = _at(file, at, 16)
        told = int.from_bytes(head[4:8], "little")
        is_name = all(32 <= byte < 127 for byte in head[:4])
        if (
            len(head) < 8
            or not is_name
            or at + 8 + told > size
            or head.startswith(_TAGS)
            or begins(head)
        ):
            break
        at += 8 + told + told % 2
    return min(at, size)


def has_sound_behind(file: BinaryIO, at: int, size: int, most_tags: int) -> bool:
    """Whether what stands at ``at``, behind the sound and its chunks, must be sound as well."""
    return size - at > most_tags and not _at(file, at, 16).startswith(_TAGS)


def _wave(file: BinaryIO, begin: int, size: int) -> int:
    found = chunks(file, begin + 12, size)
    large = next((place for name, place, _ in found if name == b"ds64"), None)
    if not found or found[-1][0] != b"data":
        return size
    _, place, told = found[-1]
    if told == UNKNOWN and large is not None:
        told = int.from_bytes(_at(file, large + 8, 8), "little")
    if told in {0, UNKNOWN}:
        return size
    return behind_chunks(file, place + told + told % 2, size)


def _avi(file: BinaryIO, begin: int, _size: int) -> int:
    """Return the end of a film in AVI: the first of its lists, and those that go on (OpenDML)."""
    at = begin
    while (head := _at(file, at, 12))[:4] == b"RIFF" and (at == begin or head[8:] == b"AVIX"):
        at += 8 + int.from_bytes(head[4:8], "little")
        at += at % 2 != begin % 2
    return at


def _form(file: BinaryIO, begin: int, _size: int) -> int:
    told = int.from_bytes(_at(file, begin + 4, 4), "big")
    return begin + 8 + told + told % 2


def _au(file: BinaryIO, begin: int, size: int) -> int:
    head = _at(file, begin + 4, 8)
    told = int.from_bytes(head[4:], "big")
    return size if told in {0, UNKNOWN} else begin + int.from_bytes(head[:4], "big") + told


def _caf(file: BinaryIO, begin: int, size: int) -> int:
    at = begin + 8
    for _ in range(_MOST_PIECES):
        head = _at(file, at, 12)
        told = int.from_bytes(head[4:], "big", signed=True)
        if begins(head) or told < 0 or at + 12 + told > size:
            break
        at += 12 + told
    return at


def _wave64(file: BinaryIO, begin: int, _size: int) -> int:
    return begin + int.from_bytes(_at(file, begin + 16, 8), "little")


def _tta(file: BinaryIO, begin: int, _size: int) -> int:
    """Return the end of TTA: its header, a table of the frames' lengths, the frames."""
    head = _at(file, begin, 22)
    rate, samples = (int.from_bytes(head[at : at + 4], "little") for at in (10, 14))
    frame = rate * 256 // 245
    n_frames = -(-samples // frame) if frame else 0
    if n_frames > _MOST_PIECES:
        return begin
    table = _at(file, begin + 22, 4 * n_frames)
    lengths = (int.from_bytes(table[at : at + 4], "little") for at in range(0, len(table), 4))
    return begin + 22 + len(table) + 4 + sum(lengths)


def _wavpack(file: BinaryIO, begin: int, _size: int) -> int:
    """Return where the first block of a recording stands again, or no block at all."""
    at = begin
    for _ in range(_MOST_PIECES):
        head = _at(file, at, 28)
        is_first = head[16:20] == bytes(4) and head[25:26] and head[25] & 0x08
        if head[:4] != b"wvpk" or (is_first and at > begin):
            break
        at += 8 + int.from_bytes(head[4:8], "little")
    return at


def _mp4(file: BinaryIO, begin: int, size: int) -> int:
    at = begin
    for _ in range(_MOST_PIECES):
        head = _at(file, at, 16)
        told = int.from_bytes(head[:4], "big")
        if told == 1:
            told = int.from_bytes(head[8:16], "big")
        if told < 8 or at + told > size or (head[4:8] == b"ftyp" and at > begin):
            break
        at += told
    return at


def _matroska(file: BinaryIO, begin: int, size: int) -> int:
    at = begin
    while (head := _at(file, at, 12))[:4] in {_EBML, _SEGMENT}:
        if at > begin and head[:4] == _EBML:
            break
        n = 9 - head[4].bit_length() if len(head) == 12 else 9
        told = int.from_bytes(head[4 : 4 + n], "big") & (1 << 7 * n) - 1
        # it goes on to the end, or says so of more than there is
        if n > 8 or told == (1 << 7 * n) - 1 or at + 4 + n + told >= size:
            return size
        at += 4 + n + told
    return at


def _asf(file: BinaryIO, begin: int, size: int) -> int:
    at = begin
    for _ in range(1000):
        head = _at(file, at, 24)
        told = int.from_bytes(head[16:], "little")
        if told < 24 or at + told > size or (head[:16] == _ASF and at > begin):
            break
        at += told
    return at


def _flash(file: BinaryIO, begin: int, size: int) -> int:
    at = begin + 9 + 4
    for _ in range(_MOST_PIECES):
        head = _at(file, at, 4)
        told = int.from_bytes(head[1:], "big")
        if begins(head) or len(head) < 4 or at + 15 + told > size:
            break
        at += 15 + told
    return at


_KINDS: tuple[tuple[bytes, int, Callable[[BinaryIO, int, int], int]], ...] = (
    (b"WAVE", 8, _wave), (b"AVI ", 8, _avi), (b"FORM", 0, _form), (b".snd", 0, _au),
    (b"caff", 0, _caf), (_WAVE64, 0, _wave64), (b"TTA1", 0, _tta), (b"wvpk", 0, _wavpack),
    (b"ftyp", 4, _mp4), (_EBML, 0, _matroska), (_ASF, 0, _asf), (b"FLV\x01", 0, _flash),
)  # fmt: skip
"""What a container begins with, where that stands, and what tells its end."""
