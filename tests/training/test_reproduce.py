"""The papers' experiments: their split, their table, and the word that says what leaks."""

from __future__ import annotations

import json

import pytest

from genredesk.__main__ import main
from genredesk.core.errors import DataError
from genredesk.core.job import JobContext
from genredesk.nets import registry
from genredesk.training.data import segments, songs
from genredesk.training.evaluation import evaluate
from genredesk.training.plan import protocols
from genredesk.training.plan.recipe import RECIPES
from genredesk.training.runs import crossval, reproduce


@pytest.mark.parametrize("paper", list(protocols.PROTOCOLS))
def test_every_row_names_a_network_and_a_recipe_that_exist(paper):
    for row in protocols.get(paper).rows:
        assert registry.get(row.network).paper == paper
        assert row.recipe in RECIPES
        assert row.printed


def test_segments_are_the_windows_of_their_songs(toy):
    data = toy(4, columns=100)
    pieces = segments.of(data)
    assert len(pieces.songs) == 12 * 2
    assert pieces.songs[1].name == "hum.0#1"
    whole, _ = songs.windows_of(data, 0, 39)
    piece, starts = songs.windows_of(pieces, 1, 39)
    assert list(starts) == [0]
    assert (piece[0] == whole[1]).all()


def test_song_split_never_divides_a_song_and_segment_split_does(toy):
    data = toy(10, columns=160)
    shares = (0.8, 0.1, 0.1)
    whole = reproduce.divide(data, shares, 0)
    assert sorted(whole.train + whole.valid + whole.test) == list(range(30))
    pieces = segments.of(data)
    cut = reproduce.divide(pieces, shares, 0)
    owner = [place[0] for place in pieces.places]
    assert {owner[i] for i in cut.test} & {owner[i] for i in cut.train}


@pytest.mark.parametrize("each", [3, 4, 7])
def test_every_side_has_every_genre_however_few(toy, each):
    data = toy(each)
    parts = reproduce.divide(data, (0.8, 0.1, 0.1), 3)
    for side in (parts.train, parts.valid, parts.test):
        assert {data.songs[i].label for i in side} == {"hum", "whistle", "knock"}


def test_rows_of_one_experiment_are_trained_once(toy, monkeypatch):
    """With another number of epochs, 100 and 200 epochs are the same."""
    data, asked = toy(8), []

    def answer(trial, data, parts, songs, seed):
        asked.append(trial.network)
        assert parts.valid == parts.test
        return evaluate.predict(data, songs, ("hum", "knock", "whistle"), lambda x: x[:, 0, 0, :3])

    monkeypatch.setattr(crossval, "answer", answer)
    monkeypatch.setattr(reproduce, "_songs", lambda *_: data)
    listener = reproduce.ProgressListener(JobContext(), lambda _: None)
    wish = reproduce.Wish("001", "folder", runs=2, epochs=1)
    result = reproduce.reproduce(wish, listener)
    assert len(result["rows"]) == 16
    assert len(asked) == 8 * 2
    assert [row["n_test"] for row in result["rows"]] == [6] * 16
    json.dumps(result)


def test_each_row_is_divided_as_its_paper_divided_it():
    paper = protocols.get("003")
    shares = {row.network: paper.shares_of(row) for row in paper.rows}
    assert shares["mlp-1"] == shares["mlp-5"] == (0.7, 0.3)
    assert shares["patel-cnn"] == shares["patel-lstm"] == (0.6, 0.15, 0.25)
    mlp, lstm = paper.rows[0], paper.rows[-1]
    assert reproduce.recipe_of(mlp, paper, 0).keep == "last"  # nothing to choose an epoch by
    assert reproduce.recipe_of(lstm, paper, 0).keep == "best"


def test_paper_001_tests_on_what_it_validates_on(toy):
    parts = reproduce.divide(toy(8), (0.75, 0.25), 0)
    assert parts.valid == parts.test
    rules = reproduce.recipe_of(protocols.get("001").rows[0], protocols.get("001"), 0)
    assert (rules.keep, rules.patience) == ("last", 0)


@pytest.mark.parametrize("case", [("000", "net2", 4.0), ("003", "mlp-1", 13.0)])
def test_a_paper_runs_to_its_table(folder, sound, write_wav, capsys, case):
    paper, network, seconds = case
    for path in folder.rglob("*.wav"):
        write_wav(path, sound(path.parent.name, int(path.stem[-1]), seconds))
    words = ["reproduce", paper, "--gtzan", str(folder), "--runs", "2", "--epochs", "1"]
    assert main([*words, "--only", network, "--device", "cpu", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    row = result["rows"][0]
    assert row["network"] == network
    assert len(row["runs"]) == 2
    assert row["printed"]
    for value in row["measured"].values():
        assert 0 <= value <= 100
    assert bool(result["warning"]) == (paper == "003")


def test_table_says_what_was_shortened_and_shows_no_spread_of_one_run(
    capsys, monkeypatch, tmp_path
):
    row = {
        "title": "net",
        "printed": {"raw": 57.5},
        "measured": {"raw": 24.0},
        "n_test": 9,
        "shares": (0.7, 0.3),
        "begins": "",
    }
    result = {
        "title": "Patel", "paper": "003", "runs": 1, "epochs": 2, "warning": "", "notes": "",
        "rows": [{**row, "spread": {"raw": 1.5}}],
    }  # fmt: skip
    words = ["reproduce", "003", "--gtzan", str(tmp_path)]
    monkeypatch.setattr(reproduce, "reproduce", lambda *_: result)
    assert main(words) == 0
    shortened = capsys.readouterr().out
    assert "Epochs: 2 instead of the paper's." in shortened
    assert "1.5" not in shortened
    monkeypatch.setattr(reproduce, "reproduce", lambda *_: {**result, "runs": 3, "epochs": 0})
    assert main(words) == 0
    whole = capsys.readouterr().out
    assert "Epochs" not in whole
    assert "1.5" in whole


def test_unknown_paper_and_network_are_named(capsys, folder):
    assert main(["reproduce", "007", "--gtzan", str(folder)]) == 1
    assert "004 Putovici" in capsys.readouterr().err
    listener = reproduce.ProgressListener(JobContext(), print)
    wish = reproduce.Wish("000", str(folder), only=("edge",))
    with pytest.raises(DataError, match="nnet2"):
        reproduce.reproduce(wish, listener)


@pytest.mark.parametrize(
    "case",
    [
        (["--runs", "-1"], "one run"),
        (["--epochs", "-3"], "epochs must be between"),
        (["--device", "abacus"], "no device named abacus"),
        (["--out", "FILE/result.json"], "nothing can be written there"),
        (["--out", "FOLDER"], "is a folder"),
    ],
)
def test_what_cannot_be_is_said_before_songs_are_read(capsys, folder, tmp_path, monkeypatch, case):
    rest, word = case

    def read(*_):
        raise AssertionError("songs were read")

    monkeypatch.setattr(reproduce.folders, "open_folder", read)
    file = tmp_path / "file"
    file.touch()
    rest = [w.replace("FILE", str(file)).replace("FOLDER", str(tmp_path)) for w in rest]
    assert main(["reproduce", "000", "--gtzan", str(folder), *rest]) == 1
    assert word in capsys.readouterr().err
