"""The index in memory: whatever happens to the catalogue, it says what SQL says."""

from __future__ import annotations

import json
import os
import threading

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genredesk.core.certainty import Bounds
from genredesk.library.catalogue.catalogue import Catalogue
from genredesk.library.index.columns import NUMBERS, Columns
from genredesk.library.index.texts import unpack
from genredesk.library.library import Library

LABELS = ["jazz", "rock", "pop"]


def same_as_fresh(catalogue: Catalogue) -> None:
    """Compare the index that was kept up with one that is read anew."""
    kept = catalogue.index
    kept.refresh()
    columns = kept._columns
    assert columns is not None
    fresh = Columns("")
    with catalogue.db.snapshot() as connection:
        fresh.read_all(connection, catalogue.networks.used.id)
    assert columns.n == fresh.n
    assert columns.rev == fresh.rev
    for name in ("id", "track", "root", "state", "score", "second", "seconds", "year"):
        np.testing.assert_array_equal(columns[name], fresh[name], name)
    for name, codes in (("artist", "artists"), ("album", "albums"), ("folder", "folders"),
                        ("genres", "lists"), ("heard", "lists"), ("fixed", "lists")):  # fmt: skip
        say = [
            [None if c < 0 else columns_.codes[codes].texts[c] for c in columns_[name].tolist()]
            for columns_ in (columns, fresh)
        ]
        assert say[0] == say[1], name
    for name in ("title", "name"):
        columns.texts[name].repack(columns.n)
        assert unpack(columns.texts[name].buffer) == unpack(fresh.texts[name].buffer), name


changes = st.lists(
    st.tuples(
        st.sampled_from(
            ["add", "title", "tag", "correct", "uncorrect", "away", "delete", "result", "seen"]
        ),
        st.integers(0, 30),
    ),
    max_size=25,
)


@given(changes)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_it_keeps_up_with_any_change(tmp_path_factory, add_rows, steps):
    with Library.open(tmp_path_factory.mktemp("index") / "library.db") as catalogue:
        add_rows(catalogue, [{"title": f"t{i}", "heard": "jazz"} for i in range(5)], LABELS)
        catalogue.index.build()
        for what, k in steps:
            change(catalogue, add_rows, what, k)
        same_as_fresh(catalogue)


def change(catalogue: Catalogue, add_rows, what: str, k: int) -> None:
    ids = [i for (i,) in catalogue.db.connection().execute("SELECT id FROM file")]
    one = ids[k % len(ids)] if ids else 0
    if what == "add":
        add_rows(catalogue, [{"title": f"ü{k}", "artist": f"a{k % 3}", "heard": "rock"}], LABELS)
    elif what == "correct":
        catalogue.corrections.set([one], ["Swing", f"g{k}"])
    elif what == "uncorrect":
        catalogue.corrections.set([one], [])
    elif what == "seen":
        catalogue.index.refresh()
    else:
        statement, value = {
            "title": ("UPDATE file SET title = ? WHERE id = ?", f"new {k}"),
            "tag": ("UPDATE file SET tag_genre = ? WHERE id = ?", json.dumps([f"t{k}"])),
            "away": ("UPDATE file SET away = ? WHERE id = ?", ("", "missing", "offline")[k % 3]),
            "result": ("UPDATE result SET score = ? WHERE track_id = ?", k / 30),
            "delete": ("DELETE FROM file WHERE ? AND id = ?", 1),
        }[what]
        with catalogue.db.write() as w:
            w.execute(statement, (value, one))


def test_a_refresh_tells_what_changed(catalogue, add_rows):
    add_rows(catalogue, [{"title": f"t{i}"} for i in range(4)], LABELS)
    assert catalogue.index.refresh().tolist() == [1, 2, 3, 4]
    assert catalogue.index.refresh().tolist() == []
    catalogue.corrections.set([3], ["jazz"])
    with catalogue.db.write() as w:
        w.execute("DELETE FROM file WHERE id = 2")
    add_rows(catalogue, [{"title": "new"}], LABELS)
    assert catalogue.index.refresh().tolist() == [2, 3, 5]
    assert len(catalogue.index) == 4


def test_another_programs_changes_arrive(catalogue, add_rows):
    add_rows(catalogue, [{"heard": "jazz"}], LABELS)
    catalogue.index.build()
    with Library.open(catalogue.db.path) as other:
        other.corrections.set([1], ["pop"])
    assert catalogue.index.refresh().tolist() == [1]
    assert catalogue.index.query("heard:pop").tolist() == [1]


def test_another_network_shows_its_own_results(catalogue, add_rows):
    add_rows(catalogue, [{"heard": "jazz"}, {"heard": "rock", "fixed": ["folk"]}], LABELS)
    assert catalogue.index.query("state:analysed").tolist() == [1, 2]
    second = catalogue.networks.use("second", "Second", ["x", "y"], Bounds.of(0.5, 2))
    assert catalogue.index.refresh().tolist() == [1, 2]
    assert catalogue.index.query("state:analysed").tolist() == []
    assert catalogue.index.query("heard:folk").tolist() == [2]
    assert [r.state for r in catalogue.files.rows([1, 2])] == ["found", "found"]
    with catalogue.db.write() as w:
        w.execute("INSERT INTO result VALUES (1, ?, 'x', .5, NULL, 0, 'x', 1, 0)", (second,))
    catalogue.index.refresh()
    assert catalogue.index.query("heard:x").tolist() == [1]
    assert [name for _, name, _ in catalogue.networks.all()] == ["Second", "Made-up"]


# ---------------------------------------------------------------- the quick start


def quick_start(catalogue: Catalogue) -> os.PathLike:
    return catalogue.db.path.with_name(catalogue.db.path.name + ".index")


def test_a_quick_start_says_the_same(tmp_path, add_rows):
    path = tmp_path / "library.db"
    with Library.open(path) as catalogue:
        add_rows(catalogue, [{"title": f"T\n{i} é", "artist": f"A{i % 3}", "heard": "jazz",
                              "tag": ["Jazz"], "path": f"/music/ü{i}.mp3"} for i in range(40)],
                 LABELS)  # fmt: skip
        before = catalogue.index.query("title:t", "title").tolist()
        assert len(before) == 40
    with Library.open(path) as catalogue:
        columns = Columns(catalogue.index._key(catalogue.networks.used.id))
        (stamp,) = (
            catalogue.db.connection()
            .execute("SELECT value FROM meta WHERE key = 'stamp'")
            .fetchone()
        )
        assert columns.load(quick_start(catalogue), stamp)
        assert catalogue.index.query("title:t", "title").tolist() == before
        same_as_fresh(catalogue)
        add_rows(catalogue, [{"title": "after"}], LABELS)
    with Library.open(path) as catalogue:  # it was used and refreshed, so it was kept again
        same_as_fresh(catalogue)
        assert catalogue.index.query("title:after").tolist() == [41]


def test_a_quick_start_that_is_behind_is_brought_up(tmp_path, add_rows):
    path = tmp_path / "library.db"
    with Library.open(path) as catalogue:
        add_rows(catalogue, [{"title": "old"}, {"title": "gone"}], LABELS)
        catalogue.index.build()
    with Library.open(path) as catalogue:  # as by another program that is killed
        add_rows(catalogue, [{"title": "new"}], LABELS)
        with catalogue.db.write() as w:
            w.execute("DELETE FROM file WHERE id = 2")
    with Library.open(path) as catalogue:
        assert catalogue.index.query("", "title").tolist() == [3, 1]
        same_as_fresh(catalogue)


@pytest.mark.parametrize("damage", ["cut", "garbage", "empty", "other", "folder", "bits"])
def test_a_quick_start_that_does_not_fit_is_ignored(tmp_path, add_rows, damage):
    path = tmp_path / "library.db"
    with Library.open(path) as catalogue:
        add_rows(catalogue, [{"title": f"t{i}"} for i in range(9)], LABELS)
        catalogue.index.build()
        shortcut = quick_start(catalogue)
    raw = shortcut.read_bytes()
    if damage == "other":
        with Library.open(tmp_path / "other.db") as other:
            add_rows(other, [{"title": "other"}], LABELS)
            other.index.build()
        shortcut.write_bytes((tmp_path / "other.db.index").read_bytes())
    elif damage == "folder":
        shortcut.unlink()
        shortcut.mkdir()
    else:
        shortcut.write_bytes(
            {"cut": raw[:-100], "garbage": os.urandom(500), "empty": b"",
             "bits": raw[:40] + bytes(200) + raw[240:]}[damage]
        )  # fmt: skip
    with Library.open(path) as catalogue:
        assert len(catalogue.index) == 9
        same_as_fresh(catalogue)


def test_a_restored_backup_does_not_meet_a_later_quick_start(tmp_path, add_rows):
    path = tmp_path / "library.db"
    with Library.open(path) as catalogue:
        add_rows(catalogue, [{"title": "one"}], LABELS)
    old = path.read_bytes()
    with Library.open(path) as catalogue:
        add_rows(catalogue, [{"title": "two"}], LABELS)
        catalogue.index.build()
    path.write_bytes(old)
    with Library.open(path) as catalogue:
        for _ in range(5):  # as many changes as the later one had seen, and more
            catalogue.corrections.set([1], [])
            catalogue.corrections.set([1], ["pop"])
        assert catalogue.index.query().tolist() == [1]
        same_as_fresh(catalogue)


# ---------------------------------------------------------------- rows


def test_rows_come_in_the_order_asked_for(catalogue, add_rows):
    add_rows(catalogue, [{"title": f"t{i}"} for i in range(1200)], LABELS)
    wanted = np.random.default_rng(0).permutation(1201)  # 0 is nobody
    rows = catalogue.files.rows(wanted)
    assert [r.id for r in rows] == [i for i in wanted.tolist() if i]
    assert catalogue.index.seconds(np.array([1, 2])) == pytest.approx(101 + 102)
    assert catalogue.index.track_ids(np.array([7])).tolist() == [7]


def test_asking_while_another_thread_writes(catalogue, add_rows):
    add_rows(catalogue, [{"title": f"t{i}", "heard": "jazz"} for i in range(50)], LABELS)
    stop = threading.Event()
    failed: list[BaseException] = []

    def write() -> None:
        try:
            while not stop.is_set():
                add_rows(catalogue, [{"title": "x", "heard": "rock"}], LABELS)
                catalogue.index.refresh()
        except BaseException as error:  # noqa: BLE001 - shown by the test
            failed.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(60):
            ids = catalogue.index.query("heard:jazz t", "title", group="heard")
            assert len(ids) == 50
            assert len(catalogue.files.rows(ids)) == 50
            catalogue.index.refresh()
    finally:
        stop.set()
        writer.join()
    assert not failed
    same_as_fresh(catalogue)


def test_an_empty_catalogue_answers(catalogue):
    index = catalogue.index
    for text in ("", "a", "title:a", "path:a/b", "tag:!=heard", "sure:>0", "state:duplicate"):
        assert index.query(text).tolist() == []
    for sort in ("artist", "title", "path", "heard"):
        assert index.query("", sort, group="heard").tolist() == []
    assert not index.groups(np.zeros(0, np.int64), "heard")
    assert index.tally("heard") == {}
    assert set(NUMBERS) >= {"id", "heard"}
