"""Genres are written into files of every kind, and nothing else in them changes."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutagen.apev2 import APEv2
from mutagen.id3 import ID3
from mutagen.oggvorbis import OggVorbis

from genredesk.library.organize import patch, tags
from genredesk.library.organize.tagging import TagError, id3, vorbis
from genredesk.library.organize.tagging import ogg as ogg_tags
from genredesk.library.scanning import metadata

GENRES = ("Post-Bop", "Электроника", "Rock")


def decoded(path: Path) -> np.ndarray:
    """Return the sound as FFmpeg decodes it, which knows nothing of our parsers."""
    with av.open(str(path)) as file:
        frames = [f.to_ndarray().reshape(-1) for f in file.decode(audio=0)]
    return np.concatenate(frames)


def write(path: Path, genres=GENRES) -> Path:
    temp = path.with_name(f"out.part{path.suffix}")
    temp.unlink(missing_ok=True)
    assert tags.write_copy(str(path), str(temp), genres) == digest(path)
    return temp


def digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()


@pytest.mark.parametrize("genres", [GENRES, ("Jazz",), ("A" * 200, "B" * 200, "C" * 200)])
def test_only_the_genre_changes(sample: Path, genres: tuple[str, ...]) -> None:
    before, sound, raw = metadata.read(sample), decoded(sample), sample.read_bytes()
    temp = write(sample, genres)
    assert sample.read_bytes() == raw
    after = metadata.read(temp)
    assert after[0].genres == genres
    assert [getattr(after[0], f) for f in ("title", "artist", "album", "track_no", "year")] == [
        getattr(before[0], f) for f in ("title", "artist", "album", "track_no", "year")
    ]
    assert after[1] == before[1], "the picture"
    assert np.array_equal(decoded(temp), sound)


def test_the_old_bytes_come_back_from_a_small_patch(sample: Path) -> None:
    temp = write(sample)
    way_back = patch.make(str(temp), str(sample))
    assert len(way_back) < 6000, "a patch holds tags, not sound"
    assert patch.digest(str(temp), way_back) == digest(sample)
    restored = sample.with_name("restored")
    assert patch.apply(str(temp), way_back, str(restored)) == digest(sample)
    assert restored.read_bytes() == sample.read_bytes()


def test_writing_twice_ends_with_the_second(sample: Path) -> None:
    first = write(sample)
    once = first.rename(sample.with_name("first" + sample.suffix))
    second = write(once, ("Disco",))
    assert tags.genres_of(str(second)) == ("Disco",)


@pytest.mark.parametrize("kind", ["mp3_23", "mp3_24", "mp3_22", "mp3_unsync"])
def test_an_id3_tag_keeps_its_version_and_frames(samples, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(samples[kind].read_bytes())
    with path.open("rb") as old, write(path).open("rb") as new:
        before, after = id3.read(old, 0), id3.read(new, 0)
    assert before is not None
    assert after is not None
    assert (after.version, after.flags) == (before.version, before.flags)
    assert id3.rest(after) == id3.rest(before)
    assert [n for n, _ in after.frames] == [n for n, _ in before.frames], "also the order"


def test_a_file_without_tags_gets_version_4(samples, tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(samples["mp3_plain"].read_bytes())
    temp = write(path)
    assert ID3(temp).version == (2, 4, 0)
    assert temp.read_bytes().endswith(path.read_bytes())


def test_tags_at_the_end_of_an_mp3_are_kept_in_line(samples, tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(samples["mp3_24_ape"].read_bytes())
    temp = write(path, ("Hard Swing", "Jazz"))
    assert list(APEv2(temp)["Genre"]) == ["Hard Swing", "Jazz"]
    assert str(APEv2(temp)["MP3GAIN_MINMAX"]) == "101,210"
    assert temp.read_bytes()[-1] == id3.GENRES.index("Jazz"), "the first that has a number"
    assert write(path, ("Nonsense",)).read_bytes()[-1] == 255
    path.write_bytes(samples["mp3_23_v1"].read_bytes())
    v1 = path.read_bytes()[-128:]
    assert write(path).read_bytes()[-128:] == v1[:-1] + bytes((id3.GENRES.index("Rock"),))


def test_old_style_numbers_and_brackets(samples, tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(samples["mp3_23"].read_bytes())
    assert tags.genres_of(str(path)) == ("Rock",), "(17)"
    assert tags.genres_of(str(write(path, ("(odd) one",)))) == ("(odd) one",)


def test_comments_that_are_no_text_survive(samples, tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    raw = samples["flac"].read_bytes()
    path.write_bytes(raw.replace("título".title().encode(), b"T\xff\xfe\x80ulo"))
    assert path.read_bytes() != raw
    assert b"T\xff\xfe\x80ulo" in write(path).read_bytes()
    ogg = tmp_path / "a.ogg"
    ogg.write_bytes(samples["ogg"].read_bytes())
    # The same in Ogg, written with proper check sums.
    odd = (b"no equals sign", b"TITLE=\xff\xfe")
    vorbis_file = OggVorbis(ogg)
    block = vorbis.render(vorbis.Comments(b"v", odd), ["Rock"]) + b"\x01"
    vorbis_file.tags.write = lambda framing=True: block
    vorbis_file.save(ogg)
    with write(ogg).open("rb") as file:
        assert odd == tuple(line for _, line in ogg_tags.parts(file, 0).rest[1:])


def test_what_carries_no_genre_is_refused(tmp_path: Path) -> None:
    for name, data in {
        "text.mp3": b"no sound at all" * 100,
        "empty.mp3": b"",
        "short.flac": b"fLaC\0\0",
        "matroska.mka": b"\x1aE\xdf\xa3" + b"\0" * 200,
        "aac.aac": b"\xff\xf1\x50\x80" * 100,
    }.items():
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(TagError):
            tags.write_copy(str(path), str(tmp_path / "t.part"), ["Rock"])
        assert path.read_bytes() == data
        assert not (tmp_path / "t.part").exists()


@pytest.mark.parametrize("genre", ["", " ", "a\nb", "x" * 300, "17", "RX"])
def test_genres_that_would_read_otherwise_are_refused(samples, tmp_path: Path, genre: str) -> None:
    with pytest.raises(TagError):
        tags.write_copy(str(samples["mp3_24"]), str(tmp_path / "t.part"), [genre])
    assert not (tmp_path / "t.part").exists()


def test_damaged_tags_are_left_alone(sample: Path) -> None:
    """Whatever a few wrong bytes do: refused, or written with everything else as it was."""
    raw = sample.read_bytes()
    rng = np.random.default_rng(len(raw))
    temp = sample.with_name(f"t.part{sample.suffix}")
    for _ in range(25):
        broken = bytearray(raw)
        region = min(len(raw), 6000)
        for at in rng.integers(0, region, rng.integers(1, 8)):
            place = int(at) if rng.random() < 0.7 else len(raw) - 1 - int(at)
            broken[place] = rng.integers(0, 256)
        if rng.random() < 0.2:
            broken = broken[: rng.integers(0, len(broken))]
        sample.write_bytes(broken)
        try:
            seen = tags.write_copy(str(sample), str(temp), ["Rock", "Pop"])
        except TagError:
            assert not temp.exists()
        else:
            assert seen == hashlib.sha256(broken).digest()
            way_back = patch.make(str(temp), str(sample))
            assert patch.digest(str(temp), way_back) == seen
            temp.unlink()
        assert sample.read_bytes() == broken


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    old=st.binary(max_size=4000), new=st.binary(max_size=4000), common=st.binary(max_size=600),
    repeats=st.integers(0, 30),
)  # fmt: skip
def test_a_patch_brings_back_anything(tmp_path_factory, old, new, common, repeats) -> None:
    folder = tmp_path_factory.mktemp("patch")
    one, other = folder / "new", folder / "old"
    one.write_bytes(new + common * repeats)
    other.write_bytes(old + common * repeats)
    way_back = patch.make(str(one), str(other))
    assert patch.apply(str(one), way_back, str(folder / "back")) == digest(other)
    assert (folder / "back").read_bytes() == other.read_bytes()
    with pytest.raises(patch.PatchError):
        patch.digest(str(one), way_back[:14])


def test_a_patch_does_not_outgrow_the_catalogue(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(patch, "LIMIT", 1 << 16)
    one, other = tmp_path / "new", tmp_path / "old"
    one.write_bytes(os.urandom(1 << 17))
    other.write_bytes(os.urandom(1 << 17))
    with pytest.raises(patch.PatchError):
        patch.make(str(one), str(other))
