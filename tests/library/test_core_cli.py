"""`genredesk scan` and `genredesk library`, with a shipped network where there is one."""

from __future__ import annotations

import json

import pytest

from genredesk.__main__ import main
from genredesk.inference import bundle as bundles
from genredesk.inference.scorer import BundleScorer
from genredesk.library.scanning.audio_hash import DecodedAudio


@pytest.fixture
def db(tmp_path):
    return str(tmp_path / "db" / "library.db")


def said(capsys) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture
def scanned(music, db, capsys):
    assert main(["scan", str(music), "--db", db, "--workers", "1", "--json"]) == 0
    (sums,) = said(capsys)
    assert (sums["found"], sums["analysed"], sums["failed"]) == (6, 6, 0)
    return db


def test_the_scorer_says_what_the_track_analysis_says(music):
    from genredesk.core.job import JobContext
    from genredesk.inference.runtime import open_runtime
    from genredesk.inference.track import analyse_track

    bundle = bundles.default_bundle()
    path = music / "disc 1" / "2 tone.flac"
    result = analyse_track(path, bundle, open_runtime(bundle), JobContext(), hop_s=3.0)
    score = BundleScorer.of(bundle)
    scorer = score()
    kept = []
    heard = scorer.hear(DecodedAudio(path).blocks(scorer.sample_rate), kept.append)
    assert heard.probabilities == pytest.approx(result.decision.probabilities, abs=1e-4)
    assert heard.state == result.decision.state
    assert heard.timeline.shape == (len(result.scores), len(score.labels))
    again = scorer.hear_again(kept[0])
    assert again.probabilities == pytest.approx(heard.probabilities, abs=5e-3)
    assert again.embedding.shape == heard.embedding.shape
    scorer.close()
    assert BundleScorer.of(bundle) == score
    assert BundleScorer.of(bundle, 1.0).fingerprint != score.fingerprint


def test_listing_tallying_correcting(scanned, capsys):
    db = ["--db", scanned]
    assert main(["library", "list", *db, "--json", "--sort", "path", "--limit", "2"]) == 0
    rows = said(capsys)
    assert [row["path"].rpartition("/")[2] for row in rows] == ["0 tone.flac", "2 tone.flac"]
    assert rows[0]["heard"] in bundles.default_bundle().card.labels
    assert main(["library", "correct", *db, 'path:"0 tone"', "Drone", "--json"]) == 0
    assert said(capsys) == [{"corrected": 1}]
    assert main(["library", "list", *db, "--filter", "state:corrected", "--json"]) == 0
    (row,) = said(capsys)
    assert row["corrected"] == ["Drone"]
    assert main(["library", "tally", "answer", *db, "--json"]) == 0
    (tally,) = said(capsys)
    assert tally["corrected"] == 1
    assert sum(tally.values()) == 6
    assert main(["library", "list", *db]) == 0
    assert "Drone" in capsys.readouterr().out
    assert main(["library", "like", row["path"], *db, "--json", "--limit", "3"]) == 0
    assert len(said(capsys)) == 3
    assert main(["library", "correct", *db, "title:nothing-like-it", "x"]) == 1


def test_folders_filters_models_check(scanned, music, capsys):
    db = ["--db", scanned, "--json"]
    assert main(["library", "roots", *db]) == 0
    assert said(capsys) == [{"path": str(music), "files": 6, "offline": False, "watched": True}]
    assert main(["library", "filters", *db, "--save", "low", "sure:<0.5"]) == 0
    assert said(capsys)[0]["text"] == "sure:<0.5"
    assert main(["library", "list", *db, "--saved", "low"]) == 0
    assert main(["library", "list", *db, "--saved", "nothing"]) == 1
    capsys.readouterr()
    assert main(["library", "models", *db]) == 0
    assert said(capsys)[0]["in_use"]
    assert main(["library", "check", *db]) == 0
    assert said(capsys) == [{"problems": []}]
    assert main(["library", "roots", *db, "--forget", str(music)]) == 0
    assert said(capsys) == []


def test_what_goes_wrong_is_told(scanned, music, capsys):
    assert main(["library", "list", "--db", scanned, "--filter", "sure:x"]) == 1
    assert "sure:<0.6" in capsys.readouterr().err
    (music / "broken.mp3").write_bytes(b"no music" * 50)
    assert main(["scan", "--db", scanned]) == 1
    told = capsys.readouterr()
    assert "7 files: 1 new" in told.out
    assert "1 files could not be read" in told.err
    assert main(["library", "roots", "--forget", str(music), "--db", scanned]) == 0
    assert main(["scan", "--db", scanned]) == 2
    assert "library is empty" in capsys.readouterr().err
    assert main(["scan", str(music / "nowhere"), "--db", scanned]) == 1
    assert "not a folder" in capsys.readouterr().err


def test_a_mistyped_name_makes_no_empty_library(music, tmp_path, capsys):
    other = tmp_path / "other.db"
    for command in (["scan"], ["library", "list"], ["library", "filters", "--save", "a", "jazz"]):
        assert main([*command, "--db", str(other)]) == 1
        assert "no such catalogue" in capsys.readouterr().err
        assert not other.exists()
    assert main(["library", "roots", "--add", str(music), "--db", str(other)]) == 0
    assert str(music) in capsys.readouterr().out
