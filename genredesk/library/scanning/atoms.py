"""The atoms of MP4 and QuickTime files, and the tags that are named by keys (``mdta``).

Source: ISO 14496-12, 4.2 and 8.11; QuickTime File Format, "Metadata": an ``ilst`` whose ``meta``
has the handler ``mdta`` numbers its items by the names in ``keys``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

LARGEST = 256 << 20
"""Bytes of a ``moov`` that is taken into memory: a day of small chunks has 30 million."""
GENRE_KEYS = {b"genre", b"com.apple.quicktime.genre"}
OWN_GENRES = {b"\xa9gen", b"gnre"}
"""In ``udta`` itself: QuickTime's text, and that of 3GPP (TS 26.244, 8.2)."""
NAMES = {
    "title": "title", "artist": "artist", "author": "artist", "album": "album",
    "album_artist": "album_artist", "genre": "genres", "track": "track_no", "disc": "disc_no",
    "date": "year", "year": "year", "creationdate": "year",
}  # fmt: skip
"""What the keys are called in ``metadata``."""


@dataclass(frozen=True, slots=True)
class Atom:
    """An atom: bytes ``[start, stop)`` with a header of ``head`` bytes."""

    name: bytes
    start: int
    head: int
    stop: int


def header(head: bytes, start: int, end: int, *, is_top: bool = False) -> Atom:
    """Return the atom that begins with ``head`` (up to 16 bytes).

    Only the last one at the top may leave its size open.

    Raises
    ------
    ValueError
        When it does not end before ``end``.
    """
    size, length = int.from_bytes(head[:4], "big"), 8
    if size == 1:
        size, length = int.from_bytes(head[8:16], "big"), 16
    elif size == 0 and is_top:
        size = end - start
    if len(head) < length or size < length or start + size > end:
        raise ValueError("an atom ends beyond what holds it")
    return Atom(head[4:8], start, length, start + size)


def top(file: BinaryIO, size: int) -> list[Atom]:
    """Return the atoms of a file; up to seven bytes behind the last are passed over.

    Raises
    ------
    ValueError
        When their sizes do not fit.
    """
    found = []
    at = 0
    while at + 8 <= size:
        file.seek(at)
        found.append(header(file.read(16), at, size, is_top=True))
        at = found[-1].stop
    return found


def moov(file: BinaryIO, size: int) -> tuple[list[Atom], Atom, bytes]:
    """Return the atoms of a file, its ``moov`` and the bytes of it.

    Raises
    ------
    ValueError
        When there is none, or it is damaged.
    """
    found = top(file, size)
    own = [atom for atom in found if atom.name == b"moov"]
    if len(own) != 1 or own[0].stop - own[0].start > LARGEST:
        raise ValueError("it has no moov atom, or several")
    file.seek(own[0].start)
    return found, own[0], file.read(own[0].stop - own[0].start)


def inside(data: bytes, atom: Atom) -> list[Atom]:
    """Return the atoms inside of one, up to a closing zero (QuickTime's ``udta`` has one)."""
    at = atom.start + atom.head
    if atom.name == b"meta" and data[at + 4 : at + 8] != b"hdlr":
        at += 4  # ISO's has a version and flags
    found = []
    while at + 8 <= atom.stop:
        found.append(header(data[at : at + 16], at, atom.stop))
        at = found[-1].stop
    if any(data[at : atom.stop]):
        raise ValueError("there is something between the atoms")
    return found


def keys(data: bytes, meta: Atom) -> list[bytes] | None:
    """Return the names of the items of a ``meta`` atom; ``None`` where it is not of that sort."""
    parts = {atom.name: atom for atom in inside(data, meta)}
    handler = parts.get(b"hdlr")
    at = handler.start + handler.head + 8 if handler else 0
    if not handler or data[at : at + 4] != b"mdta" or b"keys" not in parts:
        return None
    table = parts[b"keys"]
    at = table.start + table.head + 8
    found = []
    while at + 8 <= table.stop:
        key = header(data[at : at + 16], at, table.stop)
        found.append(data[at + 8 : key.stop])
        at = key.stop
    return found


def values(data: bytes, item: Atom) -> list[bytes]:
    """Return what the ``data`` atoms of an item hold."""
    return [data[a.start + a.head + 8 : a.stop] for a in _all(data, item) if a.name == b"data"]


def _all(data: bytes, item: Atom) -> list[Atom]:
    found = []
    at = item.start + item.head
    while at + 8 <= item.stop:
        found.append(header(data[at : at + 16], at, item.stop))
        at = found[-1].stop
    return found


def old_tags(file: BinaryIO) -> list[tuple[str, str]]:
    """Return the tags with keys of a file, and the genre in ``udta`` itself: ``(name, text)``.

    Raises
    ------
    ValueError
        When the atoms are damaged.
    """
    size = file.seek(0, 2)
    _, own, data = moov(file, size)
    root = Atom(b"moov", 0, own.head, len(data))
    out = []
    for holder in (root, *(a for a in inside(data, root) if a.name == b"udta")):
        for atom in inside(data, holder):
            if atom.name == b"meta":
                out += _keyed(data, atom)
            elif atom.name in OWN_GENRES and holder.name == b"udta":
                out += [("genres", text) for text in _own_text(data, atom).split(";")]
    return out


def _keyed(data: bytes, meta: Atom) -> list[tuple[str, str]]:
    named = keys(data, meta)
    out: list[tuple[str, str]] = []
    if named is None:
        return out
    for ilst in (a for a in inside(data, meta) if a.name == b"ilst"):
        for item in inside(data, ilst):
            number = int.from_bytes(item.name, "big")
            if 1 <= number <= len(named):
                key = named[number - 1].decode("utf-8", "replace").lower().rpartition(".")[2]
                raw = values(data, item)
                if key in NAMES:
                    out += [(NAMES[key], value.decode("utf-8", "replace")) for value in raw]
    return out


def _own_text(data: bytes, atom: Atom) -> str:
    raw = data[atom.start + atom.head : atom.stop]
    if atom.name == b"gnre":  # version and flags, a language, the text and a zero
        return raw[6:].partition(b"\0")[0].decode("utf-8", "replace")
    length = int.from_bytes(raw[:2], "big")
    return raw[4 : 4 + length].decode("utf-8", "replace")


def own_genre(data: bytes, atom: Atom, text: str) -> bytes:
    """Return what an atom of ``OWN_GENRES`` holds, with another text in the same language."""
    raw = data[atom.start + atom.head : atom.stop]
    if atom.name == b"gnre":
        return raw[:6].ljust(6, b"\0") + text.encode() + b"\0"
    return len(text.encode()).to_bytes(2, "big") + raw[2:4].ljust(2, b"\0") + text.encode()
