"""Scanning: what is new, changed, moved or gone is seen, and nothing is ever forgotten."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from pathlib import Path

import mutagen
import numpy as np
import pytest
import soundfile
from mutagen.flac import FLAC, Picture

from genredesk.audio.thumbnail import thumbnail
from genredesk.core.errors import AudioFileError, Cancelled
from genredesk.core.job import JobContext
from genredesk.library.catalogue import file_writes
from genredesk.library.records import Found, described
from genredesk.library.scanning import walk as walking
from genredesk.library.scanning.audio_hash import DecodedAudio
from genredesk.library.scanning.metadata import read
from genredesk.library.scanning.scan import ScanBusy, scan
from genredesk.library.scanning.walk import walk

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such names or links")


def paths(catalogue, text: str = "") -> list[str]:
    rows = catalogue.files.rows(catalogue.index.query(text, "path"))
    return [r.path.name for r in rows]


def refreshed(catalogue):
    catalogue.index.refresh()
    return catalogue.index


# ---------------------------------------------------------------- a first scan


def test_a_scan_finds_names_and_keeps_everything(catalogue, music, run, kit):
    batches: list[list[int]] = []
    report = run(catalogue, music, on_batch=batches.append)
    assert (report.found, report.new, report.analysed, report.failed) == (6, 6, 6, 0)
    rows = catalogue.files.rows(refreshed(catalogue).query("", "path"))
    assert [r.heard for r in sorted(rows, key=lambda r: r.path.name)] == [
        "low", "low", "middle", "middle", "high", "high",
    ]  # fmt: skip
    assert all(r.state == "analysed" and r.answer == "sure" for r in rows)
    assert all(r.seconds == pytest.approx(0.4, abs=0.01) for r in rows)
    assert all(r.score == pytest.approx(0.8, abs=0.01) for r in rows)
    line = catalogue.networks.timeline(rows[0].track_id)
    assert line is not None
    assert line.labels == kit.LABELS
    assert line.probabilities.shape == (1, 3)
    assert line.typical_s(rows[0].heard) == 0.0
    assert {i for batch in batches for i in batch} == {r.id for r in rows}
    assert catalogue.db.check() == []
    assert catalogue.roots.all()[0].scanned_at is not None


def test_a_second_scan_does_nothing_twice(catalogue, music, run, tmp_path):
    diary = tmp_path / "diary"
    run(catalogue, music, diary=str(diary))
    rev = catalogue.db.connection().execute("SELECT value FROM meta WHERE key = 'rev'").fetchone()
    report = run(catalogue, diary=str(diary))
    assert (report.found, report.new, report.changed, report.analysed) == (6, 0, 0, 0)
    assert diary.read_text().split() == ["hear"] * 6
    after = catalogue.db.connection().execute("SELECT value FROM meta WHERE key = 'rev'").fetchone()
    assert rev == after


def test_tags_are_read(catalogue, music, run):
    path = music / "disc 1" / "0 tone.flac"
    tags = FLAC(path)
    tags.update(
        {"title": "Ein Lied", "artist": ["A", "B"], "album": "Platte", "albumartist": "Alle",
         "genre": ["Jazz", "Bebop"], "tracknumber": "3/12", "discnumber": "2",
         "date": "1959-08-17"}
    )  # fmt: skip
    picture = Picture()
    picture.data, picture.type, picture.mime = png(300, 200), 3, "image/png"
    tags.add_picture(picture)
    tags.save()
    run(catalogue, music)
    (row,) = catalogue.files.rows(refreshed(catalogue).query("title:lied"))
    assert (row.title, row.artist, row.album, row.album_artist) == ("Ein Lied", "A, B", "Platte",
                                                                    "Alle")  # fmt: skip
    assert (row.genres, row.track_no, row.disc_no, row.year) == (("Jazz", "Bebop"), 3, 2, 1959)
    cover = catalogue.files.cover(row.cover_id)
    assert cover is not None
    assert cover[:2] == b"\xff\xd8"
    assert len(cover) < 6000


def png(width: int, height: int) -> bytes:
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    grey = np.add.outer(np.arange(height), np.arange(width)).astype(np.uint8)
    raw = b"".join(b"\0" + row.tobytes() for row in grey)
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw))
        + chunk(b"IEND", b"")
    )  # fmt: skip


def test_thumbnails():
    small = thumbnail(png(400, 100))
    assert small is not None
    assert thumbnail(small, 32) is not None
    for broken in (b"", b"\xff\xd8broken", png(9, 9)[:40], b"GIF89a", b"no picture at all"):
        assert thumbnail(broken) is None


@pytest.mark.parametrize("suffix", ["flac", "mp3", "ogg", "wav", "aiff"])
def test_tags_of_every_kind_and_sound_that_does_not_know_them(tmp_path, tone, suffix):
    path = tone(tmp_path / f"a.{suffix}")
    plain = DecodedAudio(path)
    plain.drain()
    file = mutagen.File(path, easy=suffix == "mp3")
    assert file is not None
    if file.tags is None:
        file.add_tags()
    if suffix in ("wav", "aiff"):
        from mutagen.id3 import TCON, TIT2

        file.tags.add(TIT2(3, "Lied"))
        file.tags.add(TCON(3, ["Jazz", "Pop"]))
    else:
        file["title"], file["genre"] = "Lied", ["Jazz", "Pop"]
    file.save()
    facts, cover = read(path)
    assert (facts.title, facts.genres, cover) == ("Lied", ("Jazz", "Pop"), None)
    tagged = DecodedAudio(path)
    tagged.drain()
    assert tagged.digest == plain.digest
    assert tagged.seconds == plain.seconds


def test_the_hash_is_that_of_what_is_heard(tmp_path, tone):
    digests = []
    for name, hertz in (("a.wav", 440), ("b.flac", 440), ("c.wav", 441)):
        sound = DecodedAudio(tone(tmp_path / name, hertz, subtype="PCM_16"))
        assert np.concatenate(list(sound.blocks(16000))).shape == (round(0.4 * 16000),)
        digests.append(sound.digest)
    assert digests[0] == digests[1] != digests[2]
    with pytest.raises(AudioFileError):
        DecodedAudio(tmp_path / "nowhere.wav").drain()


# ---------------------------------------------------------------- moved, changed, gone


def test_renamed_files_are_known_again_without_listening(catalogue, music, run, tmp_path):
    diary = tmp_path / "diary"
    run(catalogue, music)
    before = {r.id: r.track_id for r in catalogue.files.rows(refreshed(catalogue).query())}
    catalogue.corrections.set([1], ["Mine"])
    (music / "disc 1").rename(music / "other name")
    (music / "disc 2" / "1 tone.flac").rename(music / "other name" / "zzz.flac")
    report = run(catalogue, diary=str(diary))
    assert (report.moved, report.new, report.missing, report.analysed) == (4, 0, 0, 0)
    assert not diary.exists()
    rows = catalogue.files.rows(refreshed(catalogue).query())
    assert {r.id: r.track_id for r in rows} == before
    assert {r.state for r in rows} == {"analysed"}
    assert "zzz.flac" in {r.path.name for r in rows}
    assert paths(catalogue, "state:corrected") == ["0 tone.flac"]


def test_copies_to_another_disk_are_known_by_their_sound(catalogue, music, run, tmp_path):
    diary = tmp_path / "diary"
    run(catalogue, music)
    catalogue.corrections.set([1], ["Mine"])
    added = catalogue.files.rows([1])[0].added_at
    for path in sorted(music.rglob("*.flac")):  # a new inode and time, as on another disk
        target = music / "elsewhere" / f"new {path.name}"
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())
        os.utime(target, (1_000_000_000, 1_000_000_000))
        path.unlink()
    report = run(catalogue, diary=str(diary))
    assert (report.moved, report.new, report.missing, report.analysed) == (6, 0, 0, 6)
    assert not diary.exists()  # the sound was recognised; the network was not asked
    assert len(refreshed(catalogue)) == 6
    row = catalogue.files.rows([1])[0]
    assert (row.corrected, row.added_at, row.state) == (("Mine",), added, "analysed")
    assert row.path.parent.name == "elsewhere"
    assert catalogue.db.check() == []


def test_retagged_files_are_read_but_not_asked_about(catalogue, music, run, tmp_path):
    diary = tmp_path / "diary"
    run(catalogue, music)
    path = music / "disc 1" / "0 tone.flac"
    tags = FLAC(path)
    tags["genre"] = ["Late"]
    tags.save()
    report = run(catalogue, diary=str(diary))
    assert (report.changed, report.analysed) == (1, 1)
    assert not diary.exists()
    assert catalogue.files.rows(refreshed(catalogue).query("tag:late"))[0].heard == "low"


def test_other_sound_under_the_same_name_is_heard_anew(catalogue, music, run, tone):
    run(catalogue, music)
    path = tone(music / "disc 1" / "0 tone.flac", 5000, 0.5)
    report = run(catalogue)
    assert (report.changed, report.analysed) == (1, 1)
    (row,) = [r for r in catalogue.files.rows(refreshed(catalogue).query()) if r.path == path]
    assert row.heard == "high"


def test_a_file_that_is_gone_is_missing_and_comes_back(catalogue, music, run, tmp_path):
    run(catalogue, music)
    path = music / "disc 1" / "0 tone.flac"
    kept = shutil.copy2(path, tmp_path / "aside.flac")
    path.unlink()
    report = run(catalogue)
    assert report.missing == 1
    refreshed(catalogue)
    assert paths(catalogue, "state:missing") == ["0 tone.flac"]
    shutil.copy2(kept, path)
    report = run(catalogue)
    assert (report.returned, report.new, report.analysed) == (1, 0, 0)
    assert refreshed(catalogue).query("state:missing").tolist() == []


@pytest.mark.parametrize("how", ["gone", "empty"])
def test_a_drive_that_is_not_there_is_offline(catalogue, music, run, tmp_path, how):
    run(catalogue, music)
    aside = tmp_path / "unplugged"
    music.rename(aside)
    if how == "empty":  # a mount point without its drive
        music.mkdir()
    report = run(catalogue)
    assert (report.offline, report.missing) == ([music], 0)
    assert catalogue.roots.all()[0].offline
    assert len(refreshed(catalogue).query("state:offline")) == 6
    if how == "empty":
        music.rmdir()
    aside.rename(music)
    report = run(catalogue)
    assert (report.returned, report.new, report.analysed) == (6, 0, 0)
    assert not catalogue.roots.all()[0].offline
    assert refreshed(catalogue).query("state:offline").tolist() == []


def test_a_folder_that_cannot_be_looked_into_keeps_its_files(catalogue, music, run, monkeypatch):
    run(catalogue, music)
    real = os.scandir

    def forbidden(path):
        if os.fsencode(path).endswith(b"disc 1"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(walking.os, "scandir", forbidden)
    report = run(catalogue)
    assert (report.missing, report.found) == (0, 3)
    assert len(report.unreadable) == 1
    assert "disc 1" in report.unreadable[0]
    assert "left as they are" in report.unreadable[0]
    assert refreshed(catalogue).query("state:missing").tolist() == []


def test_nothing_in_the_music_folder_is_changed(catalogue, music, run):
    def tree() -> dict[str, tuple[bytes, int]]:
        return {
            str(p): (p.read_bytes() if p.is_file() else b"", p.stat().st_mtime_ns)
            for p in sorted(music.rglob("*"))
        }

    before = tree()
    run(catalogue, music)
    assert tree() == before


# ---------------------------------------------------------------- links and names


@posix
def test_links_lead_to_every_file_once(catalogue, music, run, tmp_path, tone):
    (music / "loop").symlink_to(music, target_is_directory=True)
    (music / "disc 1" / "up").symlink_to("..", target_is_directory=True)
    (music / "self.flac").symlink_to("self.flac")
    (music / "nowhere.flac").symlink_to("missing.flac")
    (music / "same.flac").symlink_to(music / "disc 1" / "0 tone.flac")
    outside = tone(tmp_path / "outside.flac", 6000)
    (music / "outside.flac").symlink_to(outside)
    os.link(music / "disc 1" / "2 tone.flac", music / "hard.flac")
    (music / "pipe.flac").unlink(missing_ok=True)
    os.mkfifo(music / "pipe.flac")
    diary = tmp_path / "diary"
    report = run(catalogue, music, diary=str(diary))
    assert report.found == 8  # six, the one outside, and the second name of one
    refreshed(catalogue)
    assert sorted(paths(catalogue, "state:duplicate")) == ["2 tone.flac", "hard.flac"]
    assert len(set(paths(catalogue))) == 8
    (music / "hard2.flac").hardlink_to(music / "hard.flac")
    diary.unlink()
    assert run(catalogue, diary=str(diary)).new == 1
    assert not diary.exists()  # what is known of one name holds for the other
    assert len(refreshed(catalogue).query("state:duplicate heard:middle")) == 3


@posix
@pytest.mark.skipif(sys.platform == "darwin", reason="macOS keeps names as Unicode")
def test_names_that_are_no_text_or_differ_in_case(catalogue, tmp_path, run, tone):
    folder = tmp_path / "music"
    names = [b"\xff\xfe broken.flac", "ünïcode 音楽.flac".encode(), b"A.flac", b"a.FLAC",
             b"line\nend.flac", b"x" * 240 + b".flac", b"%s '\" ; --.flac"]  # fmt: skip
    for i, name in enumerate(names):
        tone(folder / os.fsdecode(name), 200 + 400 * i, format="FLAC")
    deep = folder
    for _ in range(8):
        deep /= "d" * 200
    deep.mkdir(parents=True)  # deeper than libsndfile can name
    tone(tmp_path / "deep.flac", 90).rename(deep / "deep.flac")
    report = run(catalogue, folder)
    assert (report.found, report.analysed, report.failed) == (8, 8, 0)
    rows = catalogue.files.rows(refreshed(catalogue).query())
    assert {os.fsencode(r.path.name) for r in rows} == {*names, b"deep.flac"}
    assert all(r.path.exists() for r in rows)
    assert len(catalogue.index.query("path:a.flac")) == 2
    assert len(catalogue.index.query("音楽")) == 1
    assert run(catalogue).new == 0
    (folder / os.fsdecode(names[0])).rename(folder / os.fsdecode(b"\xfe.flac"))
    assert run(catalogue).moved == 1
    assert catalogue.db.check() == []


def test_walking(tmp_path, tone):
    tone(tmp_path / "b.wav")
    tone(tmp_path / "A" / "c.mp3")
    (tmp_path / ".hidden").mkdir()
    tone(tmp_path / ".hidden" / "x.wav")
    (tmp_path / "A" / ".y.wav").write_bytes(b"")
    (tmp_path / "notes.txt").write_bytes(b"")
    found = [f.path for page in walk(tmp_path, lambda *_: None) for f in page]
    assert [Path(os.fsdecode(p)).name for p in found] == ["b.wav", "c.mp3"]


# ---------------------------------------------------------------- other networks


def test_another_network_needs_no_decoding(catalogue, music, run, tmp_path):
    diary = tmp_path / "diary"
    run(catalogue, music)
    catalogue.corrections.set([1], ["Mine"])
    report = run(catalogue, fingerprint="second", labels=("x", "y", "z"), diary=str(diary))
    assert report.analysed == 6
    assert diary.read_text().split() == ["again"] * 6
    row = catalogue.files.rows([1])[0]
    assert (row.heard, row.corrected) == ("x", ("Mine",))
    assert len(catalogue.networks.all()) == 2
    assert run(catalogue).analysed == 0  # the first one's results are still there
    assert catalogue.files.rows([1])[0].heard == "low"


def test_other_features_are_decoded_again(catalogue, music, run, tmp_path):
    diary = tmp_path / "diary"
    run(catalogue, music)
    run(catalogue, fingerprint="2", features_fingerprint="2", diary=str(diary))
    assert diary.read_text().split() == ["hear"] * 6


def test_a_network_that_does_not_open_is_told_and_nothing_is_lost(catalogue, music, run):
    with pytest.raises(Exception, match=r"cannot be analyzed: .*the network is broken"):
        run(catalogue, music, broken=True)
    assert len(refreshed(catalogue).query("state:found")) == 6
    assert run(catalogue).analysed == 6


def test_files_without_sound_or_of_nothing(catalogue, tmp_path, run, tone):
    folder = tmp_path / "music"
    tone(folder / "silent.wav", level=0.0)
    tone(folder / "fine.wav")
    (folder / "empty.mp3").write_bytes(b"")
    (folder / "text.flac").write_bytes(b"this is no music" * 100)
    soundfile.write(folder / "none.wav", np.zeros(0, np.float32), 22050)
    report = run(catalogue, folder)
    assert (report.analysed, report.failed) == (2, 3)
    rows = {r.path.name: r for r in catalogue.files.rows(refreshed(catalogue).query())}
    assert rows["silent.wav"].answer == "silence"
    assert rows["silent.wav"].heard is None
    assert rows["empty.mp3"].state == "failed"
    assert rows["empty.mp3"].note.startswith("It is empty (0 bytes)")
    assert "no sound" in rows["none.wav"].note
    assert run(catalogue).failed == 0  # not tried again …
    assert run(catalogue, retry_failed=True).failed == 3  # … unless asked to
    tone(folder / "text.flac", 700)
    assert run(catalogue).analysed == 1
    assert rows["text.flac"].id in refreshed(catalogue).query("heard:middle")


# ---------------------------------------------------------------- steering


def test_progress_pause_and_other_numbers_of_workers(catalogue, music, run):
    told: list[tuple[float, float]] = []
    wanted = [1]
    ctx = JobContext(lambda p: told.append((p.done, p.total)))
    timer = threading.Timer(0.3, lambda: (wanted.append(2), ctx.pause(False)))
    ctx.pause()
    timer.start()
    begin = time.monotonic()
    report = run(catalogue, music, ctx=ctx, workers=lambda: wanted[-1])
    assert time.monotonic() - begin >= 0.25  # it waited for the timer
    timer.join()
    assert report.analysed == 6
    with_total = [t for t in told if t[1]]
    assert with_total[-1] == (6, 6)
    assert [d for d, _ in with_total] == sorted(d for d, _ in with_total)


def test_a_scan_that_is_stopped_goes_on_where_it_was(catalogue, music, run, tmp_path):
    diary = tmp_path / "diary"
    ctx = JobContext()

    def stop(ids: list[int]) -> None:
        if refreshed(catalogue).count("state:analysed"):
            ctx.cancel()

    for i in range(60):
        shutil.copy(music / "disc 1" / "0 tone.flac", music / f"copy {i}.flac")
    with pytest.raises(Cancelled):
        run(catalogue, music, ctx=ctx, on_batch=stop, diary=str(diary))
    done = refreshed(catalogue).count("state:analysed")
    assert 0 < done < 66
    report = run(catalogue)
    assert report.analysed == 66 - done
    assert refreshed(catalogue).count("state:analysed") == 66


def test_one_scan_at_a_time(catalogue, music, run, kit):
    tried: list[BaseException] = []

    def second(_: list[int]) -> None:
        if not tried:
            try:
                scan(catalogue, kit.ToneScore(), JobContext())
            except ScanBusy as error:
                tried.append(error)

    assert run(catalogue, music, on_batch=second).analysed == 6
    assert str(os.getpid()) in str(tried[0])
    assert run(catalogue).found == 6


def test_only_some_folders_or_paths(catalogue, music, run, tone, tmp_path):
    first = catalogue.roots.add(music / "disc 1")
    catalogue.roots.add(music / "disc 2")
    assert run(catalogue, roots=[first.id]).analysed == 3
    assert run(catalogue, paths=[music / "disc 2" / "1 tone.flac"]).analysed == 1
    fresh = tone(music / "disc 1" / "new" / "x.flac", 900)
    gone = music / "disc 1" / "0 tone.flac"
    gone.rename(music / "disc 1" / "renamed.flac")
    elsewhere = tone(tmp_path / "elsewhere.flac")
    report = run(
        catalogue, paths=[fresh.parent, gone, music / "disc 1" / "renamed.flac", elsewhere]
    )
    assert (report.new, report.moved, report.analysed) == (1, 1, 1)
    assert len(refreshed(catalogue)) == 5
    assert catalogue.index.query("state:missing").tolist() == []


def as_it_lies(path: Path) -> Found:
    return described(os.fsencode(path), path.stat())


def test_files_moved_and_rewritten_by_our_own_hand_need_no_scan(catalogue, music, run, tmp_path):
    run(catalogue, music)
    rows = catalogue.files.rows(refreshed(catalogue).query())
    (row,) = [r for r in rows if r.path.name[0] == "0"]
    target = Path(shutil.move(row.path, music / "moved.flac"))
    with catalogue.db.write() as connection:
        file_writes.place_file(connection, row.id, as_it_lies(target))
    tags = FLAC(target)
    tags["genre"] = ["Mine"]
    tags.save()
    with catalogue.db.write() as connection:
        file_writes.rewrite_file(connection, row.id, as_it_lies(target), ["Mine"])
    assert catalogue.files.rows([row.id])[0].genres == ("Mine",)
    report = run(catalogue)
    assert (report.new, report.changed, report.moved, report.missing) == (0, 0, 0, 0)
    assert catalogue.files.rows([row.id])[0].path == target


def test_every_kind_of_sound_is_found_and_the_rest_counted(catalogue, music, run):
    song = next(p for p in sorted(music.rglob("*")) if p.is_file())
    sound, rate = soundfile.read(song)
    for name in ("disc.au", "disc.w64", "disc.caf"):
        soundfile.write(music / name, sound * 0.9, rate)
    for name in ("cover.jpg", "disc.cue"):
        (music / name).touch()
    report = run(catalogue, music)
    assert (report.found, report.failed) == (9, 0)
    assert report.passed_over == {".jpg": 1, ".cue": 1}
