"""Files as other programs leave them, built byte by byte: old tags, two tags, tags that are cut."""

from __future__ import annotations

import struct
from pathlib import Path

import av
import numpy as np
from mutagen.ogg import OggPage

from genredesk.library.organize.tagging import vorbis


def synchsafe(size: int) -> bytes:
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


def frame(name: bytes, data: bytes, version: int = 3) -> bytes:
    if version == 2:
        return name + len(data).to_bytes(3, "big") + data
    size = synchsafe(len(data)) if version == 4 else len(data).to_bytes(4, "big")
    return name + size + b"\0\0" + data


def text(name: bytes, value: str, version: int = 3) -> bytes:
    return frame(name, b"\0" + value.encode("latin-1"), version)


def id3(*frames: bytes, version: int = 3, flags: int = 0, padding: int = 64) -> bytes:
    body = b"".join(frames) + b"\0" * padding
    return b"ID3" + bytes((version, 0, flags)) + synchsafe(len(body)) + body


def titled(genre: str, version: int = 3) -> bytes:
    names = (b"TT2", b"TP1", b"TCO") if version == 2 else (b"TIT2", b"TPE1", b"TCON")
    values = ("A Title", "An Artist", genre)
    return id3(*(text(n, v, version) for n, v in zip(names, values, strict=True)), version=version)


def id3v1(title: str = "Old Title", artist: str = "Old Artist", genre: int = 17) -> bytes:
    fields = b"".join(t.encode("latin-1").ljust(30, b"\0") for t in (title, artist, "Old Album"))
    return b"TAG" + fields + b"1999" + b"a comment".ljust(28, b"\0") + b"\0\x07" + bytes((genre,))


def ape(**items: str) -> bytes:
    body = b"".join(
        struct.pack("<II", len(v.encode()), 0) + k.encode() + b"\0" + v.encode()
        for k, v in items.items()
    )
    facts = (2000, len(body) + 32, len(items))
    header = struct.pack("<8sIIII8x", b"APETAGEX", *facts, 1 << 31 | 1 << 29)
    return header + body + struct.pack("<8sIIII8x", b"APETAGEX", *facts, 1 << 31)


def lyrics3() -> bytes:
    body = b"LYRICSBEGININD0000200LYR00010[00:01]la\r\nETT00005Title"
    return body + b"%06dLYRICS200" % len(body)


def chunk(name: bytes, data: bytes, *, filled: bool = True) -> bytes:
    fill = b"\0" * (len(data) % 2) if filled else b""
    return name + len(data).to_bytes(4, "little") + data + fill


def wav(path: Path, *chunks: bytes) -> Path:
    sound = (20000 * np.sin(np.arange(11025) / 8)).astype("<i2").tobytes()
    form = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 22050, 44100, 2, 16))
    body = b"WAVE" + form + chunk(b"data", sound) + b"".join(chunks)
    path.write_bytes(b"RIFF" + len(body).to_bytes(4, "little") + body)
    return path


def info(*, filled: bool = True, **texts: str) -> bytes:
    last = len(texts) - 1
    inside = (
        chunk(name.encode(), value.encode() + b"\0", filled=filled or n < last)
        for n, (name, value) in enumerate(texts.items())
    )
    return chunk(b"LIST", b"INFO" + b"".join(inside))


def links(path: Path, *comments: tuple[bytes, ...], source: Path) -> Path:
    """Write a chained Ogg Vorbis file: ``source`` once for each list of comments."""
    raw = b""
    for serial, lines in enumerate(comments, 77):
        with source.open("rb") as file:
            pages = []
            while file.read(1):
                file.seek(-1, 1)
                pages.append(OggPage(file))
        n = next(n for n in range(2, 9) if len(OggPage.to_packets(pages[:n])) == 3)
        assert pages[n - 1].complete
        setup = OggPage.to_packets(pages[:n])[2]
        block = b"\3vorbis" + vorbis.render(vorbis.Comments(b"v", lines), ()) + b"\1"
        head = OggPage.from_packets([block, setup], 1)
        for number, page in enumerate([pages[0], *head, *pages[n:]]):
            page.serial, page.sequence = serial, number
            raw += page.write()
    path.write_bytes(raw)
    return path


def ffmpeg(path: Path) -> dict[str, str]:
    """Return the tags as FFmpeg reads them, which knows nothing of our parsers."""
    with av.open(str(path)) as file:
        found = {k.lower(): v for s in file.streams for k, v in s.metadata.items()}
        return {**found, **{k.lower(): v for k, v in file.metadata.items()}}


def unpaged(raw: bytes) -> bytes:
    """Return what the pages of an Ogg file hold, without their headers."""
    out, at = b"", 0
    while at < len(raw):
        assert raw[at : at + 4] == b"OggS"
        lacing = raw[at + 27 : at + 27 + raw[at + 26]]
        start = at + 27 + len(lacing)
        at = start + sum(lacing)
        out += raw[start:at]
    return out
