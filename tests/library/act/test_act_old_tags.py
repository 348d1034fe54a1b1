"""Tags as other programs leave them: all are read, and after writing none says an old genre."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from pathlib import Path

import av
import numpy as np
import pytest
from mutagen.apev2 import APEv2
from mutagen.asf import ASF
from mutagen.id3 import ID3
from mutagen.oggvorbis import OggVorbis

from genredesk.library.organize import patch, tags
from genredesk.library.organize.tagging import TagError
from genredesk.library.scanning import metadata, riff

GENRES = ("Hip-Hop", "Trap")


def facts(path: Path) -> tuple[str, str, tuple[str, ...]]:
    found = metadata.read(path)[0]
    return found.title, found.artist, found.genres


def sound(path: Path) -> np.ndarray:
    found: list[np.ndarray] = []  # filled up to the lyrics that stand behind the last frame
    with av.open(str(path), metadata_errors="replace") as file, contextlib.suppress(av.FFmpegError):
        found.extend(f.to_ndarray().reshape(-1) for f in file.decode(audio=0))
    assert found
    return np.concatenate(found)


@pytest.fixture
def write(tmp_path: Path):
    """Write genres, make sure that the old bytes come back and the sound is the same."""

    def written(path: Path, genres: tuple[str, ...] = GENRES) -> Path:
        temp, back = tmp_path / f"out{path.suffix}", tmp_path / "back"
        temp.unlink(missing_ok=True)
        back.unlink(missing_ok=True)
        assert tags.refusal(str(path), genres) == ""
        assert tags.write_copy(str(path), str(temp), genres) == digest(path)
        way_back = patch.make(str(temp), str(path))
        assert patch.apply(str(temp), way_back, str(back)) == digest(path)
        assert back.read_bytes() == path.read_bytes()
        assert np.array_equal(sound(temp), sound(path))
        assert facts(temp)[2] == genres
        assert {g for t in metadata.tags(temp) for g in t.facts.genres} <= set(genres)
        return temp

    written.folder = tmp_path
    return written


def digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()


@pytest.fixture
def mp3(samples, tmp_path: Path):
    """Put bytes around the frames of an MP3."""

    def made(front: bytes = b"", behind: bytes = b"", name: str = "a.mp3") -> Path:
        path = tmp_path / name
        path.write_bytes(front + samples["mp3_plain"].read_bytes() + behind)
        return path

    return made


# ---------------------------------------------------------------- around a stream


@pytest.mark.parametrize("genres", [("Hip-Hop",), ("Post-Bop",), GENRES])
def test_what_only_id3v1_said_is_carried_over(mp3, odd, write, genres) -> None:
    path = mp3(behind=odd.id3v1())
    assert facts(path) == ("Old Title", "Old Artist", ("Rock",))
    out = write(path, genres)
    seen = odd.ffmpeg(out)
    assert (seen["title"], seen["artist"], seen["album"]) == (
        "Old Title",
        "Old Artist",
        "Old Album",
    )
    assert [seen[k] for k in ("album", "track", "date")] == ["Old Album", "7", "1999"]
    assert seen["comment"] == "a comment"
    assert out.read_bytes()[-128:-1] == odd.id3v1()[:-1]
    assert ID3(out).getall("TCON")[0].genres == list(genres)


def test_id3v1_in_letters_of_another_land_keeps_its_bytes(mp3, odd, write) -> None:
    odd_title = "Ïåñíÿ"  # Cyrillic letters of Windows, read as Latin ones
    out = write(mp3(behind=odd.id3v1(odd_title)))
    assert odd_title.encode("latin-1") in out.read_bytes()[:200]
    assert facts(out)[0] == odd_title


def test_an_ape_tag_alone_stays_the_only_one(mp3, odd, write) -> None:
    items = {"Title": "Ape", "Artist": "Ärtist", "genre": "Rock", "MP3GAIN_MINMAX": "101,210"}
    for end in (b"", odd.id3v1("Ape", "x"), odd.lyrics3() + odd.id3v1("Ape", "x")):
        path = mp3(behind=odd.ape(**items) + end)
        assert facts(path) == ("Ape", "Ärtist", ("Rock",))
        out = write(path)
        assert facts(out)[:2] == ("Ape", "Ärtist")
        assert out.read_bytes()[:3] != b"ID3"
        assert str(APEv2(out)["MP3GAIN_MINMAX"]) == "101,210"
        assert out.read_bytes().endswith(end[:-1] + (b"\x07" if end else b""))


def test_lyrics_at_the_end_stay(mp3, odd, write) -> None:
    end = odd.lyrics3() + odd.id3v1()
    assert odd.lyrics3() in write(mp3(odd.titled("Rock"), end)).read_bytes()


@pytest.mark.parametrize("fill", ["\0", " "])
def test_names_of_the_old_version_in_the_new_one(mp3, odd, write, fill: str) -> None:
    old = [odd.text(n + fill.encode(), v) for n, v in ((b"TCP", "1"), (b"TS2", "Sort, A"))]
    path = mp3(odd.id3(*old, odd.text(b"TIT2", "A Title"), odd.text(b"TCON", "Soul"), *old))
    out = write(path)
    assert facts(out)[0] == "A Title"
    assert [out.read_bytes().count(frame) for frame in old] == [2, 2]


@pytest.mark.parametrize("version", [2, 3, 4])
def test_two_tags_in_front_say_the_same(mp3, odd, write, version: int) -> None:
    path = mp3(odd.titled("Soul") + odd.titled("Rock", version))
    out = write(path)
    assert b"Soul" not in out.read_bytes()
    assert b"Rock" not in out.read_bytes()
    assert out.read_bytes().count(b"An Artist") == 2


def rest_of_a_frame(samples) -> bytes:
    return samples["mp3_plain"].read_bytes()[1000:1300].replace(b"\xff", b"\xfe")


@pytest.mark.parametrize("n_zeros", [1, 500, 4000, 60_000])
def test_zeros_before_the_first_frame(mp3, write, n_zeros: int) -> None:
    path = mp3(b"\0" * n_zeros)
    assert write(path).read_bytes().endswith(path.read_bytes())


def test_half_a_frame_before_the_first(mp3, samples, write) -> None:
    path = mp3(rest_of_a_frame(samples))
    assert write(path).read_bytes().endswith(path.read_bytes())


def test_noise_is_no_mp3(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    for seed in range(20):
        path.write_bytes(b"\0" + np.random.default_rng(seed).bytes(60_000))
        assert "no kind whose tags" in tags.refusal(str(path), GENRES)
        with pytest.raises(TagError):
            tags.write_copy(str(path), str(tmp_path / "t"), GENRES)


# ---------------------------------------------------------------- guests of other kinds


@pytest.mark.parametrize("is_tight", [True, False])
@pytest.mark.parametrize("version", [2, 3, 4])
def test_guests_of_flac_are_kept_in_line(samples, odd, write, is_tight, version) -> None:
    path = write.folder / "a.flac"
    raw = samples["flac_tight" if is_tight else "flac"].read_bytes()
    raw = raw[raw.index(b"fLaC") :]
    path.write_bytes(odd.titled("Soul", version) + raw + odd.id3v1("A Title"))
    out = write(path)
    assert [(t.name, t.facts.title) for t in metadata.tags(out)] == [
        ("comments", "" if is_tight else "Título"),
        ("ID3 tag", "A Title"), ("ID3v1 tag", "A Title"),
    ]  # fmt: skip
    assert [t.facts.genres for t in metadata.tags(out)] == [GENRES, GENRES, GENRES[:1]]
    assert b"Soul" not in out.read_bytes()


@pytest.mark.parametrize("kind", ["wv", "wv_plain"])
@pytest.mark.parametrize("genre", ["Soul", ""])
def test_an_id3_tag_before_wavpack(samples, odd, tmp_path, kind, genre) -> None:
    """FFmpeg does not play such files, but others do."""
    path, out = tmp_path / "a.wv", tmp_path / "b.wv"
    front = odd.titled(genre) if genre else odd.id3(odd.text(b"TIT2", "A Title"))
    path.write_bytes(front + samples[kind].read_bytes())
    tags.write_copy(str(path), str(out), GENRES)
    assert facts(out)[2] == GENRES
    assert [t.facts.genres for t in metadata.tags(out)] == [GENRES, GENRES if genre else ()]


def test_an_ape_tag_behind_flac_is_kept_in_line(samples, odd, write, tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    path.write_bytes(samples["flac"].read_bytes() + odd.ape(Genre="Soul", Title="Título"))
    out = write(path)
    assert list(APEv2(out)["Genre"]) == list(GENRES)


def test_an_ape_tag_whose_header_looks_like_id3v1(samples, odd, write, tmp_path: Path) -> None:
    """The letters TAG of APETAGEX stand where those of ID3v1 would, 128 bytes before the end."""
    tag = odd.ape(Title="T", Artist="A", Genre="House", Track="3/9")
    assert tag[-128:].startswith(b"TAGEX")
    path = tmp_path / "a.mp3"
    path.write_bytes(samples["mp3_plain"].read_bytes() + tag)
    assert [(t.name, t.facts.title) for t in metadata.tags(path)] == [("APE tag", "T")]
    assert facts(write(path)) == ("T", "A", GENRES)


def test_what_only_id3v1_said_is_carried_into_an_ape_tag(samples, odd, write, tmp_path) -> None:
    path = tmp_path / "a.wv"
    raw = samples["wv_plain"].read_bytes()
    path.write_bytes(raw[: raw.index(b"APETAGEX")] + odd.id3v1("Ca"))
    out = write(path)
    found = {key: str(value) for key, value in APEv2(out).items() if key != "Genre"}
    assert found == {
        "Title": "Ca", "Artist": "Old Artist", "Album": "Old Album", "Year": "1999",
        "Comment": "a comment", "Track": "7",
    }  # fmt: skip
    assert odd.ffmpeg(out)["title"] == "Ca"


# ---------------------------------------------------------------- WAV and AIFF


@pytest.mark.parametrize("filled", [True, False])
@pytest.mark.parametrize("genre", ["Soul", "Rock'"])
@pytest.mark.parametrize("is_last", [True, False])
def test_an_info_list_is_read_and_kept_in_line(odd, write, filled, genre, is_last) -> None:
    tmp_path = write.folder
    names = {"INAM": "Info Title", "IART": "Info Artist", "IPRD": "Info Album", "ICRD": "2001"}
    order = {**names, "IGNR": genre} if is_last else {"IGNR": genre, **names}
    path = odd.wav(tmp_path / "a.wav", odd.info(filled=filled, **order), odd.chunk(b"odd ", b"xyz"))
    assert facts(path) == ("Info Title", "Info Artist", (genre,))
    assert metadata.read(path)[0].year == 2001
    out = write(path)
    assert facts(out)[:2] == ("Info Title", "Info Artist")
    assert b"IGNR\x0e\0\0\0Hip-Hop; Trap\0" in out.read_bytes()
    assert odd.chunk(b"odd ", b"xyz") in out.read_bytes(), "what follows keeps its even place"
    seen = odd.ffmpeg(out)
    assert (seen["title"], seen["artist"], seen["album"]) == tuple(names.values())[:3]
    again = write(out.rename(tmp_path / "b.wav"), ("Ambient",))
    assert b"Hip-Hop" not in again.read_bytes()


@pytest.mark.parametrize("filled", [True, False])
@pytest.mark.parametrize("maker", ["maker", "makers"])
def test_an_info_list_without_a_genre_gets_one(odd, write, filled, maker) -> None:
    """FFmpeg up to 5.1 sees nothing but the list where there is one."""
    raw = odd.info(filled=filled, INAM="Ünï", ISFT=maker)
    path = odd.wav(write.folder / "a.wav", raw, odd.chunk(b"odd ", b"xyz"))
    out = write(path)
    assert [t.facts.genres for t in metadata.tags(out) if t.name == "INFO list"] == [GENRES]
    assert odd.ffmpeg(out)["encoder"] == maker
    assert facts(path)[0] == facts(out)[0] == "Ünï"
    assert raw[20:] in out.read_bytes()
    assert odd.chunk(b"odd ", b"xyz") in out.read_bytes()


@pytest.mark.parametrize(
    "texts", [{"ISFT": "maker"}, {"IGNR": "Rock"}, {"IGNR": "Rock", "ISFT": "a"}]
)
def test_a_last_list_without_its_filling_byte_keeps_the_tag_behind_it_in_place(
    odd, write, texts
) -> None:
    raw = odd.info(filled=False, **texts)
    size = int.from_bytes(raw[4:8], "little")
    path = odd.wav(write.folder / "a.wav", raw[: 8 + size])
    out = write(path)
    with out.open("rb") as file:
        chunks = list(riff.chunks(file, 12, out.stat().st_size, "little"))
    assert [c.name for c in chunks] == [b"fmt ", b"data", b"LIST", b"id3 "]
    assert [t.facts.genres for t in metadata.tags(out)] == [GENRES, GENRES]


def test_a_wav_whose_sizes_were_never_filled_in_is_left_alone(odd, tmp_path: Path) -> None:
    path = odd.wav(tmp_path / "a.wav")
    raw = bytearray(path.read_bytes())
    raw[4:8] = raw[40:44] = bytes(4)
    path.write_bytes(raw)
    assert tags.refusal(str(path), GENRES) == "its header names another size than it has"


def test_the_text_chunks_of_aiff_are_carried_over(samples, write, tmp_path: Path, odd) -> None:
    raw = samples["aiff"].read_bytes()
    raw = raw[: raw.index(b"ID3 ")]
    raw += b"NAME\0\0\0\x05Plain\0AUTH\0\0\0\x04Them"
    path = tmp_path / "a.aiff"
    path.write_bytes(b"FORM" + (len(raw) - 8).to_bytes(4, "big") + raw[8:])
    assert facts(path) == ("Plain", "Them", ())
    assert facts(write(path))[:2] == ("Plain", "Them")
    assert ID3(odd_id3(write(path)))["TIT2"] == "Plain"


def odd_id3(path: Path) -> Path:
    """Return the ID3 tag in the chunk of an AIFF file, as a file of its own."""
    raw = path.read_bytes()
    out = path.with_name("tag")
    out.write_bytes(raw[raw.index(b"ID3 ") + 8 :])
    return out


# ---------------------------------------------------------------- names that lie


@pytest.mark.parametrize("ending", [".mp3", ".flac", ".wav", ".nothing"])
def test_a_file_is_what_it_holds(sample: Path, write, ending: str) -> None:
    before = metadata.read(sample)
    path = sample.with_name(f"renamed{ending}")
    shutil.copy(sample, path)
    assert metadata.read(path) == before
    assert facts(write(path))[:2] == (before[0].title, before[0].artist)


def test_wma_as_ffmpeg_writes_it(encode, odd, write, tmp_path: Path) -> None:
    path = tmp_path / "a.wma"
    told = {"title": "T", "artist": "An Artist", "genre": "Soul", "WM/GenreID": "Soul"}
    encode(path, "wmav2", "asf", tags=told)
    raw = path.read_bytes()
    assert raw.count("Author\0".encode("utf-16-le")) == 1, "and once without a name"
    assert facts(path) == ("T", "An Artist", ("Soul",))
    out = write(path)
    assert "Soul".encode("utf-16-le") not in out.read_bytes()
    assert odd.ffmpeg(out)["title"] == "T"
    assert odd.ffmpeg(out)["artist"] == "An Artist"
    assert [str(value) for value in ASF(out)["WM/Genre"]] == list(GENRES)
    raw = out.read_bytes()
    at = raw.index(bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")) + 40
    assert int.from_bytes(raw[at : at + 8], "little") == len(raw), "the size that it names"
    assert facts(write(out.rename(tmp_path / "b.wma"), ("Dub",)))[2] == ("Dub",)


# ---------------------------------------------------------------- chains and keys


@pytest.mark.parametrize("genre", [("Dub",), ("A" * 240, "B" * 240), ("Wörld",)])
@pytest.mark.parametrize("n_links", [2, 3])
def test_every_link_of_a_chain(samples, odd, write, genre, n_links) -> None:
    tmp_path = write.folder
    source = samples["ogg_plain"]
    told = [(b"TITLE=%d" % n, b"genre=Soul", b"X=" + b"x" * 30_000 * n) for n in range(n_links)]
    path = odd.links(tmp_path / "a.ogg", *told, source=source)
    out = write(path, genre)
    assert b"Soul" not in out.read_bytes()
    pieces = out.read_bytes().split(b"OggS\0\2")[1:]
    assert len(pieces) == n_links
    for n, piece in enumerate(pieces):
        one = tmp_path / "one.ogg"
        one.write_bytes(b"OggS\0\2" + piece)
        assert OggVorbis(one)["title"] == [str(n)]
        assert OggVorbis(one)["genre"] == list(genre)
        assert np.array_equal(sound(one), sound(source))
        numbers = [int.from_bytes(page[18:22], "little") for page in pages(one)]
        assert numbers == list(range(len(numbers)))


def pages(path: Path) -> list[bytes]:
    return [b"OggS" + page for page in path.read_bytes().split(b"OggS")[1:]]


@pytest.mark.parametrize("flags", ["use_metadata_tags", "use_metadata_tags+faststart"])
@pytest.mark.parametrize("has_genre", [True, False])
def test_tags_that_are_named_by_keys(encode, odd, write, flags, has_genre) -> None:
    path = write.folder / "a.m4a"
    told = {"title": "Keys Title", "artist": "Keys Artist", "mykey": "abc"}
    encode(path, "aac", "mp4", tags=told | ({"genre": "Soul"} if has_genre else {}),
           options={"movflags": flags})  # fmt: skip
    assert b"mdta" in path.read_bytes()
    assert facts(path) == ("Keys Title", "Keys Artist", ("Soul",) if has_genre else ())
    out = write(path)
    seen = odd.ffmpeg(out)
    assert seen["genre"] in {"Hip-Hop", "Trap", "Hip-Hop;Trap"}
    assert (seen["title"], seen["mykey"]) == ("Keys Title", "abc")
    assert b"Soul" not in out.read_bytes()
    assert facts(write(out.rename(out.with_name("b.m4a")), ("Dub",)))[2] == ("Dub",)


def test_quicktime_says_its_genre_in_its_own_way(encode, odd, write, tmp_path: Path) -> None:
    path = tmp_path / "a.mov"
    encode(path, "aac", "mov", tags={"title": "Film", "genre": "Soul"})
    assert facts(path)[2] == ("Soul",)
    out = write(path)
    assert b"Soul" not in out.read_bytes()
    assert odd.ffmpeg(out)["title"] == "Film"


@pytest.mark.parametrize("kind", ["v1", "ape", "info", "chain", "two"])
def test_damage_in_old_tags_changes_nothing_else(samples, odd, mp3, tmp_path: Path, kind) -> None:
    """Whatever a few wrong bytes do: refused, or written with a way back to every byte."""
    path, out = tmp_path / "a", tmp_path / "b"
    raw = {
        "v1": lambda: mp3(behind=odd.id3v1()),
        "ape": lambda: mp3(behind=odd.ape(Title="x", Genre="Soul") + odd.lyrics3() + odd.id3v1()),
        "info": lambda: odd.wav(tmp_path / "i", odd.info(IGNR="Soul", INAM="x", IART="odd")),
        "chain": lambda: odd.links(
            tmp_path / "c", (b"genre=Soul",), (b"X=y",), source=samples["ogg_plain"]
        ),
        "two": lambda: mp3(odd.titled("Soul") + odd.titled("Rock", 4)),
    }[kind]().read_bytes()
    rng = np.random.default_rng(len(raw))
    n_written = 0
    for _ in range(60):
        broken = bytearray(raw)
        for at in rng.integers(0, 400, rng.integers(1, 6)):
            place = int(at) if rng.random() < 0.5 else len(raw) - 1 - int(at)
            broken[place] = rng.integers(0, 256)
        path.write_bytes(broken)
        metadata.read(path)
        known = tags.refusal(str(path), GENRES)
        try:
            tags.write_copy(str(path), str(out), GENRES)
        except TagError:
            assert not out.exists()
            continue
        assert not known, "the plan refuses nothing that could be done"
        assert patch.digest(str(out), patch.make(str(out), str(path))) == digest(path)
        out.unlink()
        n_written += 1
    assert n_written
