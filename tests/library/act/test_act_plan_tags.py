"""The plan of genre tags reads the files: what they say now, and what would be refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from genredesk.core.job import JobContext
from genredesk.library.organize import actions, apply, items, tags
from genredesk.library.organize.actions import _common
from genredesk.library.organize.plan import ActionOptions, Plan
from genredesk.library.organize.tagging import TagError
from genredesk.library.scanning import metadata

CTX = JobContext()


def plan_of(library, action: str = "tag_genre", **options) -> Plan:
    rows = items.load(library.catalogue, library.ids())
    return actions.get(action).plan(rows, ActionOptions(**options), CTX)


@pytest.fixture
def mp3(samples):
    return samples["mp3_plain"].read_bytes()


# ---------------------------------------------------------------- what would be refused


def test_the_plan_knows_which_tags_cannot_be_written(library, odd, mp3, samples) -> None:
    title = odd.text(b"TIT2", "A Title")
    extended = odd.id3(b"\0\0\0\6" + b"\0" * 6, title, flags=0x40)
    cut = odd.id3(title, odd.text(b"TPE1", "Somebody"))[:36]
    flac = samples["flac"].read_bytes()
    cases = {
        "extended.mp3": (extended + mp3, "extended header or a footer"),
        "cut.mp3": (cut + mp3, "its ID3 tag is damaged"),
        "odd.mp3": (odd.id3(b"tit2" + title[4:]) + mp3, "its ID3 tag is damaged"),
        "ape.mp3": (odd.ape(Genre="Rock") + mp3, "its APE tag is at its beginning"),
        "cut.flac": (flac[:80], "its FLAC header is damaged"),
        "cut.wav": (samples["wav"].read_bytes()[:5000], "names another size than it has"),
        "cut.m4a": (samples["m4a_front"].read_bytes()[:400], "its MP4 atoms are damaged"),
        "cut.wma": (samples["wma"].read_bytes()[:300], "its ASF header is damaged"),
        "cut.ogg": (samples["ogg"].read_bytes()[:70], "no sound whose tags are known"),
        "text.mp3": (b"lyrics, not sound " * 20, "no kind whose tags"),
    }
    paths = [library.add(name, data) for name, (data, _) in cases.items()]
    plan = plan_of(library)
    assert plan.totals.conflicts == len(cases)
    for path, step, (_, reason) in zip(paths, plan.steps, cases.values(), strict=True):
        assert step.conflict.startswith("Its tags cannot be written: "), path.name
        assert reason in step.conflict, path.name
        with pytest.raises(TagError, match=reason):
            tags.write_copy(str(path), str(path) + ".new", ["rock"])


ELSEWHERE = {
    "mka": ("flac", "matroska", "GenreDesk knows no place for a genre in Matroska files"),
    "webm": ("libopus", "webm", "GenreDesk knows no place for a genre in Matroska files"),
    "avi": ("pcm_s16le", "avi", "GenreDesk knows no place for a genre in AVI files"),
    "flv": ("flv", "flv", "GenreDesk knows no place for a genre in Flash video files"),
    "caf": ("pcm_s16le", "caf", "GenreDesk knows no place for a genre in CAF files"),
    "w64": ("pcm_s16le", "w64", "GenreDesk knows no place for a genre in Wave64 files"),
    "aac": ("aac", "adts", "raw AAC has no place for a genre"),
    "ac3": ("ac3", "ac3", "AC-3 has no place for a genre"),
    "au": ("pcm_s16be", "au", "AU has no place for a genre"),
    "ts": ("mp2", "mpegts", "MPEG transport stream has no place for a genre"),
}


@pytest.mark.parametrize("ending", ELSEWHERE)
def test_every_other_ending_has_its_true_reason(library, encode, tmp_path, ending) -> None:
    codec, container, reason = ELSEWHERE[ending]
    rate = 48000 if codec == "libopus" else 44100
    made = tmp_path / f"a.{ending}"
    encode(made, "pcm_s16le" if codec == "flv" else codec, container, rate)
    library.add(f"a.{ending}", made)
    (step,) = plan_of(library).steps
    assert step.conflict == f"Its tags cannot be written: {reason}."


WRITTEN = {
    "wv": ("wavpack", "wv"), "tta": ("tta", "tta"), "mp2": ("mp2", "mp2"), "m4b": ("aac", "mp4"),
    "mov": ("aac", "mov"), "aif": ("pcm_s16be", "aiff"), "oga": ("flac", "ogg"),
    "wma": ("wmav2", "asf"), "3gp": ("aac", "3gp"), "spx": ("libopus", "ogg"),
}  # fmt: skip


def test_every_ending_that_can_hold_a_genre_gets_one(library, encode, tmp_path, odd, tree) -> None:
    for ending, (codec, container) in WRITTEN.items():
        made = tmp_path / f"a.{ending}"
        rate = 48000 if codec == "libopus" else 44100
        encode(made, codec, container, rate, {"title": "T", "genre": "Soul"})
        library.add(f"a.{ending}", made)
    before = tree(library.folder)
    plan = plan_of(library)
    assert [step.conflict for step in plan.steps] == [""] * len(WRITTEN)
    assert apply.apply(library.catalogue, plan, CTX).done == len(WRITTEN)
    for ending in WRITTEN:
        path = library.folder / f"a.{ending}"
        assert metadata.read(path)[0].genres == ("rock",), ending
        assert odd.ffmpeg(path)["genre"] == "rock", ending
        assert b"Soul" not in path.read_bytes(), ending
    apply.undo(library.catalogue, None, CTX)
    assert tree(library.folder) == before


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs permissions of POSIX")
def test_a_folder_that_nobody_may_write_in(library, samples, monkeypatch) -> None:
    shut = library.add("shut/a.flac", samples["flac"]).parent
    library.add("open/b.flac", samples["flac"])
    really = os.access

    def access(path, mode) -> bool:  # root may always
        return Path(path) != shut and really(path, mode)

    monkeypatch.setattr(_common.os, "access", access)
    for action in ("tag_genre", "move_files"):
        one, other = plan_of(library, action, to=library.folder / "out").steps
        assert one.conflict == f"Its folder is write-protected: {shut}."
        assert not other.conflict
    one, other = plan_of(library, "copy_files", to=shut / "new").steps
    assert one.conflict == other.conflict == f"Its folder is write-protected: {shut}."


# ---------------------------------------------------------------- what a file says now


def edit(path: Path, genres: list[str]) -> None:
    """Write other genres as a tagger does that keeps size and time of the last change."""
    stat = path.stat()
    new = path.with_name("new")
    tags.write_copy(str(path), str(new), genres)
    raw = new.read_bytes()
    new.unlink()
    assert len(raw) == stat.st_size
    path.write_bytes(raw)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def test_an_edit_that_keeps_size_and_time_is_seen(library, samples) -> None:
    path = library.add("a.flac", samples["flac"], genres=("Rock",), heard="rock")
    other = library.add("b.flac", samples["flac"], genres=("Rock",), heard="jazz")
    edit(path, ["Funk"])
    edit(other, ["jazz"])
    plan = plan_of(library)
    assert plan.unchanged == 1, "it says jazz already, whatever the catalogue thinks"
    (step,) = plan.steps
    assert (step.before, step.after) == ("Funk", "rock")
    assert step.doubt == "Its tag says Funk now; when it was scanned it said Rock."
    assert not step.ticked


def test_an_old_genre_in_another_tag_is_shown_and_mended(library, odd, mp3) -> None:
    path = library.add("a.mp3", odd.titled("rock") + mp3 + odd.id3v1(genre=8), heard="rock")
    library.add("b.mp3", odd.titled("rock") + mp3 + odd.id3v1(genre=17), heard="rock")
    library.add("c.mp3", odd.titled("rock") + mp3 + odd.id3v1(genre=255), heard="rock")
    plan = plan_of(library)
    assert plan.unchanged == 2
    (step,) = plan.steps
    assert (step.before, step.after) == ("rock; ID3v1 tag: Jazz", "rock")
    assert apply.apply(library.catalogue, plan, CTX).done == 1
    assert path.read_bytes()[-1] == 17
    assert plan_of(library).unchanged == 3


@pytest.mark.parametrize(
    ("has", "wanted"),
    [
        ("Rock; Indie Pop;Folk", ("Rock", "Indie Pop", "Folk", "jazz")),
        ("Rock; Jazz;Folk", ()),
        ("Folk/Rock", ("Folk/Rock", "jazz")),
        ("Folk/Jazz", ()),
        ("JAZZ", ()),
        ("Rock;", ("Rock", "jazz")),
    ],
)
def test_what_is_kept_is_not_written_twice(library, odd, mp3, has, wanted) -> None:
    library.add("a.mp3", odd.titled(has) + mp3, heard="jazz")
    plan = plan_of(library, keep=True)
    if not wanted:
        assert (plan.unchanged, plan.steps) == (1, ())
        return
    (step,) = plan.steps
    assert step.genres == wanted
    assert apply.apply(library.catalogue, plan, CTX).done == 1
    assert metadata.read(library.folder / "a.mp3")[0].genres == wanted
    assert plan_of(library, keep=True).unchanged == 1
