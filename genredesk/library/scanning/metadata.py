"""What a file's tags say about it, read with mutagen; writing them is ``tags.py``'s work."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import mutagen
from mutagen.asf import ASFTags
from mutagen.flac import Picture
from mutagen.id3 import ID3
from mutagen.mp4 import MP4Tags

from genredesk.core.names import bare, nfc
from genredesk.library.records import AudioMetadata, CoverArt

_LONGEST = 1000
_MAX_PICTURE = 8 << 20


_ID3 = {
    "title": ("TIT2",), "artist": ("TPE1",), "album": ("TALB",), "album_artist": ("TPE2",),
    "track_no": ("TRCK",), "disc_no": ("TPOS",), "year": ("TDRC", "TDOR", "TYER"),
    "genres": ("TCON",),
}  # fmt: skip
_MP4 = {
    "title": ("©nam",), "artist": ("©ART",), "album": ("©alb",), "album_artist": ("aART",),
    "track_no": ("trkn",), "disc_no": ("disk",), "year": ("©day",), "genres": ("©gen",),
}  # fmt: skip
_ASF = {
    "title": ("Title",), "artist": ("Author",), "album": ("WM/AlbumTitle",),
    "album_artist": ("WM/AlbumArtist",), "track_no": ("WM/TrackNumber",),
    "disc_no": ("WM/PartOfSet",), "year": ("WM/Year",), "genres": ("WM/Genre",),
}  # fmt: skip
_PLAIN = {
    "title": ("title",), "artist": ("artist",), "album": ("album",),
    "album_artist": ("albumartist", "album artist"), "track_no": ("tracknumber", "track"),
    "disc_no": ("discnumber", "disc"), "year": ("date", "year"), "genres": ("genre",),
}  # fmt: skip


def read(path: Path) -> tuple[AudioMetadata, CoverArt | None]:
    """Return what the tags of a file say; nothing when it has none or they are broken."""
    try:
        file = mutagen.File(path)  # pyright: ignore[reportPrivateImportUsage]
    except Exception:  # noqa: BLE001 - whatever a damaged tag makes mutagen raise
        return AudioMetadata(), None
    if file is None or file.tags is None:
        return AudioMetadata(), None
    try:
        facts = _facts(file.tags)
    except Exception:  # noqa: BLE001
        facts = AudioMetadata()
    try:
        cover = _cover(file)
    except Exception:  # noqa: BLE001
        cover = None
    return facts, cover


def _facts(tags: Any) -> AudioMetadata:
    if isinstance(tags, ID3):
        names, values = _ID3, _id3_values(tags)
    elif isinstance(tags, MP4Tags):
        names, values = _MP4, {key: _listed(value) for key, value in tags.items()}
    elif isinstance(tags, ASFTags):
        names, values = _ASF, {key: _listed(tags[key]) for key in tags.keys()}  # noqa: SIM118
    else:
        names = _PLAIN
        values = {str(key).lower(): _listed(tags[key]) for key in tags.keys()}  # noqa: SIM118
    get = _getter(names, values)
    return AudioMetadata(
        title=", ".join(get("title")),
        artist=", ".join(get("artist")),
        album=", ".join(get("album")),
        album_artist=", ".join(get("album_artist")),
        track_no=_number(get("track_no")),
        disc_no=_number(get("disc_no")),
        year=_year(get("year")),
        genres=tuple(dict.fromkeys(get("genres"))),
    )


def _getter(names: Mapping[str, tuple[str, ...]], values: Mapping[str, list[Any]]) -> Any:
    def get(field: str) -> list[str]:
        for name in names[field]:
            found = [text for value in values.get(name, ()) if (text := clean(value))]
            if found:
                return found
        return []

    return get


def _id3_values(tags: ID3) -> dict[str, list[Any]]:
    values: dict[str, list[Any]] = {}
    for name in {name for group in _ID3.values() for name in group}:
        for frame in tags.getall(name):
            values.setdefault(name, []).extend(frame.genres if name == "TCON" else frame.text)
    return values


def _listed(value: Any) -> list[Any]:
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        return [value]
    return list(value)


def clean(value: Any) -> str:
    """Return a tag's value as one line of text that can be stored."""
    if isinstance(value, tuple):  # MP4 keeps (number, total)
        value = value[0] if value and value[0] else ""
    text = bare(nfc(" ".join(str(value).replace("\0", " ").split())))[:_LONGEST]
    return text.encode("utf-8", "replace").decode("utf-8")


def _number(texts: list[str]) -> int:
    match = re.match(r"\d{1,5}", texts[0]) if texts else None
    return min(int(match[0]), 32767) if match else 0


def _year(texts: list[str]) -> int:
    match = re.search(r"(?<!\d)\d{4}(?!\d)", texts[0]) if texts else None
    return int(match[0]) if match else 0


def _cover(file: Any) -> CoverArt | None:
    data = _picture(file)
    if not data or len(data) > _MAX_PICTURE:
        return None
    return CoverArt(bytes(data), hashlib.blake2b(data, digest_size=16).digest())


def _picture(file: Any) -> bytes | None:
    """Return the front cover, else the first picture."""
    tags = file.tags
    pictures = list(getattr(file, "pictures", ()))
    if isinstance(tags, ID3):
        pictures = tags.getall("APIC")
    elif isinstance(tags, MP4Tags):
        return next(iter(tags.get("covr") or ()), None)
    elif isinstance(tags, ASFTags):
        return None
    elif not pictures and "metadata_block_picture" in tags:
        import base64  # noqa: PLC0415 - Ogg files with pictures only

        pictures = [Picture(base64.b64decode(b)) for b in tags["metadata_block_picture"]]
    elif not pictures and "Cover Art (Front)" in tags:  # APEv2: a file name, a zero, the picture
        return bytes(tags["Cover Art (Front)"].value).partition(b"\0")[2]
    front = [p for p in pictures if p.type == 3]
    return (front or pictures)[0].data if pictures else None
