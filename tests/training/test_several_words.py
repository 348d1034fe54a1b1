"""Training on several words a song: whose they are, honest splits, the head, each word's bound."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from mutagen.id3 import TCON
from mutagen.wave import WAVE
from scipy.special import expit

from genredesk.core import trust
from genredesk.core.errors import DataError
from genredesk.inference import bundle as bundles
from genredesk.training.data import several_words, split, stratify
from genredesk.training.data.mels import MelArrays
from genredesk.training.data.songs import Song, labels_of, words_matrix
from genredesk.training.evaluation import held_words, report
from genredesk.training.evaluation.evaluate import calibrate, predict
from genredesk.training.fit.fit import fit
from genredesk.training.fit.run import FitRun
from genredesk.training.network import logistic
from genredesk.training.network.module import predictor
from genredesk.training.runs import prepare, wire
from genredesk.training.runs.session import Session
from genredesk.training.runs.train import train

ALSO = {"hum": "tone", "whistle": "tone", "knock": "beat"}
"""A second word of each genre; two share theirs."""


@pytest.fixture
def with_words(toy_files):
    """The made-up arrays, their table with a column of words; one song alone is "rare"."""
    npz, table = toy_files
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for i, row in enumerate(rows):
        row["labels"] = f"{row['genre']}; {ALSO[row['genre']]}" + ";rare" * (i == 0)
    rows[1]["labels"] = "hum;Tone"
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return npz, table


# ---------------------------------------------------------------- whole trainings


def test_a_bundle_that_says_several_words_comes_out(with_words, make_plan):
    events = []
    plan = make_plan("many", words="table", mode="quick", bundle="genredesk-live")
    made = train(plan, Session(tell=lambda event: events.append(wire.to_plain(event))))
    card, found = made.bundle.card, made.evaluation
    assert card.task == "several"
    assert card.labels == ("beat", "hum", "knock", "tone", "whistle"), "Tone is tone, rare is out"
    assert set(card.thresholds) == set(card.labels)
    assert any("rare" in event.get("text", "") for event in events if event["event"] == "note")
    # hum and whistle are easily told; each also is a tone, and what is no tone is a beat
    assert found["macro"]["average_precision"] > 0.9
    assert found["songs"]["first"] > 0.9
    assert found["per_label"]["tone"]["n"] == 2 * found["per_label"]["hum"]["n"]
    bounds = [row["threshold"] for row in found["per_label"].values()]
    least = trust.least_sure(found["per_label"]["tone"]["n"], 1)
    assert min(bounds) >= least > 0.8, "so few songs justify no low threshold"
    together, place = np.array(found["together"]), found["labels"].index
    told = wire.valid_event(0, found)
    assert [list(row) for row in told.confusion] == found["together"]
    assert (told.n, told.n_wrong) == (found["songs"]["n"], len(found["wrong"]))
    assert together[place("hum"), place("beat")] == 0
    assert bundles.load(made.bundle.path).card == card
    page = (plan.run_dir / "report.html").read_text()
    assert "Average precision" in page
    assert "Words together" in page
    kept = json.loads((plan.run_dir / "evaluation.json").read_text())
    assert kept["per_label"].keys() == found["per_label"].keys()
    rows = list(csv.DictReader((plan.run_dir / "windows.csv").read_text().splitlines()))
    assert {row["truth"] for row in rows} == {"beat;knock", "hum;tone", "tone;whistle"}
    assert report.page(kept, "again") == report.page(found, "again")


def test_a_whole_network_learns_each_word_by_itself(with_words, make_plan):
    plan = make_plan("many", words="table", epochs=5)
    setup = prepare.prepare(plan, Session())
    net = prepare.network(setup, Session())
    run = FitRun(net, setup.data, setup.split, setup.labels, setup.recipe, accelerator="cpu")
    result = fit(run)
    net.load_state_dict(result.weights)
    held = setup.split.valid
    answers = predict(setup.data, held, setup.labels, predictor(net.eval()))
    assert answers.several
    found = held_words.measured(answers, calibrate(answers), setup.data.spec).evaluation
    assert found["macro"]["average_precision"] > 0.6  # by lot it is 0.4
    assert result.history[-1].loss < result.history[0].loss
    p = expit(answers.logits)
    assert p.sum(axis=1).mean() > 1.3, "two words hold at once, which shares of one could not"


# ---------------------------------------------------------------- whose the words are


def test_words_come_from_the_table_or_from_the_tags(tmp_path, write_wav, sound):
    root = tmp_path / "music"
    names = ["a/1.wav", "a/2.wav", "3.wav"]
    for i, name in enumerate(names):
        path = write_wav(root / name, sound("hum", i, 3.5))
        tags = WAVE(path)
        tags.add_tags()
        tags.tags.add(TCON(encoding=3, text=["Rock; Pop", "Live"] if i else []))
        tags.save()
    (root / "tracks.csv").write_text("path,labels,artist\na/1.wav,jazz;;calm;jazz,Ann\n3.wav,,\n")
    entries, problems = several_words.find(root, "table")
    assert [(e.path.name, e.label, e.artist) for e in entries] == [("1.wav", "jazz;calm", "Ann")]
    assert {p.file for p in problems} >= {"3.wav", "a/2.wav"}
    entries, problems = several_words.find(root, "tags")
    assert {e.label for e in entries} == {"Rock;Pop;Live"}
    assert [p.file for p in problems if p.kind == "misplaced"] == ["a/1.wav"]
    (root / "tracks.csv").write_text("path,genre\na/1.wav,jazz\n")
    with pytest.raises(DataError, match="columns path and labels"):
        several_words.find(root, "table")


def arrays(*labels: str) -> MelArrays:
    """Songs with these labels, of one artist for each two."""
    songs = tuple(Song(f"{i}", label, f"artist {i // 2}") for i, label in enumerate(labels))
    return MelArrays(songs, None, np.zeros((len(labels), 1, 1), np.uint8), np.zeros(len(labels)))


def test_a_leaf_brings_its_parent_and_rare_words_are_left_out():
    data, left_out = several_words.settled(
        arrays("Rock---Punk", "rock---punk;live", "Rock---Punk", "Rock;live", "Jazz;once", "Jazz")
    )
    assert labels_of(data) == ("Jazz", "Rock", "Rock---Punk", "live")
    assert left_out == ("once",)
    assert data.songs[0].words == ("Rock", "Rock---Punk")
    assert data.songs[4].label == "Jazz"
    with pytest.raises(DataError, match="fewer than two"):
        several_words.settled(arrays("a;b", "a", "a", "b;c"))


# ---------------------------------------------------------------- splits


def test_every_part_has_its_share_of_every_word_and_whole_artists():
    rng = np.random.default_rng(3)
    group = np.sort(rng.integers(0, 60, 200))
    holds = rng.random((200, 6)) < (0.5, 0.3, 0.2, 0.1, 0.1, 0.05)
    parts = stratify.spread(holds, group, 5, seed=1)
    assert sorted(i for part in parts for i in part) == list(range(200))
    assert all(len({k for k, part in enumerate(parts) if i in group[part]}) == 1 for i in group)
    shares = np.array([holds[part].sum(axis=0) for part in parts])
    common = [len(set(group[own])) >= 5 for own in holds.T]
    assert (shares[:, common] >= 1).all()
    assert (np.abs(shares - holds.sum(axis=0) / 5) <= np.maximum(2, 0.35 * shares.mean(0))).all()
    drawn = rng.permutation(200).reshape(5, 40)
    by_lot = np.array([holds[part].sum(axis=0) for part in drawn])
    assert shares.std(axis=0).sum() < by_lot.std(axis=0).sum()


def test_artists_stay_together_unless_one_has_all_songs_of_a_word():
    labels = ["jazz;calm"] * 4 + ["rock;loud"] * 4 + ["polka;loud"] * 2
    data, _ = several_words.settled(arrays(*labels))
    folds = split.each_once(data.songs)
    assert sorted(i for fold in folds for i in fold.valid) == list(range(10))
    holds = words_matrix(data.songs, labels_of(data))
    for fold in folds:
        assert holds[list(fold.train)].any(axis=0).all(), "each word is learned in each fold"
    assert split.shared_by(data.songs, folds) == ["artist 4"], "who alone plays polka"
    parts = split.automatic(data)
    assert not set(parts.train) & set(parts.valid)
    assert "artists kept together" in parts.protocol


# ---------------------------------------------------------------- head and bounds


def test_each_class_is_solved_by_itself():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 5))
    truth = (x @ rng.normal(size=(5, 3)) + rng.normal(size=(80, 3))) > 0.5
    layer, loss = logistic.fit_each(x, truth, decay=0.01)
    p = expit(logistic.answers(layer, x))
    printed = -np.where(truth, np.log(p), np.log(1 - p)).mean()
    assert loss == pytest.approx(printed + 0.01 * np.mean(np.sum(layer[:, :-1] ** 2, axis=1)))
    slope = (p - truth).T @ x / len(x) + 0.02 * layer[:, :-1]
    assert np.abs(slope).max() < 1e-3
    assert (p - truth).mean(axis=0) == pytest.approx(np.zeros(3), abs=1e-3)
    wide = rng.normal(size=(80, 200))
    narrow, _ = logistic.fit_each(wide, truth, decay=0.01)
    error = (expit(logistic.answers(narrow, wide)) - truth).T @ wide / 80
    assert np.abs(error + 0.02 * narrow[:, :-1]).max() < 1e-3, "found among sums of rows"


def test_a_word_of_few_songs_is_trusted_less():
    """The same scores, right as often: with many songs a low bound is justified, with few not."""
    rng = np.random.default_rng(1)
    bounds = []
    for n in (12, 400):
        truth = np.tile([True, False, False, False], n)[:, None]
        scores = np.where(
            truth, rng.uniform(0.4, 0.9, truth.shape), rng.uniform(0, 0.3, truth.shape)
        )
        scores = scores.astype(np.float32)
        bounds += held_words.choose(scores, truth, scores, truth)
    few, many = bounds
    assert few > 0.8
    assert many <= 0.5
