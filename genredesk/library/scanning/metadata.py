"""What a file's tags say about it, read with mutagen; writing them is ``tags.py``'s work."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, BinaryIO

import mutagen
from mutagen.aiff import AIFF
from mutagen.apev2 import APEv2
from mutagen.asf import ASF, ASFTags
from mutagen.flac import FLAC, Picture
from mutagen.id3 import ID3, ParseID3v1
from mutagen.mp4 import MP4, MP4Tags
from mutagen.oggflac import OggFLAC
from mutagen.oggopus import OggOpus
from mutagen.oggspeex import OggSpeex
from mutagen.oggtheora import OggTheora
from mutagen.oggvorbis import OggVorbis
from mutagen.wave import WAVE

from genredesk.core.names import bare, nfc
from genredesk.library.records import AudioMetadata, CoverArt
from genredesk.library.scanning import atoms, riff
from genredesk.library.scanning.container import Container, id3v1_start, sniff

_LONGEST = 1000
_MAX_PICTURE = 8 << 20


_ID3_NAMES = {
    "title": ("TIT2",), "artist": ("TPE1",), "album": ("TALB",), "album_artist": ("TPE2",),
    "track_no": ("TRCK",), "disc_no": ("TPOS",), "year": ("TDRC", "TDOR", "TYER"),
    "genres": ("TCON",),
}  # fmt: skip
_MP4_NAMES = {
    "title": ("©nam",), "artist": ("©ART",), "album": ("©alb",), "album_artist": ("aART",),
    "track_no": ("trkn",), "disc_no": ("disk",), "year": ("©day",), "genres": ("©gen",),
}  # fmt: skip
_ASF_NAMES = {
    "title": ("Title",), "artist": ("Author",), "album": ("WM/AlbumTitle",),
    "album_artist": ("WM/AlbumArtist",), "track_no": ("WM/TrackNumber",),
    "disc_no": ("WM/PartOfSet",), "year": ("WM/Year",), "genres": ("WM/Genre",),
}  # fmt: skip
_PLAIN = {
    "title": ("title",), "artist": ("artist",), "album": ("album",),
    "album_artist": ("albumartist", "album artist"), "track_no": ("tracknumber", "track"),
    "disc_no": ("discnumber", "disc"), "year": ("date", "year"), "genres": ("genre",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FileTag:
    """One of a file's tags: ``name`` is what people call it."""

    name: str
    facts: AudioMetadata


def read(path: Path) -> tuple[AudioMetadata, CoverArt | None]:
    """Return what the tags of a file say; nothing when it has none or they are broken."""
    opened = _opened(path)
    try:
        cover = _cover(opened)
    except Exception:  # noqa: BLE001 - whatever a damaged picture makes a parser raise
        cover = None
    return together(_tags(opened)), cover


def tags(path: Path) -> list[FileTag]:
    """Return each tag of a file that can be read, the one that counts first."""
    return _tags(_opened(path))


def together(found: Iterable[FileTag]) -> AudioMetadata:
    """Return what several tags of a file say: each fact from the first that has it."""
    out = AudioMetadata()
    for tag in found:
        more = {
            field.name: getattr(tag.facts, field.name)
            for field in fields(AudioMetadata)
            if not getattr(out, field.name)
        }
        out = replace(out, **more)
    return out


# ---------------------------------------------------------------- which tags a kind of file has

_APE = "APE tag"
_COMMENTS = "comments"
_ID3 = "ID3 tag"
_ID3V1 = "ID3v1 tag"

_Opened = list[tuple[str, Any]]
"""Tags as their parsers give them, by the names people call them, the one that counts first."""


def _opened(path: Path) -> _Opened:
    try:
        with path.open("rb") as file:
            return _open(file)
    except OSError:
        return []


def _open(file: BinaryIO) -> _Opened:
    found: _Opened = []
    for name, parse in _READERS.get(sniff(file), ((_COMMENTS, _by_mutagen),)):
        try:
            file.seek(0)
            tag = parse(file)
        except Exception:  # noqa: BLE001, S112 - no such tag, or whatever a broken one raises
            continue
        if tag is not None:
            found.append((name, tag))
    return found


def _by_mutagen(file: BinaryIO) -> Any:
    return mutagen.File(file)  # pyright: ignore[reportPrivateImportUsage]


def _ogg(file: BinaryIO) -> Any:
    return mutagen.File(file, (OggVorbis, OggOpus, OggFLAC, OggSpeex, OggTheora))  # pyright: ignore[reportPrivateImportUsage]


def _id3(file: BinaryIO) -> ID3:
    return ID3(file, load_v1=False)


def _id3v1(file: BinaryIO) -> ID3 | None:
    start = id3v1_start(file)
    if start is None:
        return None
    file.seek(start)
    frames = ParseID3v1(file.read(128))
    tag = ID3()
    for frame in (frames or {}).values():
        tag.add(frame)
    return tag if frames else None


def _old_riff(file: BinaryIO) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, raw, _ in riff.old_tags(file):
        field, text = riff.NAMES[name], riff.text(raw)
        found.setdefault(field, []).extend(text.split(";") if field == "genres" else [text])
    return found


def _old_mp4(file: BinaryIO) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for field, text in atoms.old_tags(file):
        found.setdefault(field, []).append(text)
    return found


_AROUND = ((_ID3, _id3), (_APE, APEv2), (_ID3V1, _id3v1))
_APE_FIRST = ((_APE, APEv2), (_ID3, _id3), (_ID3V1, _id3v1))
_READERS: dict[Container, tuple[tuple[str, Callable[[BinaryIO], Any]], ...]] = {
    Container.MPEG: _AROUND,
    Container.TTA: _AROUND,
    Container.ADTS: _AROUND,
    Container.FLAC: ((_COMMENTS, FLAC), *_AROUND),
    Container.OGG: ((_COMMENTS, _ogg),),
    Container.MP4: (("iTunes tags", MP4), ("QuickTime tags", _old_mp4)),
    Container.ASF: ((_COMMENTS, ASF),),
    Container.WAV: ((_ID3, WAVE), ("INFO list", _old_riff)),
    Container.AIFF: ((_ID3, AIFF), ("text chunks", _old_riff)),
    Container.MONKEYS_AUDIO: _APE_FIRST,
    Container.WAVPACK: _APE_FIRST,
    Container.MUSEPACK: _APE_FIRST,
    Container.TAK: _APE_FIRST,
}


def _inner(opened: Any) -> Any:
    """Return the tags of a file that mutagen opened whole; they are tags already otherwise."""
    return opened.tags if isinstance(opened, mutagen.FileType) else opened  # pyright: ignore[reportPrivateImportUsage]


def _tags(opened: _Opened) -> list[FileTag]:
    found = []
    for name, tag in opened:
        try:
            facts = _facts(_inner(tag))
        except Exception:  # noqa: BLE001, S112 - whatever a damaged value makes mutagen raise
            continue
        if facts != AudioMetadata():
            found.append(FileTag(name, facts))
    return found


def _facts(tags: Any) -> AudioMetadata:
    names = _PLAIN
    if tags is None:
        return AudioMetadata()
    if isinstance(tags, ID3):
        names, values = _ID3_NAMES, _id3_values(tags)
    elif isinstance(tags, MP4Tags):
        names, values = _MP4_NAMES, {key: _listed(value) for key, value in tags.items()}
    elif isinstance(tags, ASFTags):
        names = _ASF_NAMES
        values = {key: _listed(tags[key]) for key in tags.keys()}  # noqa: SIM118
    elif type(tags) is dict:  # named as here already
        names, values = {field: (field,) for field in _PLAIN}, tags
    else:
        values = {str(key).lower(): _listed(tags[key]) for key in tags.keys()}  # noqa: SIM118
    get = _getter(names, values)
    return AudioMetadata(
        title=", ".join(get("title")),
        artist=", ".join(dict.fromkeys(get("artist"))),
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
    for name in {name for group in _ID3_NAMES.values() for name in group}:
        for frame in tags.getall(name):
            values.setdefault(name, []).extend(frame.genres if name == "TCON" else frame.text)
    return values


def _listed(value: Any) -> list[Any]:
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        return [value]
    return list(value)


def clean(value: object) -> str:
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


def _cover(opened: _Opened) -> CoverArt | None:
    data = next((data for _, tag in opened if (data := _picture(tag))), None)
    if not data or len(data) > _MAX_PICTURE:
        return None
    return CoverArt(bytes(data), hashlib.blake2b(data, digest_size=16).digest())


def _picture(opened: Any) -> bytes | None:
    """Return the front cover, else the first picture."""
    tags = _inner(opened)
    pictures = list(getattr(opened, "pictures", ()))
    if tags is None:
        return None
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
