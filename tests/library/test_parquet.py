"""The catalogue as Parquet: out, in, joined, and what is no such file."""

from __future__ import annotations

import os

import pytest

from genredesk.core.errors import GenreDeskError
from genredesk.core.job import JobContext
from genredesk.library import parquet
from genredesk.library.library import Library

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def rows_of(library: Library) -> dict[str, tuple]:
    library.index.refresh()
    return {
        r.path.name: (r.path, r.title, r.genres, r.heard, r.score, r.answer, r.corrected, r.seconds,
                      r.state, r.size, r.mtime_ns)
        for r in library.files.rows(library.index.query())
    }  # fmt: skip


@pytest.fixture
def shard(catalogue, music, run, tmp_path):
    """A library with an answer to each file, two of them corrected, and its export."""
    (music / "disc 1" / "0 tone.flac").rename(os.fsdecode(os.fsencode(music) + b"/0 t\xf6ne.flac"))
    run(catalogue, music)
    ids = catalogue.index.query("tone")
    catalogue.corrections.set(ids.tolist()[:2], ["Dub"])
    target = tmp_path / "shard.parquet"
    assert parquet.export(catalogue, target, JobContext()) == 6
    return target


def test_what_was_exported_comes_back_whole(shard, catalogue, run, tmp_path) -> None:
    with Library.open(tmp_path / "other.db") as other:
        joined = parquet.join(other, shard, JobContext())
        assert joined == parquet.JoinReport(rows=6, added=6, answered=6, corrected=2)
        kept = catalogue.networks.used
        other.networks.use("tones", "Tones", kept.labels, kept.bounds)
        assert rows_of(other) == rows_of(catalogue)
        track = other.files.rows(other.index.query("4 tone"))[0].track_id
        same = catalogue.files.rows(catalogue.index.query("4 tone"))[0].track_id
        assert other.networks.timeline(track).probabilities.tolist() == (
            catalogue.networks.timeline(same).probabilities.tolist()
        )
        assert other.db.check() == []
        diary = tmp_path / "diary"
        report = run(other, diary=str(diary))  # nothing is listened to again
        assert (report.new, report.changed, report.missing) == (0, 0, 0)
        assert not diary.exists()
        again = parquet.join(other, shard, JobContext())
        assert (again.added, again.answered, again.corrected) == (0, 0, 0)


def test_what_a_person_decided_here_stays(shard, music, tone, run, tmp_path) -> None:
    with Library.open(tmp_path / "other.db") as other:
        changed = tone(music / "disc 2" / "1 tone.flac", 3500, 0.7)
        run(other, music)
        other.corrections.set(other.index.query("").tolist(), ["Mine"])
        joined = parquet.join(other, shard, JobContext())
        assert (joined.added, joined.corrected, joined.differing) == (0, 0, 1)
        rows = rows_of(other)
        assert {row[6] for row in rows.values()} == {("Mine",)}
        assert rows[changed.name][3] == "high"


def test_other_programs_read_it(shard) -> None:
    table = pq.read_table(shard, columns=["path", "raw_path", "heard", "answer", "tags", "added"])
    assert table.num_rows == 6
    assert set(table["heard"].to_pylist()) == {"low", "middle", "high"}
    assert sorted(set(table["answer"].to_pylist())) == ["corrected", "sure"]
    odd = [row for row in table.to_pylist() if row["raw_path"]]
    assert [(r["raw_path"][-11:], r["path"][-11:]) for r in odd] == [
        (b"0 t\xf6ne.flac", "0 t\N{REPLACEMENT CHARACTER}ne.flac")
    ]


def test_what_is_no_export_is_refused(shard, catalogue, tmp_path) -> None:
    text = tmp_path / "text.parquet"
    text.write_text("no music")
    with pytest.raises(parquet.ParquetError, match=r"text\.parquet: it cannot be read"):
        parquet.join(catalogue, text, JobContext())
    other = tmp_path / "other.parquet"
    pq.write_table(pa.table({"path": ["/a"]}), other)
    with pytest.raises(parquet.ParquetError, match="this is no catalog"):
        parquet.join(catalogue, other, JobContext())
    table = pq.read_table(shard)
    pq.write_table(table.replace_schema_metadata({b"genredesk.catalogue": b"2"}), other)
    with pytest.raises(parquet.ParquetError, match="newer GenreDesk"):
        parquet.join(catalogue, other, JobContext())
    pq.write_table(table.drop_columns(["timeline"]), other)
    with pytest.raises(parquet.ParquetError, match="lacks the columns timeline"):
        parquet.join(catalogue, other, JobContext())
    half = tmp_path / "half.parquet"
    half.write_bytes(shard.read_bytes()[:-100])
    with pytest.raises(parquet.ParquetError, match="cannot be read"):
        parquet.join(catalogue, half, JobContext())
    with pytest.raises(GenreDeskError, match="cannot be written"):
        parquet.export(catalogue, text / "below" / "a.parquet", JobContext())
