"""Folds and seeds: everybody is held back once, and what leaks is said."""

from __future__ import annotations

import json

import numpy as np
import pytest

from genredesk.__main__ import main
from genredesk.cli import crossval as command
from genredesk.core.errors import DataError
from genredesk.core.job import JobContext
from genredesk.training.plan import recipe
from genredesk.training.runs import crossval

RULES = recipe.get("live").replace(epochs=3, batch=16, crops=3, precision="32-true")


@pytest.fixture
def trial(toy):
    notes = []
    made = crossval.Trial("live", toy(8, 80), RULES, "cpu", JobContext(), notes.append)
    return made, notes


def test_every_song_is_held_back_once_per_seed(trial):
    made, notes = trial
    result = crossval.run(made, k=2, seeds=2)
    assert result["pooled"]["songs"]["n"] == 24
    assert "artists" in result["protocol"]
    assert [(f["seed"], f["fold"]) for f in result["folds"]] == [(0, 1), (0, 2), (1, 1), (1, 2)]
    assert len(notes) == 8
    per_seed = [np.mean([f["songs"] for f in result["folds"] if f["seed"] == s]) for s in (0, 1)]
    assert result["songs"]["mean"] == pytest.approx(np.mean(per_seed), abs=0.02)
    assert "claimed" not in result


def test_claim_of_segments_is_beside_it(trial):
    result = crossval.run(trial[0], k=2, claim=True)
    assert 0 <= result["claimed"]["windows"] <= 1
    assert result["claimed"]["n"] == 24 * 2 // 5


def test_command(toy_files, capsys, tmp_path, caplog):
    out = tmp_path / "result.json"
    words = ["crossval", "--mels", str(toy_files[0]), "--folds", "2", "--epochs", "1"]
    answers = tmp_path / "answers"
    words += ["--device", "cpu", "--threads", "1", "--out", str(out), "--answers", str(answers)]
    assert main(words) == 0
    assert "songs" in capsys.readouterr().out
    assert not caplog.records, "what Lightning says of its precision is not for the terminal"
    result = json.loads(out.read_text())
    assert result["seeds"] == 1
    with np.load(answers / "seed0.npz", allow_pickle=False) as file:
        right = file["song_probs"].argmax(axis=1) == file["label"]
        assert right.mean() == pytest.approx(result["songs"]["mean"])
        assert len(file["probs"]) == len(file["song"])
        assert len(file["label"]) == len(set(file["name"])) == result["pooled"]["songs"]["n"]


@pytest.mark.parametrize(
    "rest",
    [
        ["--folds", "1"],
        ["--folds", "9"],
        ["--network", "odd"],
        ["--epochs", "-1"],
        ["--device", "abacus"],
        ["--threads", "-4"],
        ["--out", "."],
        ["--answers", __file__],
    ],
)
def test_command_refuses_in_a_sentence(toy_files, capsys, rest):
    assert main(["crossval", "--mels", str(toy_files[0]), *rest]) == 1
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("network", ["vae", "vae-2"])
def test_an_autoencoder_is_refused_before_songs_are_read(network, capsys):
    assert main(["crossval", "/no/such/folder", "--network", network]) == 1
    said = capsys.readouterr().err
    assert f"{network} is an autoencoder" in said
    assert "genredesk train --network" in said


def test_words_claim_no_more_than_was_measured(trial):
    result = crossval.run(trial[0], k=2, claim=True)
    result["claimed"]["windows"] = result["windows"]["mean"] / 2
    nothing = {"n": 0, "share": 0.0, "right": 0.0, "low": 0.0, "high": 0.0}
    result["strengths"]["songs"]["sure"] = nothing
    said = command._text(result)
    assert "remembers" not in said
    assert "±" not in said
    assert "songs: sure 0%, probable" in said
    assert f"sure from {result['strengths']['sure']:.2f} on" in said
    result["claimed"]["windows"] = result["windows"]["mean"] + 0.1
    result["seeds"] = 2
    said = command._text(result)
    assert "remembers" in said
    assert "over 2 seeds" in said


def test_class_too_small_for_the_folds_is_named_with_the_reason(trial):
    with pytest.raises(DataError, match=r"hum has 8 songs; at least 9 are needed"):
        crossval.run(trial[0], k=9)
