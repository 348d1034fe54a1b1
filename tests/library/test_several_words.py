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
    assert found(catalogue, "heard:house") == ["0", "1", "4", "5"]
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
    assert found(catalogue, "heard:house") == []  # another word that holds takes its place


def test_each_word_is_judged_by_its_own_threshold_whenever_one_changes(catalogue, music, run):
    """House .8 and Punk .6 in 0, Punk .8 and the parent Electronic .6 in 2, the parent .8 in 4."""
    run(catalogue, music, labels=TREE, several=True, bounds=bounds())
    assert catalogue.networks.used.bounds == bounds()  # as it was given
    said = by_number(catalogue)
    assert said["0"].all_heard == ("Electronic---House", "Rock---Punk")
    assert said["2"].all_heard == ("Rock---Punk", "Electronic")
    assert said["4"].all_heard == ("Electronic---House",)  # its parent says nothing more
    # the person's: of a further word, a parent, and a first word that gives way to another
    catalogue.words.keep(Words(thresholds={"Rock---Punk": 0.7, "Electronic": 0.65}))
    said = by_number(catalogue)
    assert [said[n].all_heard for n in "024"] == [
        ("Electronic---House",), ("Rock---Punk",), ("Electronic---House",),
    ]  # fmt: skip
    assert found(catalogue, "heard:=punk") == ["2", "3"]
    catalogue.words.keep(Words(thresholds={"Electronic---House": 0.9}))
    said = by_number(catalogue)
    assert (said["0"].all_heard, said["0"].score) == (("Rock---Punk",), pytest.approx(0.6))
    assert (said["4"].all_heard, said["4"].answer) == (("Electronic",), Answer.SURE)
    assert said["4"].words == ("Electronic",)
    catalogue.index.refresh()
    assert "Electronic---House" not in catalogue.index.tally("heard")
    # the network's own, at another care: nothing holds, and the nearest is only probable
    catalogue.words.keep(Words())
    none = Bounds(0.95, 1.0, 1.0, several=Several((0.9, 0.9, 0.9), (2, -1, -1)))
    catalogue.networks.judge("tones", none)
    said = by_number(catalogue)
    assert {row.answer for row in said.values()} == {Answer.PROBABLE}
    assert said["0"].all_heard == ("Electronic---House",)
    assert said["0"].words == ()
    catalogue.networks.judge("tones", bounds())
    assert by_number(catalogue)["2"].all_heard == ("Rock---Punk", "Electronic")


def test_only_listed_words_are_written_the_others_go_to_what_stands_above(catalogue, music, run):
    run(catalogue, music, labels=TREE, several=True, bounds=bounds())
    tree = {"House": ("Dance", "Club"), "Dance": ("Party",), "Club": ("Party",)}
    for listed, words in (
        ((), {"0": ("House", "Punk"), "2": ("Punk", "Electronic")}),
        (("house",), {"0": ("house",), "2": ()}),
        (("Club", "Dance", "PUNK"), {"0": ("Club", "Dance", "PUNK"), "2": ("PUNK",)}),
        (("Party",), {"0": ("Party",), "2": ()}),
        (("Electronic", "Rock"), {"0": ("Electronic", "Rock"), "2": ("Rock", "Electronic")}),
    ):
        catalogue.words.keep(Words(parents=tree, listed=listed))
        said = by_number(catalogue)
        assert {n: said[n].words for n in words} == words
        loaded = items.load(catalogue, [said[n].id for n in words])
        assert [one.genres for one in loaded] == list(words.values())
    assert found(catalogue, "heard:=party") == ["0", "1", "4", "5"]
    # what a person says of a track is never left out
    catalogue.corrections.set([by_number(catalogue)["0"].id], ["Polka"])
    assert by_number(catalogue)["0"].words == ("Polka",)
    assert items.load(catalogue, [by_number(catalogue)["0"].id])[0].genres == ("Polka",)


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
