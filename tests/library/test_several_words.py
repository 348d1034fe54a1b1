"""A network whose words may hold together, in the library: kept, found, grouped and written."""

from __future__ import annotations

import pytest
from mutagen.flac import FLAC

from genredesk.core.certainty import Bounds, Several
from genredesk.core.job import JobContext
from genredesk.library import parquet
from genredesk.library.catalogue.mapping import Words
from genredesk.library.library import Library
from genredesk.library.organize import actions, apply, items
from genredesk.library.organize.plan import ActionOptions
from genredesk.library.records import TrackRow
from genredesk.library.row_state import Answer

TREE = ("Electronic---House", "Rock---Punk", "Electronic")
PATHS = {"0": "Electronic---House", "2": "Rock---Punk", "4": "Electronic"}


def bounds(electronic: float = 0.3) -> Bounds:
    """What holds each word; a scalar rule would say other strengths."""
    return Bounds(0.95, 1.0, 1.0, several=Several((0.3, 0.3, electronic), (2, -1, -1)))


def found(catalogue, text: str) -> list[str]:
    catalogue.index.refresh()
    rows = catalogue.files.rows(catalogue.index.query(text, "path"))
    return sorted(row.path.name[0] for row in rows)


def by_number(catalogue) -> dict[str, TrackRow]:
    rows = catalogue.files.rows(catalogue.index.query("", "path"))
    return {row.path.name[0]: row for row in rows}


def test_all_words_that_hold_are_kept_found_and_written(catalogue, music, run):
    run(catalogue, music, labels=TREE, several=True, bounds=bounds())
    assert found(catalogue, "heard:house") == ["0", "1", "4", "5"]  # 4 and 5: beside "Electronic"
    assert found(catalogue, "heard:punk") == ["0", "1", "2", "3"]
    assert found(catalogue, "heard:=electronic") == ["0", "1", "2", "3", "4", "5"]  # the parent too
    assert found(catalogue, "heard:=rock") == ["0", "1", "2", "3"]
    assert found(catalogue, "state:sure") == ["0", "1", "2", "3", "4", "5"]
    rows = {
        row.path.name[0]: row for row in catalogue.files.rows(catalogue.index.query("", "path"))
    }
    assert rows["0"].heard == "Electronic---House"
    assert rows["0"].words == ("House", "Punk")
    catalogue.words.keep(Words({"Rock---Punk": ("Punk Rock", "Rock")}, {}, {}))
    loaded = items.load(catalogue, [rows["0"].id, rows["2"].id])
    assert [one.genres for one in loaded] == [
        ("House", "Punk Rock", "Rock"), ("Punk Rock", "Rock", "Electronic"),
    ]  # fmt: skip
    plan = actions.get("tag_genre").plan(loaded, ActionOptions(), JobContext())
    apply.apply(catalogue, plan, JobContext())
    written = FLAC(rows["0"].path)
    assert written["genre"] == ["House", "Punk Rock", "Rock"]
    catalogue.words.keep(Words({}, {}, {"Electronic---House": 0.99}))
    assert found(catalogue, "state:sure") == ["2", "3", "4", "5"]  # a threshold for each first word


def test_each_first_word_is_judged_by_its_own_threshold(catalogue, music, run):
    run(catalogue, music, labels=TREE, several=True, bounds=bounds())
    assert catalogue.networks.used.bounds == bounds()  # as it was given
    for electronic, answer in (
        (0.9, Answer.PROBABLE),
        (0.99, Answer.PROBABLE),
        (0.75, Answer.SURE),
    ):
        catalogue.networks.judge("tones", bounds(electronic))
        assert found(catalogue, f"heard:house state:{answer}") == (
            ["0", "1", "4", "5"] if answer is Answer.SURE else ["4", "5"]
        )
        said = {number: row.answer for number, row in by_number(catalogue).items()}
        assert (said["4"], said["0"], said["2"]) == (answer, Answer.SURE, Answer.SURE)


def test_the_sidebar_counts_each_word_and_parent_and_lists_their_files(catalogue, music, run):
    run(catalogue, music, labels=TREE, several=True, bounds=bounds())
    catalogue.index.refresh()
    tally = catalogue.index.tally("heard")
    house, punk = (len(found(catalogue, f"heard:{word}")) for word in ("house", "punk"))
    assert tally["Electronic---House"] == house == 4
    assert tally["Rock---Punk"] == tally["Rock"] == punk == 4
    assert tally["Electronic"] == 6, "by itself or by its child"
    for name, n in tally.items():
        assert len(catalogue.index.members("heard", name)) == n
    assert not len(catalogue.index.members("heard", "Polka"))
    _, groups = catalogue.index.grouped("", "path", False, "heard")
    firsts = {row.heard for row in catalogue.files.rows(catalogue.index.query("", "path"))}
    assert set(groups.names) == {name or "" for name in firsts}, "headings go by the first word"


def test_another_answer_leaves_no_words_behind(catalogue, music, run):
    run(catalogue, music, labels=TREE, several=True, bounds=bounds())
    run(catalogue, labels=TREE, fingerprint="another")
    assert found(catalogue, "heard:house") == ["0", "1"]


def test_an_export_takes_all_words_along(catalogue, music, run, tmp_path):
    pytest.importorskip("pyarrow")
    run(catalogue, music, labels=TREE, several=True, bounds=bounds())
    shard = tmp_path / "shard.parquet"
    parquet.export(catalogue, shard, JobContext())
    with Library.open(tmp_path / "other.db") as other:
        parquet.join(other, shard, JobContext())
        kept = catalogue.networks.used
        other.networks.use("tones", "Tones", TREE, Bounds.from_json(kept.bounds.to_json()))
        assert found(other, "heard:punk") == ["0", "1", "2", "3"]
