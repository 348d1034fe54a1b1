"""The chunks of WAV and AIFF files, and the old tags in them: ``LIST INFO``, ``NAME``, ``AUTH``.

Source: Multimedia Programming Interface and Data Specifications 1.0 (1991), "INFO List Chunk";
Audio Interchange File Format 1.3 (1989), "Text Chunks". Neither says which letters its bytes are:
UTF-8 where they fit, Latin-1 otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal

Order = Literal["little", "big"]
GENRE = b"IGNR"
NAMES = {
    b"INAM": "title", b"IART": "artist", b"IPRD": "album", b"ICRD": "year", b"IPRT": "track_no",
    b"ITRK": "track_no", GENRE: "genres",
    b"NAME": "title", b"AUTH": "artist",
}  # fmt: skip
"""What the old tags are called in ``metadata``."""
_MAX_TEXT = 1 << 16


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk: ``start`` is that of its eight bytes of header, ``size`` is without them."""

    name: bytes
    start: int
    size: int

    @property
    def stop(self) -> int:
        """Where the next one begins."""
        return self.start + 8 + self.size + self.size % 2


def order_of(head: bytes) -> Order:
    """Return the byte order that the first four bytes of a file stand for."""
    return "little" if head[:4] == b"RIFF" else "big"


def chunks(file: BinaryIO, start: int, stop: int, order: Order) -> Iterator[Chunk]:
    """Give the chunks between two places; the last one may name a size that goes beyond."""
    at = start
    while at + 8 <= stop:
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        chunk = Chunk(head[:4], at, int.from_bytes(head[4:], order))
        yield chunk
        at = chunk.stop


def old_tags(file: BinaryIO) -> list[tuple[bytes, bytes, Chunk]]:
    """Return the old tags of a file: ``(name, raw text, its chunk)``, in the file's order."""
    size = file.seek(0, 2)
    file.seek(0)
    order = order_of(file.read(4))
    found = []
    for chunk in chunks(file, 12, size, order):
        file.seek(chunk.start + 8)
        if chunk.name == b"LIST" and order == "little" and file.read(4) == b"INFO":
            inside = chunks(file, chunk.start + 12, chunk.start + 8 + chunk.size, order)
            found += [c for c in inside if c.name in NAMES]
        elif chunk.name in {b"NAME", b"AUTH"} and order == "big":
            found.append(chunk)
    out = []
    for chunk in found:
        file.seek(chunk.start + 8)
        out.append((chunk.name, file.read(min(chunk.size, _MAX_TEXT)).rstrip(b"\0"), chunk))
    return out


def text(raw: bytes) -> str:
    """Return an old tag as text."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
