"""Files and folders are known again: moved, renamed, linked, mounted elsewhere, or retagged."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from mutagen.flac import FLAC

from genredesk.core.errors import Cancelled, GenreDeskError
from genredesk.core.job import JobContext
from genredesk.library.organize import actions, apply, items
from genredesk.library.organize.plan import ActionOptions
from genredesk.library.records import TrackRow

posix = pytest.mark.skipif(sys.platform == "win32", reason="links and times of POSIX")


def all_rows(catalogue) -> dict[int, TrackRow]:
    catalogue.index.refresh()
    return {r.id: r for r in catalogue.files.rows(catalogue.index.query())}


def tell_of_another_drive(catalogue) -> None:
    """Let the catalogue believe that its files lay on a drive that is not there."""
    with catalogue.db.write() as connection:
        connection.execute("UPDATE file SET dev = dev + 77")
        connection.execute("UPDATE root SET dev = dev + 77")


# ---------------------------------------------------------------- moved


@pytest.mark.parametrize("name", ["a sorted", "z sorted"])
def test_files_moved_into_a_new_folder_belong_to_it(catalogue, music, run, tmp_path, name):
    run(catalogue, music)
    before = {i: r.track_id for i, r in all_rows(catalogue).items()}
    chosen = items.load(catalogue, sorted(before)[:4])
    to = tmp_path / name
    options = ActionOptions(to=to, template="{title}{track}", number=True)
    plan = actions.get("move_files").plan(chosen, options, JobContext())
    assert apply.apply(catalogue, plan, JobContext()).done == 4
    assert {r.path: r.n_files for r in catalogue.roots.all()} == {music: 2, to: 4}
    for _ in range(2):
        report = run(catalogue)
        assert (report.found, report.new, report.moved, report.missing) == (6, 0, 0, 0)
        rows = all_rows(catalogue)
        assert {r.state for r in rows.values()} == {"analysed"}
        assert {i: r.track_id for i, r in rows.items()} == before
    apply.undo(catalogue, None, JobContext())
    assert {r.path: r.n_files for r in catalogue.roots.all()} == {music: 6}


def test_a_folder_whose_music_was_all_moved_is_not_offline(catalogue, music, run, tmp_path):
    run(catalogue, music)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for path in music.iterdir():
        path.rename(elsewhere / path.name)
    report = run(catalogue)
    assert (report.offline, report.missing) == ([], 6)
    report = run(catalogue, elsewhere)
    assert (report.moved, report.new, report.missing) == (6, 0, 0)
    assert {r.path: r.n_files for r in catalogue.roots.all()} == {elsewhere: 6, music: 0}


def test_a_file_moved_out_of_a_folder_that_is_not_scanned_is_followed(
    catalogue, music, run, tmp_path
):
    other = tmp_path / "other"
    other.mkdir()
    run(catalogue, music, other)
    before = all_rows(catalogue)
    (music / "disc 1" / "0 tone.flac").rename(other / "new name.flac")
    (root,) = [r for r in catalogue.roots.all() if r.path == other]
    report = run(catalogue, roots=[root.id])
    assert (report.moved, report.new, report.missing) == (1, 0, 0)
    assert all_rows(catalogue).keys() == before.keys()


# ---------------------------------------------------------------- renamed and mounted elsewhere


def test_a_renamed_folder_is_followed(catalogue, music, run, tmp_path):
    diary = tmp_path / "diary"
    run(catalogue, music)
    catalogue.corrections.set([1], ["Mine"])
    catalogue.roots.watch(catalogue.roots.all()[0].id, False)
    before = all_rows(catalogue)
    (old,) = catalogue.roots.all()
    songs = tmp_path / "songs"
    music.rename(songs)
    root = catalogue.roots.add(songs)
    assert (root.id, root.path, root.n_files, root.watched) == (old.id, songs, 6, False)
    report = run(catalogue, roots=[root.id], diary=str(diary))
    assert (report.found, report.new, report.changed, report.missing) == (6, 0, 0, 0)
    assert not diary.exists()
    rows = all_rows(catalogue)
    assert rows.keys() == before.keys()
    assert all(r.path.is_file() for r in rows.values())
    assert rows[1].corrected == ("Mine",)


def test_a_drive_that_is_mounted_elsewhere_is_followed(catalogue, music, run, tmp_path):
    run(catalogue, music)
    before = all_rows(catalogue)
    tell_of_another_drive(catalogue)
    music.rename(tmp_path / "drive1")
    catalogue.roots.add(tmp_path / "drive1")
    assert run(catalogue).new == 0
    assert all_rows(catalogue).keys() == before.keys()
    assert len(catalogue.roots.all()) == 1


def copied(music: Path, to: Path) -> Path:
    """Copy with all times, as to another drive; every inode is another."""
    shutil.copytree(music, to)
    music.rename(to.with_name("bin"))
    return to


def test_a_folder_that_was_moved_to_another_drive_is_followed(catalogue, music, run, tmp_path):
    run(catalogue, music)
    before = all_rows(catalogue)
    catalogue.roots.add(copied(music, tmp_path / "copy"))
    assert [r.path for r in catalogue.roots.all()] == [tmp_path / "copy"]
    assert run(catalogue).new == 0
    assert all_rows(catalogue).keys() == before.keys()


def test_a_copy_of_a_drive_that_is_not_there_is_no_move(catalogue, music, run, tmp_path):
    run(catalogue, music)
    tell_of_another_drive(catalogue)
    copy = copied(music, tmp_path / "copy")
    report = run(catalogue, copy)
    assert (report.new, report.offline) == (6, [music])
    assert {r.path: r.offline for r in catalogue.roots.all()} == {music: True, copy: False}
    assert len(all_rows(catalogue)) == 12


def test_a_person_can_say_where_a_folder_is_now(catalogue, music, run, tmp_path):
    run(catalogue, music)
    before = all_rows(catalogue)
    tell_of_another_drive(catalogue)
    copy = copied(music, tmp_path / "copy")
    (root,) = catalogue.roots.all()
    with pytest.raises(GenreDeskError, match="not a folder"):
        catalogue.roots.rename(root.id, tmp_path / "nowhere")
    assert catalogue.roots.rename(root.id, copy).path == copy
    assert run(catalogue).new == 0
    assert all_rows(catalogue).keys() == before.keys()
    catalogue.roots.add(tmp_path / "bin")
    with pytest.raises(GenreDeskError, match="part of the library already"):
        catalogue.roots.rename(root.id, tmp_path / "bin")


def test_files_of_a_folder_that_is_gone_are_known_by_their_sound(catalogue, music, run, tmp_path):
    """Moved to another drive and put in another order: neither inode, time nor path is left."""
    diary = tmp_path / "diary"
    run(catalogue, music)
    before = all_rows(catalogue)
    sorted_ = tmp_path / "sorted"
    sorted_.mkdir()
    for path in music.rglob("*.flac"):
        (sorted_ / f"new {path.name}").write_bytes(path.read_bytes())
    shutil.rmtree(music)
    report = run(catalogue, sorted_, diary=str(diary))
    assert (report.moved, report.new) == (6, 0)
    assert not diary.exists()
    assert all_rows(catalogue).keys() == before.keys()
    assert report.followed == [music]
    assert [r.path for r in catalogue.roots.all()] == [sorted_]


def test_a_renamed_folder_that_comes_with_the_one_above_it_is_followed(
    catalogue, music, run, tmp_path
):
    run(catalogue, music)
    before = all_rows(catalogue)
    above = tmp_path / "above"
    above.mkdir()
    music.rename(above / "songs")
    report = run(catalogue, above)
    assert (report.moved, report.new, report.missing, report.followed) == (6, 0, 0, [music])
    assert [r.path for r in catalogue.roots.all()] == [above]
    assert all_rows(catalogue).keys() == before.keys()


# ---------------------------------------------------------------- one folder is one


@posix
def test_a_folder_added_by_a_link_is_the_same(catalogue, music, run, tmp_path):
    run(catalogue, music)
    link = tmp_path / "link"
    link.symlink_to(music)
    (root,) = catalogue.roots.all()
    assert catalogue.roots.add(link).id == root.id
    assert catalogue.roots.add(link / "disc 1").id == root.id
    assert run(catalogue).new == 0
    assert len(all_rows(catalogue)) == 6


@posix
def test_a_folder_that_was_added_by_a_link_becomes_part_of_the_one_above(
    catalogue, music, run, tmp_path
):
    link = tmp_path / "link"
    link.symlink_to(music / "disc 1")
    run(catalogue, link)
    before = all_rows(catalogue)
    report = run(catalogue, music)
    assert (report.new, report.missing) == (3, 0)
    assert [r.path for r in catalogue.roots.all()] == [music]
    rows = all_rows(catalogue)
    assert len(rows) == 6
    assert all(rows[i].path.parent == music / "disc 1" for i in before)


@posix
def test_a_link_from_one_folder_into_another_is_not_followed(catalogue, music, run, tmp_path, tone):
    first = tmp_path / "first"
    tone(first / "own.flac", 500)
    (first / "way").symlink_to(music)
    (first / "one.flac").symlink_to(music / "disc 1" / "0 tone.flac")
    report = run(catalogue, first, music)
    assert report.found == 7
    assert len(all_rows(catalogue)) == 7


# ---------------------------------------------------------------- what systems keep beside music


SYSTEM = ["#recycle", "@eaDir", ".stfolder", "$RECYCLE.BIN", ".Trash-1000", ".AppleDouble",
          "lost+found", "System Volume Information", "#snapshot", "@Recycle"]  # fmt: skip


def test_bins_and_the_like_are_passed_over_and_counted(catalogue, music, run, tone):
    for name in SYSTEM:
        tone(music / name / "x.flac", 600)
        tone(music / "disc 1" / name / "deep" / "y.flac", 600)
    report = run(catalogue, music)
    assert report.found == 6
    assert report.passed_folders == dict.fromkeys(SYSTEM, 2)
    touched = [music / name / "x.flac" for name in SYSTEM] + [music / name for name in SYSTEM]
    assert run(catalogue, paths=touched).new == 0, "as the watcher tells of them"
    assert len(all_rows(catalogue)) == 6


# ---------------------------------------------------------------- retagged without a trace


def retag(path: Path, genre: str) -> None:
    """Write a genre as a tagger that uses the padding and sets the old time again."""
    before = path.stat()
    tags = FLAC(path)
    tags["genre"] = [genre]
    tags.save()
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size, "it fits into the padding"


@pytest.fixture
def tagged(music: Path) -> Path:
    """The folder with one file that has a tag and padding behind it."""
    path = music / "disc 1" / "0 tone.flac"
    tags = FLAC(path)
    tags["genre"] = ["Early"]
    tags.save(padding=lambda _info: 4096)
    return path


@posix
def test_an_edit_that_keeps_size_and_time_is_noticed(catalogue, music, run, tagged, tmp_path):
    diary = tmp_path / "diary"
    run(catalogue, music)
    retag(tagged, "Later")
    report = run(catalogue, diary=str(diary))
    assert (report.changed, report.analysed) == (1, 0)
    assert not diary.exists()
    (row,) = [r for r in all_rows(catalogue).values() if r.path == tagged]
    assert (row.genres, row.state, row.heard) == (("Later",), "analysed", "low")
    assert run(catalogue).changed == 0


@posix
def test_a_touched_file_whose_tags_are_the_same_is_not_changed(catalogue, music, run, tagged):
    run(catalogue, music)
    for path in music.rglob("*.flac"):
        path.chmod(0o640)
    report = run(catalogue)
    assert (report.changed, report.new, report.analysed) == (0, 0, 0)


@posix
def test_a_scan_that_is_stopped_does_not_forget_what_was_touched(catalogue, music, run, tagged):
    run(catalogue, music)
    retag(tagged, "Later")
    ctx = JobContext()
    with pytest.raises(Cancelled):
        run(catalogue, ctx=ctx, on_batch=lambda _ids: ctx.cancel())
    assert run(catalogue).changed == 1


@posix
def test_a_file_that_could_not_be_read_is_tried_again_when_it_was_touched(catalogue, music, run):
    path = music / "disc 1" / "0 tone.flac"
    whole, stat = path.read_bytes(), path.stat()
    path.write_bytes(b"x" * len(whole))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert run(catalogue, music).failed == 1
    assert run(catalogue).failed == 0
    path.write_bytes(whole)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    report = run(catalogue)
    assert (report.changed, report.analysed, report.failed) == (1, 1, 0)


def test_where_no_such_time_is_kept_a_person_can_ask_for_it(catalogue, music, run, tagged):
    run(catalogue, music)
    with catalogue.db.write() as connection:  # as a catalogue from before, or on Windows
        connection.execute("UPDATE file SET ctime_ns = 0")
    retag(tagged, "Later")
    assert run(catalogue).changed == 0
    report = run(catalogue, reread=True)
    assert (report.changed, report.analysed) == (1, 0)
    assert ("Later",) in {r.genres for r in all_rows(catalogue).values()}


@posix
def test_what_our_own_hand_does_is_no_edit(catalogue, music, run, tmp_path):
    run(catalogue, music)
    for action in ("tag_genre", "move_files"):
        rows = items.load(catalogue, list(all_rows(catalogue)))
        options = ActionOptions(to=tmp_path / "o", template="{title}{track}", number=True)
        plan = actions.get(action).plan(rows, options, JobContext())
        assert apply.apply(catalogue, plan, JobContext()).done == 6
        assert run(catalogue).changed == 0
    for _ in range(2):
        apply.undo(catalogue, None, JobContext())
        assert run(catalogue).changed == 0
        with catalogue.db.read() as connection:
            asked = "SELECT count(*) FROM file WHERE ctime_ns <= 0"
            assert connection.execute(asked).fetchone() == (0,)
