"""A network whose words may hold together, in the library: kept, found, grouped and written."""

from __future__ import annotations

import pytest
from mutagen.flac import FLAC

from genredesk.core.job import JobContext
from genredesk.library import parquet
from genredesk.library.catalogue.mapping import Words
from genredesk.library.library import Library
from genredesk.library.organize import actions, apply, items
from genredesk.library.organize.plan import ActionOptions

TREE = ("Electronic---House", "Rock---Punk", "Electronic")
PATHS = {"0": "Electronic---House", "2": "Rock---Punk", "4": "Electronic"}


def found(catalogue, text: str) -> list[str]:
    catalogue.index.refresh()
    rows = catalogue.rows(catalogue.index.query(text, "path"))
    return sorted(row.path.name[0] for row in rows)


def test_all_words_that_hold_are_kept_found_and_written(catalogue, music, run):
    run(catalogue, music, labels=TREE, several=True)
    assert found(catalogue, "heard:house") == ["0", "1", "4", "5"]  # 4 and 5: beside "Electronic"
    assert found(catalogue, "heard:punk") == ["0", "1", "2", "3"]
    assert found(catalogue, "heard:=electronic") == ["0", "1", "2", "3", "4", "5"]  # the parent too
    assert found(catalogue, "heard:=rock") == ["0", "1", "2", "3"]
    assert found(catalogue, "state:sure") == ["0", "1", "2", "3", "4", "5"]
    rows = {row.path.name[0]: row for row in catalogue.rows(catalogue.index.query("", "path"))}
    assert rows["0"].heard == "Electronic---House"
    assert rows["0"].words == ("House", "Punk")
    catalogue.set_words(Words({"Rock---Punk": ("Punk Rock", "Rock")}, {}, {}))
    loaded = items.load(catalogue, [rows["0"].id, rows["2"].id])
    assert [one.genres for one in loaded] == [
        ("House", "Punk Rock", "Rock"), ("Punk Rock", "Rock", "Electronic"),
    ]  # fmt: skip
    plan = actions.get("tag_genre").plan(loaded, ActionOptions(), JobContext())
    apply.apply(catalogue, plan, JobContext())
    written = FLAC(rows["0"].path)
    assert written["genre"] == ["House", "Punk Rock", "Rock"]
    catalogue.set_words(Words({}, {}, {"Electronic---House": 0.99}))
    assert found(catalogue, "state:sure") == ["2", "3", "4", "5"]  # a threshold for each first word


def test_another_answer_leaves_no_words_behind(catalogue, music, run):
    run(catalogue, music, labels=TREE, several=True)
    run(catalogue, labels=TREE, fingerprint="another")
    assert found(catalogue, "heard:house") == ["0", "1"]


def test_an_export_takes_all_words_along(catalogue, music, run, tmp_path):
    pytest.importorskip("pyarrow")
    run(catalogue, music, labels=TREE, several=True)
    shard = tmp_path / "shard.parquet"
    parquet.export(catalogue, shard, JobContext())
    with Library.open(tmp_path / "other.db") as other:
        parquet.join(other, shard, JobContext())
        other.use_bundle("tones", "Tones", TREE)
        assert found(other, "heard:punk") == ["0", "1", "2", "3"]
