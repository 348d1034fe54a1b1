"""Files of every kind with tags in them, made here, and a catalogue that knows them."""

# Names are bytes here as often as text, and a second file system is wanted by its path.
# ruff: noqa: S608, PTH114, PTH115, PTH118

from __future__ import annotations

import importlib.util
import json
import os
import shutil
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from mutagen.aiff import AIFF
from mutagen.apev2 import APEv2
from mutagen.asf import ASF, ASFDWordAttribute
from mutagen.flac import FLAC, Picture
from mutagen.id3 import (
    APIC,
    COMM,
    ID3,
    PRIV,
    TALB,
    TCON,
    TDRC,
    TIT2,
    TPE1,
    TRCK,
    TXXX,
    TYER,
    UFID,
    USLT,
    Encoding,
)  # fmt: skip
from mutagen.mp4 import MP4, MP4Cover, MP4FreeForm
from mutagen.oggflac import OggFLAC
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from mutagen.wave import WAVE

from genredesk.core.certainty import Bounds
from genredesk.library.catalogue.mapping import Words
from genredesk.library.library import Library

RATE = 22050
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8


def tone(seconds: float = 1.0, rate: int = RATE) -> np.ndarray:
    time = np.arange(int(seconds * rate)) / rate
    noise = np.random.default_rng(5).normal(0, 0.02, len(time))
    return (0.3 * np.sin(2 * np.pi * 440 * time) + noise).astype(np.float32)


def encode(
    path: Path, codec: str, container: str, rate: int = 44100, tags: dict | None = None, **options
) -> None:
    """Write a second and a half of sound with FFmpeg's encoders, and tags in its way."""
    samples = tone(1.5, rate)
    with av.open(str(path), "w", format=container, **options) as out:
        out.metadata.update(tags or {})
        stream = out.add_stream(codec, rate=rate)
        stream.layout, stream.bit_rate = "mono", 96_000
        formats = stream.codec_context.codec.audio_formats
        resampler = av.AudioResampler(format=formats[0].name, layout="mono", rate=rate)
        frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        frame.sample_rate = rate
        fifo = av.AudioFifo()
        for piece in resampler.resample(frame):
            fifo.write(piece)
        stream.codec_context.open()
        size = stream.codec_context.frame_size or 1024
        while (block := fifo.read(size, partial=True)) is not None:
            out.mux(stream.encode(block))
        out.mux(stream.encode(None))


def _id3_frames(tags: ID3, *, year: type = TDRC) -> None:
    tags.add(TIT2(encoding=Encoding.UTF16, text="Ça commence — 始まり"))
    tags.add(TPE1(encoding=Encoding.LATIN1, text="Mañana"))
    tags.add(TALB(encoding=Encoding.LATIN1, text="Album"))
    tags.add(TRCK(encoding=Encoding.LATIN1, text="3/12"))
    tags.add(year(encoding=Encoding.LATIN1, text="1999"))
    tags.add(TCON(encoding=Encoding.LATIN1, text="(17)"))
    tags.add(COMM(encoding=Encoding.LATIN1, lang="eng", desc="", text="a comment"))
    tags.add(TXXX(encoding=Encoding.UTF16, desc="MOOD", text="dark"))
    tags.add(PRIV(owner="x@y", data=b"\x00\xff\xfe\xe0" * 40))
    tags.add(UFID(owner="http://musicbrainz.org", data=b"1234"))
    tags.add(USLT(encoding=Encoding.UTF16, lang="eng", desc="", text="la\nla"))
    tags.add(APIC(encoding=Encoding.LATIN1, mime="image/png", type=3, desc="", data=PICTURE))


def _mp3(path: Path, version: int, *, v1: int = 0, ape: bool = False) -> None:
    encode(path, "libmp3lame", "mp3", options={"id3v2_version": "0", "write_id3v1": "0"})
    tags = ID3()
    _id3_frames(tags, year=TYER if version == 3 else TDRC)
    if ape:
        items = APEv2()
        items["Genre"] = "Rock"
        items["MP3GAIN_MINMAX"] = "101,210"
        items.save(path)
    tags.save(path, v2_version=version, v1=v1)


def make_mp3_23(path: Path) -> None:
    _mp3(path, 3)


def make_mp3_23_v1(path: Path) -> None:
    _mp3(path, 3, v1=2)


def make_mp3_24(path: Path) -> None:
    _mp3(path, 4)


def make_mp3_24_ape(path: Path) -> None:
    _mp3(path, 4, v1=2, ape=True)


def make_mp3_22(path: Path) -> None:
    make_mp3_plain(path)
    body = b"TT2\0\0\x06\0Title" + b"TCO\0\0\x05\0(17)" + b"TP1\0\0\x04\0Abc" + b"\0" * 20
    path.write_bytes(b"ID3\2\0\0" + bytes((0, 0, 0, len(body))) + body + path.read_bytes())


def make_mp3_unsync(path: Path) -> None:
    make_mp3_plain(path)
    data = b"\0" + b"T\xff\x00\xe0x\xff\x00\x00"  # a title with the bytes that need a zero
    frames = b"TIT2\0\0\0" + bytes((len(b"\0T\xff\xe0x\xff\0"),)) + b"\0\0" + data
    frames += b"TCON\0\0\0\5\0\0\0(17)" + b"\0" * 30
    path.write_bytes(b"ID3\3\0\x80" + bytes((0, 0, 0, len(frames))) + frames + path.read_bytes())


def make_mp3_plain(path: Path) -> None:
    encode(path, "libmp3lame", "mp3", options={"id3v2_version": "0", "write_id3v1": "0"})


def make_flac(path: Path) -> None:
    soundfile.write(path, tone(), RATE, format="FLAC")
    file = FLAC(path)
    file["title"], file["artist"] = "Título", ["One", "Two"]
    file["Genre"], file["comment"] = ["Rock"], "x" * 300
    picture = Picture()
    picture.data, picture.mime, picture.type = PICTURE, "image/png", 3
    file.add_picture(picture)
    file.save()


def make_flac_tight(path: Path) -> None:
    """No padding at all, no comments, and an ID3 tag that does not belong there."""
    soundfile.write(path, tone(), RATE, format="FLAC")
    FLAC(path).delete()
    FLAC(path).save(padding=lambda info: 0)
    tags = ID3()
    tags.add(TIT2(encoding=Encoding.LATIN1, text="in front"))
    tags.save(path)


def _comments(file) -> None:
    file["title"], file["artist"], file["genre"] = "Título", ["One", "Two"], "Rock"
    file["metadata_block_picture"] = "QUJD" * 400
    file.save()


def make_ogg(path: Path) -> None:
    soundfile.write(path, tone(3), RATE, format="OGG", subtype="VORBIS")
    _comments(OggVorbis(path))


def make_ogg_plain(path: Path) -> None:
    soundfile.write(path, tone(3), RATE, format="OGG", subtype="VORBIS")


def make_opus(path: Path) -> None:
    encode(path, "libopus", "ogg", 48000)
    _comments(OggOpus(path))


def make_ogg_flac(path: Path) -> None:
    encode(path, "flac", "ogg")
    _comments(OggFLAC(path))


def _m4a(path: Path) -> None:
    file = MP4(path)
    if file.tags is None:
        file.add_tags()
    file["\xa9nam"], file["\xa9ART"], file["trkn"] = "Título", ["One", "Two"], [(3, 12)]
    file["\xa9gen"], file["covr"] = "Rock", [MP4Cover(PICTURE, MP4Cover.FORMAT_PNG)]
    file["----:com.apple.iTunes:MOOD"] = MP4FreeForm(b"dark")
    file.save()


def make_m4a(path: Path) -> None:
    encode(path, "aac", "mp4")
    _m4a(path)


def make_m4a_front(path: Path) -> None:
    """The table of contents stands before the sound, so every offset moves with the tags."""
    encode(path, "aac", "mp4", options={"movflags": "faststart"})
    _m4a(path)
    MP4(path).save(padding=lambda info: 0)


def make_m4a_numbered(path: Path) -> None:
    """A genre as iTunes once numbered it, and no room behind it."""
    make_m4a(path)
    data = path.read_bytes()
    old = data.index(b"\xa9gen") - 4
    size = int.from_bytes(data[old : old + 4], "big")
    new = b"\0\0\0\x1agnre\0\0\0\x12data\0\0\0\0\0\0\0\0\0\x12"
    fill = size - len(new)
    assert fill == 2 or fill >= 8 or fill < 0 or size == 28, size
    # "Rock" needs 28 bytes, the number 26: the two spare ones go into the name of the tag.
    file = MP4(path)
    file["\xa9gen"] = "Ro"
    file.save()
    data = path.read_bytes()
    old = data.index(b"\xa9gen") - 4
    path.write_bytes(data[:old] + new + data[old + len(new) :])


def make_wma(path: Path) -> None:
    encode(path, "wmav2", "asf")
    file = ASF(path)
    file["Title"], file["Author"], file["WM/Genre"] = "Título", ["One", "Two"], "Rock"
    file["WM/Year"], file["Rating"] = "1999", [ASFDWordAttribute(5)]
    file.save()


def make_wv(path: Path) -> None:
    encode(path, "wavpack", "wv")
    items = APEv2()
    items["Title"], items["Artist"], items["Genre"] = "Título", ["One", "Two"], "Rock"
    items["Cover Art (Front)"] = b"front.png\0" + PICTURE
    items.save(path)


def make_wv_plain(path: Path) -> None:
    encode(path, "wavpack", "wv")


def make_wav(path: Path) -> None:
    soundfile.write(path, tone(), RATE, format="WAV")
    file = WAVE(path)
    file.add_tags()
    _id3_frames(file.tags)
    file.save()


def make_wav_plain(path: Path) -> None:
    soundfile.write(path, tone(0.5)[:1001], RATE, format="WAV", subtype="PCM_U8")


def make_aiff(path: Path) -> None:
    soundfile.write(path, tone(), RATE, format="AIFF")
    file = AIFF(path)
    file.add_tags()
    _id3_frames(file.tags)
    file.save()


ENDINGS = {
    "mp3_23": "mp3", "mp3_23_v1": "mp3", "mp3_24": "mp3", "mp3_24_ape": "mp3", "mp3_22": "mp3",
    "mp3_unsync": "mp3", "mp3_plain": "mp3", "flac": "flac", "flac_tight": "flac", "ogg": "ogg",
    "ogg_plain": "ogg", "opus": "opus", "ogg_flac": "oga", "m4a": "m4a", "m4a_front": "m4a",
    "m4a_numbered": "m4a", "wma": "wma", "wv": "wv", "wv_plain": "wv", "wav": "wav",
    "wav_plain": "wav", "aiff": "aiff",
}  # fmt: skip


@pytest.fixture(name="encode", scope="session")
def encode_fixture():
    return encode


@pytest.fixture(scope="session")
def odd():
    """Give the builders of files as other programs leave them (no package holds them)."""
    place = Path(__file__).parent.parent / "kit" / "odd_files.py"
    spec = importlib.util.spec_from_file_location("odd_files", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One file of each kind; never to be changed (see ``sample``)."""
    folder = tmp_path_factory.mktemp("samples")
    made = {}
    for kind, ending in ENDINGS.items():
        made[kind] = folder / f"{kind}.{ending}"
        globals()[f"make_{kind}"](made[kind])
    return made


@pytest.fixture(params=list(ENDINGS))
def sample(request: pytest.FixtureRequest, samples: dict[str, Path], tmp_path: Path) -> Path:
    """Give a fresh copy of a file of each kind."""
    original = samples[request.param]
    copy = tmp_path / original.name
    shutil.copy2(original, copy)
    return copy


# ---------------------------------------------------------------- a library


class MusicFolder:
    """A folder of files and the catalogue that knows them."""

    def __init__(self, folder: Path, db: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.catalogue = Library.open(db)
        self.root = self.catalogue.roots.add(folder).id
        labels = "rock", "jazz", "disco"
        self.bundle = self.catalogue.networks.use("fp", "net", labels, Bounds.of(0.5, 3))
        self.catalogue.words.keep(Words({label: (label,) for label in labels}))

    def add(self, name: str | bytes, data: bytes | Path = b"sound", **facts) -> Path:
        """Put a file into the folder and a row into the catalogue."""
        path = Path(os.fsdecode(os.path.join(os.fsencode(self.folder), os.fsencode(name))))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.read_bytes() if isinstance(data, Path) else data)
        self.know(path, **facts)
        return path

    def know(self, path: Path, *, heard: str = "rock", score: float = 0.9,
             genres: tuple[str, ...] = (), **facts) -> int:  # fmt: skip
        """Make a row for a file that is there."""
        stat = os.lstat(path)
        raw = os.fsencode(path)
        values = {"title": path.stem, "artist": "Artist", "album": "Album", "track_no": 0, **facts}
        values = {k: v.encode("utf-8", "replace").decode() if isinstance(v, str) else v
                  for k, v in values.items()}  # fmt: skip
        with self.catalogue.db.write() as connection:
            track = connection.execute(
                "INSERT INTO track (audio_hash, seconds) VALUES (randomblob(16), 200)"
            ).lastrowid
            file_id = connection.execute(
                "INSERT INTO file (root_id, path, path_text, size, mtime_ns, dev, inode, track_id,"
                f" state, added_at, tag_genre, {', '.join(values)}) VALUES"
                f" (?, ?, ?, ?, ?, ?, ?, ?, 'analysed', 1, ?{', ?' * len(values)})",
                (self.root, raw, raw.decode("utf-8", "replace"), stat.st_size, stat.st_mtime_ns,
                 stat.st_dev, stat.st_ino, track, json.dumps(genres), *values.values()),
            ).lastrowid  # fmt: skip
            if heard:
                connection.execute(
                    "INSERT INTO result VALUES (?, ?, ?, ?, NULL, 0, ?, 1, 1)",
                    (track, self.bundle, heard, score, heard),
                )
        return file_id

    def ids(self) -> list[int]:
        with self.catalogue.db.read() as connection:
            return [row[0] for row in connection.execute("SELECT id FROM file ORDER BY id")]

    def row(self, file_id: int) -> dict:
        with self.catalogue.db.read() as connection:
            cursor = connection.execute("SELECT * FROM file WHERE id = ?", (file_id,))
            return dict(zip([c[0] for c in cursor.description], cursor.fetchone(), strict=True))


@pytest.fixture
def library(tmp_path: Path):
    """Give an empty library."""
    made = MusicFolder(tmp_path / "music", tmp_path / "library.db")
    yield made
    assert made.catalogue.db.check() == []
    made.catalogue.close()


def tree(folder: Path) -> dict[bytes, tuple]:
    """Return everything under a folder: contents, permissions and times."""
    found = {}
    for here, folders, files in os.walk(os.fsencode(folder)):
        for name in folders:
            found[os.path.join(here, name)] = ("folder",)
        for name in files:
            path = os.path.join(here, name)
            stat = os.lstat(path)
            content = (
                os.readlink(path) if os.path.islink(path) else Path(os.fsdecode(path)).read_bytes()
            )
            found[path] = (content, stat.st_mode, stat.st_mtime_ns)
    return found


@pytest.fixture(name="tree")
def tree_fixture():
    return tree
