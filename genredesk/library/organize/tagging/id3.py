"""ID3v2.2, 2.3 and 2.4, frame by frame: only ``TCON`` changes, every other frame keeps its bytes.

The tag keeps its version. Several genres stand in one frame with a zero between them: 2.4 says so;
in 2.3 a reader that knows only the standard stops at the zero and shows the first one, the others
(mutagen and TagLib among them) see all. A slash, the other custom in 2.3, would make one odd genre
of them everywhere. Source: id3.org, ID3v2.3.0 section 4.2, ID3v2.4.0-frames section 4.2.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from mutagen.id3 import TCON

from genredesk.core.messages import mark, say
from genredesk.library.organize.tagging import Splice, TagError

HEADER = 10
PADDING = 1024
_UNSYNC, _EXTENDED, _FOOTER = 0x80, 0x40, 0x10
_DAMAGED = mark("its ID3 tag is damaged")
GENRES = tuple(TCON.GENRES)
"""The numbered genres of ID3v1 and its extensions."""


@dataclass(frozen=True, slots=True)
class Id3Tag:
    """An ID3v2 tag: ``frames`` are ``(id, raw bytes with header)``, ``length`` is all of it."""

    version: int
    flags: int
    length: int
    frames: tuple[tuple[str, bytes], ...]
    is_plain: bool = False
    """2.4 with sizes written as plain numbers, as old versions of iTunes did."""
    revision: int = 0


def read(file: BinaryIO, start: int, limit: int | None = None) -> Id3Tag | None:
    """Return the tag that begins at ``start``, ``None`` when there is none.

    Raises
    ------
    TagError
        When it is damaged or uses something rare that could not be written back as it was.
    """
    file.seek(start)
    head = file.read(HEADER)
    if len(head) < HEADER or head[:3] != b"ID3":
        return None
    version, flags = head[3], head[5]
    if version not in {2, 3, 4} or any(byte & 0x80 for byte in head[6:10]):
        raise TagError(say(_DAMAGED))
    size = _number(head[6:10], 7)
    body = file.read(size)
    if len(body) < size or (limit is not None and HEADER + size > limit):
        raise TagError(say(_DAMAGED))
    if version == 2 and flags & _EXTENDED:
        raise TagError(say("its ID3 tag is compressed as a whole, which nothing can read"))
    if flags & (_EXTENDED | _FOOTER):
        raise TagError(say("its ID3 tag has an extended header or a footer"))
    if flags & _UNSYNC and version < 4:
        plain = body.replace(b"\xff\x00", b"\xff")
        if _unsynchronised(plain) != body:
            raise TagError(say("its ID3 tag is written in an odd way"))
        body = plain
    if version == 4 and (frames := _frames(body, 4, 7)) is not None:
        return Id3Tag(version, flags, HEADER + size, frames, revision=head[4])
    frames = _frames(body, version, 8)
    if frames is None:
        raise TagError(say(_DAMAGED))
    return Id3Tag(version, flags, HEADER + size, frames, version == 4, head[4])


def _frames(body: bytes, version: int, bits: int) -> tuple[tuple[str, bytes], ...] | None:
    """Split a tag; ``None`` when the sizes do not lead from frame to frame to the padding."""
    n_id, n_size, n_head = (3, 3, 6) if version == 2 else (4, 4, 10)
    # iTunes put the names of 2.2 into 2.3, with a zero or a space behind them.
    pattern = re.compile(rb"[A-Z][A-Z0-9 ]{%d}[A-Z0-9 \0]" % (n_id - 2))
    found = []
    at = 0
    while at + n_head <= len(body) and body[at]:
        name = body[at : at + n_id]
        if not pattern.fullmatch(name):
            return None
        raw = body[at + n_id : at + n_id + n_size]
        if bits == 7 and any(byte & 0x80 for byte in raw):
            return None
        end = at + n_head + _number(raw, bits)
        if end > len(body):
            return None
        found.append((name.decode("ascii"), body[at:end]))
        at = end
    return None if body[at:].strip(b"\0") else tuple(found)


def _number(raw: bytes, bits: int) -> int:
    value = 0
    for byte in raw:
        value = value << bits | byte
    return value


def _bytes(value: int, length: int, bits: int) -> bytes:
    if value >= 1 << (bits * length):
        raise TagError(say("its ID3 tag would become too large"))
    mask = (1 << bits) - 1
    return bytes(value >> (bits * (length - 1 - i)) & mask for i in range(length))


def _unsynchronised(data: bytes) -> bytes:
    out = re.sub(rb"\xff(?=[\xe0-\xff\x00])", b"\xff\x00", data)
    return out + b"\x00" if out.endswith(b"\xff") else out


def _is_genre(name: str) -> bool:
    return name.rstrip("\0 ") in {"TCON", "TCO"}


def has_genre(tag: Id3Tag) -> bool:
    """Return whether the tag has a genre at all."""
    return any(_is_genre(name) for name, _ in tag.frames)


def render(
    tag: Id3Tag | None,
    genres: Sequence[str],
    new: tuple[tuple[str, bytes], ...] = (),
    *,
    padding: bool = True,
) -> bytes:
    """Return the whole tag with these genres, as long as it was when that is enough.

    Where there was no tag, one of version 2.4 is made, the only one that knows several genres;
    ``new`` are its other frames.
    """
    old = tag or Id3Tag(4, 0, 0, new)
    frames = [raw for key, raw in old.frames if not _is_genre(key)]
    if genres:
        place = next((i for i, (key, _) in enumerate(old.frames) if _is_genre(key)), len(frames))
        frames.insert(place, _genre_frame(old, genres))
    body = b"".join(frames)
    if old.flags & _UNSYNC and old.version < 4:
        body = _unsynchronised(body)
    size = old.length - HEADER
    if len(body) > size:
        size = len(body) + (PADDING if padding else 0)
    body += b"\0" * (size - len(body))
    return b"ID3" + bytes((old.version, old.revision, old.flags)) + _bytes(size, 4, 7) + body


def _genre_frame(tag: Id3Tag, genres: Sequence[str]) -> bytes:
    words = [f"({word}" if word.startswith("(") and tag.version < 4 else word for word in genres]
    text = "\0".join(words)
    if text.isascii() or (tag.version < 4 and _is_latin(text)):
        data = b"\x00" + text.encode("latin-1")
    elif tag.version < 4:
        data = b"\x01" + b"\0\0".join(b"\xff\xfe" + w.encode("utf-16-le") for w in words)
    else:
        data = b"\x03" + text.encode()
    if tag.version == 2:
        return b"TCO" + _bytes(len(data), 3, 8) + data
    bits = 7 if tag.version == 4 and not tag.is_plain else 8
    return b"TCON" + _bytes(len(data), 4, bits) + b"\0\0" + data


def _is_latin(text: str) -> bool:
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


def rest(tag: Id3Tag | None) -> tuple[tuple[str, bytes], ...]:
    """Return every frame but the genre."""
    if tag is None:
        return ()
    return tuple((name, raw) for name, raw in tag.frames if not _is_genre(name))


_NAMES = {
    "title": b"TIT2", "artist": b"TPE1", "album": b"TALB", "year": b"TDRC", "track": b"TRCK",
    "comment": b"COMM",
}  # fmt: skip


def text_frames(facts: Sequence[tuple[str, str]]) -> tuple[tuple[str, bytes], ...]:
    """Return frames of version 2.4 that say what ``(fact, text)`` say."""
    found = []
    for fact, text in facts:
        name = _NAMES[fact]
        language = b"und\0" if name == b"COMM" else b""  # undetermined, and no description
        if _is_latin(text):
            data = b"\0" + language + text.encode("latin-1")
        else:
            data = b"\3" + language + text.encode()
        found.append((name.decode(), name + _bytes(len(data), 4, 7) + b"\0\0" + data))
    return tuple(found)


# ---------------------------------------------------------------- version 1, at the end


def v1_splice(start: int, genres: Sequence[str]) -> Splice:
    """Keep an ID3v1 tag in line: the first genre that has a number, 255 ("none") without one."""
    known = {name.casefold(): number for number, name in reversed(list(enumerate(GENRES)))}
    number = next((known[g.casefold()] for g in genres if g.casefold() in known), 255)
    return Splice(start + 127, start + 128, bytes((number,)))


def v1_facts(tag: bytes) -> tuple[tuple[str, str], ...]:
    """Return what the 128 bytes of an ID3v1 tag say but for the genre: ``(fact, text)``.

    Latin-1, as everybody reads it: its bytes stay what they are, whatever letters were meant.
    """
    has_track = not tag[125] and tag[126]
    texts = {
        "title": tag[3:33], "artist": tag[33:63], "album": tag[63:93], "year": tag[93:97],
        "comment": tag[97:125] if has_track else tag[97:127],
    }  # fmt: skip
    found = [
        (fact, text)
        for fact, raw in texts.items()
        if (text := raw.partition(b"\0")[0].rstrip().decode("latin-1"))
    ]
    return (*found, ("track", str(tag[126]))) if has_track else tuple(found)
