"""`genredesk scan` and `genredesk library`, with a shipped network where there is one."""

from __future__ import annotations

import contextlib
import json
import os

import numpy as np
import pytest
import soundfile

from genredesk.__main__ import main
from genredesk.core.certainty import Strength
from genredesk.core.heard import Features
from genredesk.core.job import JobContext
from genredesk.inference import bundle as bundles
from genredesk.inference.runtime import open_runtime
from genredesk.inference.scorer import BundleScorer
from genredesk.inference.track import analyse_track
from genredesk.library.scanning.audio_hash import DecodedAudio
from genredesk.library.scanning.featurecache import WindowCache
from genredesk.library.scanning.worker import AnalysisJob, AnalysisWorker


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


@pytest.mark.parametrize("rate", [22050, 44100])
def test_the_scorer_says_what_the_track_analysis_says(tmp_path, rate):
    """To the last bit: from the sound, from what is kept of it, and however it is shown."""
    bundle = bundles.default_bundle()
    path = tmp_path / "song.flac"
    t = np.arange(rate * 61) / rate
    sides = np.sin(2 * np.pi * t[:, None] * np.array([220.0, 330.0]) * (1 + np.floor(t[:, None])))
    sound = 0.2 * sides + 0.05 * np.random.default_rng(4).standard_normal((len(t), 2))
    sound[rate * 20 : rate * 30] = 0
    soundfile.write(path, sound, rate)
    with contextlib.closing(open_runtime(bundle)) as runtime:
        results = [
            analyse_track(path, bundle, runtime, JobContext(), hop_s=hop_s)
            for hop_s in (None, 3.0, 1.0, 0.7, 10.0)
        ]
    score = BundleScorer.of(bundle)
    scorer = score()
    kept = []
    heard = scorer.hear(DecodedAudio(path).blocks(scorer.sample_rate), kept.append)
    windows = np.concatenate([k.windows for k in kept])
    levels = np.concatenate([k.levels for k in kept])
    again = scorer.hear_again(Features(windows, levels))
    scorer.close()
    for result in results:
        assert result.decision.probabilities.tolist() == heard.probabilities.tolist()
        assert result.decision.state == heard.state
        assert result.majority == (score.labels[heard.majority[0]], heard.majority[1])
    assert again.probabilities.tolist() == heard.probabilities.tolist()
    assert again.embedding.tolist() == heard.embedding.tolist()
    assert heard.timeline.shape == (len(results[0].scores), len(score.labels))
    assert not heard.timeline.any(axis=1).all(), "ten seconds of it are silence"
    assert BundleScorer.of(bundle) == score
    assert BundleScorer.of(bundle, 1.0).fingerprint != score.fingerprint


def test_a_file_that_must_be_heard_twice_is_answered_alike(tmp_path):
    """Its sides cancel in its second half only: what is kept is of the pass that counts."""
    rng = np.random.default_rng(2)
    side = 0.1 * rng.standard_normal(15 * 22050)
    first = side[:, None] + 0.05 * rng.standard_normal((len(side), 2))
    path = tmp_path / "tape.flac"
    soundfile.write(path, np.concatenate([first, np.stack([side, -side], axis=1)]), 22050)
    bundle = bundles.default_bundle()
    with contextlib.closing(open_runtime(bundle)) as runtime:
        result = analyse_track(path, bundle, runtime, JobContext(), hop_s=1.0)
    assert all(window.state is not Strength.SILENCE for window in result.scores)
    score = BundleScorer.of(bundle)
    with contextlib.closing(score()) as scorer:
        cache = WindowCache(tmp_path / "features")
        listener = AnalysisWorker(scorer, cache, score.features_fingerprint, lambda: None)
        report = listener.listen(AnalysisJob(1, os.fsencode(path)))
        again = listener.listen(AnalysisJob(1, os.fsencode(path), audio_hash=report.audio_hash))
        known = listener.listen(AnalysisJob(1, os.fsencode(path), identify=True))
    assert report.heard is not None
    assert again.heard is not None
    assert report.heard.probabilities.tolist() == result.decision.probabilities.tolist()
    assert again.heard.probabilities.tolist() == report.heard.probabilities.tolist()
    assert known.audio_hash == report.audio_hash
    assert report.seconds == pytest.approx(30)
    assert len(list((tmp_path / "features").rglob("*.npz"))) == 1


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
    assert main(["library", "correct", *db, 'path:"0 tone"', "Hip-Hop"]) == 0
    capsys.readouterr()
    assert main(["library", "list", *db, "--filter", "state:corrected", "--json"]) == 0
    assert said(capsys)[0]["corrected"] == ["hiphop"], "the model's own word for it"
    assert main(["library", "correct", *db, "title:nothing-like-it", "x"]) == 1


def test_a_silent_file_is_listed_as_silence(catalogue, add_rows, tmp_path, capsys):
    add_rows(catalogue, [{"answer": "silence"}, {"heard": "jazz"}], ["jazz"])
    db = tmp_path / "db" / "library.db"
    assert main(["library", "list", "--db", str(db), "--sort", "path"]) == 0
    silent, sure = capsys.readouterr().out.splitlines()
    assert silent.startswith("Silence ")
    assert sure.startswith("Jazz ")


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


def test_the_library_may_be_named_before_what_is_asked(scanned, capsys, tmp_path):
    db = str(scanned)
    for words in (("library", "--db", db, "list"), ("library", "list", "--db", db)):
        assert main([*words, "--json"]) == 0
        assert len(said(capsys)) == 6
    assert main(["library", "--json", "--db", str(tmp_path / "no.db"), "list", "--db", db]) == 0
    assert len(said(capsys)) == 6, "what is said last holds"


def test_a_folder_that_moved_is_said_or_told(scanned, music, db, capsys, tmp_path):
    songs, tunes = tmp_path / "songs", tmp_path / "tunes"
    music.rename(songs)
    (songs / "@eaDir").mkdir()
    assert main(["scan", "--db", str(db), str(songs)]) == 0
    told = capsys.readouterr()
    assert f"{music} is {songs} now" in told.err
    assert "1 hidden or system folder (@eaDir)" in told.out
    songs.rename(tunes)
    assert main(["scan", "--db", str(db)]) == 0
    assert f"library roots --moved {songs} NEW" in capsys.readouterr().err
    moved = ["library", "roots", "--db", str(db), "--moved"]
    assert main([*moved, str(songs), str(tunes)]) == 0
    assert str(tunes) in capsys.readouterr().out
    assert main([*moved, str(songs), str(tunes)]) == 1
    assert "no folder of the library" in capsys.readouterr().err


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
        assert "no such catalog" in capsys.readouterr().err
        assert not other.exists()
    assert main(["library", "roots", "--add", str(music), "--db", str(other)]) == 0
    assert str(music) in capsys.readouterr().out
