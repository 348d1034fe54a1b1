"""The catalogue's file: versions, backups, several users at once, and what a person decides."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from genredesk.core.certainty import Bounds
from genredesk.core.errors import GenreDeskError
from genredesk.library.catalogue import db
from genredesk.library.catalogue.db import CatalogueError, Database
from genredesk.library.catalogue.lock import FileLock, Held
from genredesk.library.catalogue.mapping import Words, WordsError, tree
from genredesk.library.index.query import QueryError
from genredesk.library.index.saved_filters import SavedFilter
from genredesk.library.library import Library
from genredesk.library.organize import items

NEXT = "BEGIN IMMEDIATE; CREATE TABLE later (x); PRAGMA user_version = {}; COMMIT;"


def newest() -> int:
    return db.migrations()[-1][0]


def with_next(monkeypatch: pytest.MonkeyPatch, steps: list[tuple[int, str]]) -> None:
    """Pretend that a later version of the program has one more step."""
    number = len(steps) + 1
    monkeypatch.setattr(db, "migrations", lambda: [*steps, (number, NEXT.format(number))])


def test_a_new_catalogue_is_at_the_newest_version_and_sound(catalogue):
    assert catalogue.db.version == newest()
    assert catalogue.db.check() == []
    mode = catalogue.db.connection().execute("PRAGMA journal_mode").fetchone()[0]
    assert mode == "wal"
    assert list(catalogue.db.path.parent.glob("*.backup")) == []


def test_migrations_are_numbered_without_gaps():
    assert [n for n, _ in db.migrations()] == list(range(1, newest() + 1))


def test_a_step_backs_up_first_and_keeps_everything(tmp_path, monkeypatch):
    path = tmp_path / "library.db"
    with Library.open(path) as old:
        old.filters.save(SavedFilter("mine", "heard:jazz"))
    steps = db.migrations()
    with_next(monkeypatch, steps)
    with Library.open(path) as new:
        assert new.db.version == len(steps) + 1
        assert [s.name for s in new.filters.all()] == ["mine"]
    (backup,) = tmp_path.glob("*.backup")
    copy = sqlite3.connect(backup)
    assert copy.execute("PRAGMA user_version").fetchone()[0] == len(steps)
    assert copy.execute("SELECT name FROM saved_filter").fetchall() == [("mine",)]
    copy.close()


def test_a_catalogue_of_an_earlier_program_keeps_what_was_heard(tmp_path, monkeypatch):
    """Its files were not known by their times, and answers were judged once and for all."""
    path = tmp_path / "library.db"
    heard = [("jazz", 0.52, 0.2), ("jazz", 0.51, 0.2), ("folk", 0.9, 0.1), (None, 0.0, 0.0)]
    states = ["named", "unsure", "named", "silence"]
    with monkeypatch.context() as patch:
        steps = db.migrations()[:2]
        patch.setattr(db, "migrations", lambda: steps)
        with Library.open(path) as old, old.db.write() as w:
            w.execute("INSERT INTO plan VALUES (1, 'tag_genre', 't', 0, 'applied', 0)")
            w.execute("INSERT INTO root (id, path, added_at) VALUES (1, x'2f6d', 0)")
            w.execute("INSERT INTO bundle VALUES (1, 'fp', 'n', '[\"folk\", \"jazz\", \"rock\"]')")
            w.execute("UPDATE meta SET value = 1 WHERE key = 'bundle'")
            for k, ((label, score, second), state) in enumerate(zip(heard, states, strict=True), 1):
                w.execute("INSERT INTO track VALUES (?, ?, 9)", (k, bytes([k])))
                w.execute(
                    "INSERT INTO file (id, root_id, path, path_text, size, mtime_ns, dev, inode,"
                    " track_id, state, added_at, title) VALUES (?, 1, ?, '', 1, 1, 1, ?, ?,"
                    " 'analysed', 0, 'one')",
                    (k, b"/m/%d" % k, k, k),
                )
                w.execute(
                    "INSERT INTO result VALUES (?, 1, ?, ?, ?, NULL, ?, NULL, 0, 0)",
                    (k, state, label, score, second),
                )
    with Library.open(path) as new:
        with new.db.read() as connection:
            files = connection.execute("SELECT DISTINCT title, ctime_ns FROM file").fetchall()
            assert files == [("one", 0)]
            assert connection.execute("SELECT dev, inode FROM root").fetchall() == [(0, 0)]
            assert connection.execute("SELECT place FROM plan").fetchall() == [(b"",)]
        assert new.db.check() == []
        answers = [row.answer for row in new.files.rows(range(1, 5))]
        assert answers == ["sure", "open", "sure", "silence"]
        assert new.index.tally("answer") == {"open": 1, "sure": 2, "silence": 1}
        new.networks.judge("fp", Bounds.of(0.6, 3))
        assert new.index.query("state:sure").tolist() == [3]  # asked before it is told
        assert new.index.refresh().tolist() == [1, 2, 3, 4]
        assert new.index.tally("answer") == {"open": 2, "sure": 1, "silence": 1}


def test_a_step_that_fails_leaves_the_old_catalogue(tmp_path, monkeypatch):
    path = tmp_path / "library.db"
    Library.open(path).close()
    steps = db.migrations()
    broken = "BEGIN IMMEDIATE; CREATE TABLE later (x); CREATE TABLE later (x); COMMIT;"
    monkeypatch.setattr(db, "migrations", lambda: [*steps, (len(steps) + 1, broken)])
    with pytest.raises(CatalogueError, match=r"library\.db"):
        Library.open(path)
    monkeypatch.undo()
    with Library.open(path) as again:
        assert again.db.check() == []
        tables = again.db.connection().execute("SELECT name FROM sqlite_master").fetchall()
        assert ("later",) not in tables


def test_only_the_newest_backups_are_kept(tmp_path, monkeypatch):
    path = tmp_path / "library.db"
    Library.open(path).close()
    for i in range(6):
        (tmp_path / f"library.db.v1-2020010{i}-000000.backup").write_bytes(b"old")
    steps = db.migrations()
    with_next(monkeypatch, steps)
    Library.open(path).close()
    kept = sorted(p.name for p in tmp_path.glob("*.backup"))
    assert len(kept) == 3
    assert f".v{len(steps)}-" in kept[-1]


def test_a_catalogue_from_a_newer_version_is_refused_untouched(tmp_path):
    path = tmp_path / "library.db"
    Library.open(path).close()
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA user_version = 9999")
    raw.close()
    before = path.read_bytes()
    with pytest.raises(CatalogueError, match="newer GenreDesk"):
        Library.open(path)
    assert path.read_bytes() == before


def test_another_programs_database_is_refused_untouched(tmp_path):
    path = tmp_path / "places.sqlite"
    raw = sqlite3.connect(path)
    raw.execute("CREATE TABLE bookmarks (x)")
    raw.commit()
    raw.close()
    before = path.read_bytes()
    with pytest.raises(CatalogueError, match="another program"):
        Library.open(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["places.sqlite"]


@pytest.mark.parametrize("content", [b"no database " * 999, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_broken_file_is_named(tmp_path, content):
    path = tmp_path / "library.db"
    path.write_bytes(content)
    with pytest.raises(CatalogueError, match=r"library\.db: it is damaged"):
        Library.open(path)
    assert path.read_bytes() == content


@pytest.mark.skipif(os.name == "nt", reason="permissions of folders mean something else there")
@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    with pytest.raises(CatalogueError, match="permissions"):
        Library.open(folder / "library.db")


def test_a_place_that_is_no_folder_is_named(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CatalogueError, match="cannot be opened"):
        Library.open(tmp_path / "file" / "library.db")


# ---------------------------------------------------------------- writing


def test_an_error_inside_a_transaction_undoes_all_of_it(catalogue):
    def half() -> None:
        with catalogue.db.write() as w:
            w.execute("INSERT INTO threshold VALUES ('jazz', 0.5)")
            raise KeyError

    with pytest.raises(KeyError):
        half()
    assert catalogue.db.connection().execute("SELECT * FROM threshold").fetchall() == []
    with catalogue.db.write(durable=True) as w:
        w.execute("INSERT INTO threshold VALUES ('jazz', 0.5)")
        with catalogue.db.write() as inner:
            assert inner is w
    one = catalogue.db.connection()
    assert one.execute("SELECT * FROM threshold").fetchall() == [("jazz", 0.5)]
    assert one.execute("PRAGMA synchronous").fetchone()[0] == 1


def test_a_full_disk_is_told_and_nothing_is_half_done(catalogue, add_rows):
    add_rows(catalogue, [{"title": "kept"}], ["a"])
    one = catalogue.db.connection()
    pages = one.execute("PRAGMA page_count").fetchone()[0]
    one.execute(f"PRAGMA max_page_count = {pages + 2}")  # SQLite then says what a full disk says
    with pytest.raises(CatalogueError, match=r"disk is full.*what was done stays"):
        add_rows(catalogue, [{"title": "x" * 900} for _ in range(500)], ["a"])
    one.execute("PRAGMA max_page_count = 1000000000")
    assert catalogue.db.check() == []
    assert one.execute("SELECT count(*) FROM file").fetchone()[0] == 1
    add_rows(catalogue, [{"title": "more"}], ["a"])


def test_every_thread_has_its_own_connection_and_dead_ones_are_closed(catalogue):
    seen = []

    def ask() -> None:
        seen.append(catalogue.db.connection())
        catalogue.roots.all()

    for _ in range(5):
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    assert len({id(c) for c in [*seen, catalogue.db.connection()]}) >= 2
    assert len(catalogue.db._connections) <= 2


def test_two_programs_write_the_same_catalogue(tmp_path):
    path = tmp_path / "library.db"
    script = (
        "import sys\n"
        "from genredesk.library.index.saved_filters import SavedFilter\n"
        "from genredesk.library.library import Library\n"
        "with Library.open(sys.argv[1]) as c:\n"
        "    for i in range(60):\n"
        "        c.filters.save(SavedFilter(f'{sys.argv[2]} {i}', 'heard:jazz'))\n"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", script, str(path), name]) for name in ("a", "b")
    ]
    assert [p.wait(60) for p in both] == [0, 0]
    with Library.open(path) as catalogue:
        assert len(catalogue.filters.all()) == 120
        assert catalogue.db.check() == []


def test_a_lock_is_let_go_when_its_holder_is_killed(tmp_path):
    path = tmp_path / "lock"
    script = (
        "import sys, time\nfrom pathlib import Path\n"
        "from genredesk.library.catalogue.lock import FileLock\n"
        "lock = FileLock(Path(sys.argv[1]))\nassert lock.take()\nprint('have', flush=True)\n"
        "time.sleep(600)\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "have\n"
    lock = FileLock(path)
    with pytest.raises(Held, match=str(holder.pid)), lock.held():
        pass
    holder.kill()
    holder.wait()
    holder.stdout.close()
    with lock.held(5):
        assert lock.holder() == str(os.getpid())


# ---------------------------------------------------------------- folders


def test_folders_in_folders_are_one(catalogue, music):
    inner = catalogue.roots.add(music / "disc 1")
    assert catalogue.roots.add(music / "disc 1").id == inner.id
    with catalogue.db.write() as w:
        w.execute(
            "INSERT INTO file (root_id, path, path_text, size, mtime_ns, dev, inode, added_at)"
            " VALUES (?, ?, '', 1, 1, 1, 1, 1)",
            (inner.id, os.fsencode(music / "disc 1" / "x.mp3")),
        )  # fmt: skip
    outer = catalogue.roots.add(music)
    (only,) = catalogue.roots.all()
    assert only == outer
    assert only.n_files == 1
    assert catalogue.roots.add(music / "disc 2").id == outer.id
    with pytest.raises(GenreDeskError, match="not a folder"):
        catalogue.roots.add(music / "nowhere")
    catalogue.roots.watch(only.id, False)
    assert not catalogue.roots.all()[0].watched
    assert catalogue.roots.remove(only.id) == 1
    assert catalogue.roots.all() == []


# ---------------------------------------------------------------- decisions


def test_corrections_are_kept_and_taken_back(catalogue, add_rows):
    add_rows(
        catalogue, [{"heard": "jazz"}, {"heard": "rock"}, {"track_id": None}], ["jazz", "rock"]
    )
    assert catalogue.corrections.set([1, 3, 99], ["Bebop", "Swing", "Bebop"]) == 1
    row = catalogue.files.rows([1])[0]
    assert (row.corrected, row.words, row.locked) == (("Bebop", "Swing"),) * 2 + (True,)
    assert row.heard == "jazz"
    assert catalogue.corrections.all() == [(Path("/music/1.mp3"), ("Bebop", "Swing"))]
    assert catalogue.corrections.set([1], []) == 1
    assert not catalogue.files.rows([1])[0].locked


def test_words_thresholds_and_their_tree(catalogue, add_rows):
    labels = ["jazz", "rock", "pop"]
    add_rows(catalogue, [{"heard": g, "score": 0.5} for g in labels], labels)
    words = Words(
        {"jazz": ("Bebop", "Swing"), "pop": ()},
        {"Bebop": ("Jazz",), "Swing": ("Jazz",), "Jazz": ("Music",)},
        {"rock": 0.6, "jazz": 0.4},
    )
    catalogue.words.keep(words)
    rows = catalogue.files.rows([1, 2, 3])
    assert [r.words for r in rows] == [("Bebop", "Swing"), (), ()]
    assert [r.answer for r in rows] == ["sure", "open", "sure"]
    assert words.of("jazz", with_parents=True) == ("Bebop", "Jazz", "Music", "Swing")
    assert words.of("rock") == ("Rock",)
    lines = [(0, "Music"), (1, "Jazz"), (2, "Bebop"), (2, "Swing"), (0, "Rock")]
    assert tree(words, labels) == lines
    with Library.open(catalogue.db.path) as other:
        assert other.words.current == words
    assert catalogue.index.query("state:unsure").tolist() == [2]
    catalogue.words.keep(Words())
    assert catalogue.index.query("state:unsure").tolist() == []


def test_a_genre_is_written_by_one_rule_heard_or_given(catalogue, add_rows):
    """Nothing has to be opened or kept for that; a word of the person's own stays as it is."""
    assert catalogue.words.current.of_all(["hiphop"]) == ("hiphop",)  # no network knows it yet
    add_rows(catalogue, [{"heard": "hiphop"}, {"heard": "hiphop"}, {}], ["hiphop", "deep_house"])
    catalogue.corrections.set([2], ["hiphop", "lo_fi"])
    catalogue.corrections.set([3], ["deep_house"])
    meant = [("Hip-hop",), ("Hip-hop", "lo_fi"), ("Deep house",)]
    assert [row.words for row in catalogue.files.rows([1, 2, 3])] == meant
    assert [item.genres for item in items.load(catalogue, [1, 2, 3])] == meant
    catalogue.words.keep(Words({"hiphop": ("rap",)}))
    words = [("rap",), ("rap", "lo_fi"), ("Deep house",)]
    assert [item.genres for item in items.load(catalogue, [1, 2, 3])] == words


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (Words(parents={"a": ("b",), "b": ("c", "a")}), "above itself"),
        (Words(parents={"a": ("a",)}), "above itself"),
        (Words({"jazz": (" ",)}), "empty word"),
        (Words(listed=("Jazz", " ")), "an empty one"),
        (Words(thresholds={"jazz": 1.5}), "between 0 and 100"),
    ],
)
def test_words_that_make_no_sense_are_refused(catalogue, words, text):
    with pytest.raises(WordsError, match=text):
        catalogue.words.keep(words)
    assert catalogue.words.current == Words()


def test_saved_filters(catalogue):
    catalogue.filters.save(SavedFilter("b", "sure:<0.5", "sure", True, "heard"))
    catalogue.filters.save(SavedFilter("a", "heard:jazz"))
    catalogue.filters.save(SavedFilter("a", "heard:rock"))
    assert [(s.name, s.text) for s in catalogue.filters.all()] == [
        ("a", "heard:rock"),
        ("b", "sure:<0.5"),
    ]
    with pytest.raises(QueryError):
        catalogue.filters.save(SavedFilter("c", "heard:"))
    catalogue.filters.delete("a")
    assert catalogue.filters.all() == [SavedFilter("b", "sure:<0.5", "sure", True, "heard")]


def test_a_closed_catalogue_says_so(tmp_path):
    database = Database(tmp_path / "library.db")
    database.close()
    with pytest.raises(CatalogueError, match="closed"):
        database.connection()
