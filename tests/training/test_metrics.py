"""Numbers about predictions, checked against values worked out by hand or by another library."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_fscore_support

from genredesk.training.data import songs
from genredesk.training.data.split import Split
from genredesk.training.evaluation import evaluate, metrics, nearest, report, review
from genredesk.training.evaluation.evaluate import Predictions, accuracies
from genredesk.training.network import logistic


def random_logits(n=400, classes=4, sharp=2.0, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, n)
    logits = rng.normal(size=(n, classes))
    logits[np.arange(n), truth] += 1.0
    return (sharp * logits).astype(np.float32), truth


def test_temperature_is_where_the_likelihood_is_best():
    logits, truth = random_logits(sharp=3.0)
    t = metrics.fit_temperature(logits, truth)
    here = metrics.negative_log_likelihood(logits, truth, t)
    for factor in (0.9, 1.1):
        assert here < metrics.negative_log_likelihood(logits, truth, t * factor)


@given(st.floats(0.3, 5.0))
def test_temperature_undoes_a_scale(scale):
    logits, truth = random_logits(n=150)
    base = metrics.fit_temperature(logits, truth)
    assert metrics.fit_temperature(logits * np.float32(scale), truth) == pytest.approx(
        base * scale, rel=0.01
    )


def test_calibration_error_of_an_honest_and_of_a_boasting_network():
    rng = np.random.default_rng(1)
    confidence = rng.uniform(0.5, 1.0, 20_000).astype(np.float32)
    truth = (rng.random(20_000) >= confidence).astype(int)
    honest = np.stack([confidence, 1 - confidence], axis=1)
    assert metrics.reliability(honest, truth).error < 0.015
    boast = np.stack([np.full(20_000, 0.99), np.full(20_000, 0.01)], axis=1)
    assert metrics.reliability(boast, truth).error == pytest.approx(0.24, abs=0.02)


def test_reliability_bins_hold_every_prediction_once():
    probabilities = np.array([[0.5, 0.5], [1.0, 0.0], [0.61, 0.39], [0.6, 0.4]], np.float32)
    bins = metrics.reliability(probabilities, np.array([0, 0, 1, 0]))
    assert sum(bins.count) == 4
    assert bins.count[9] == 1


def test_per_class_agrees_with_scikit_learn():
    rng = np.random.default_rng(2)
    truth, said = rng.integers(0, 5, 300), rng.integers(0, 5, 300)
    rows = metrics.per_class(said, truth, 5)
    expected = precision_recall_fscore_support(truth, said, labels=range(5), zero_division=0)
    for i, row in enumerate(rows):
        got = (row["precision"], row["recall"], row["f1"], row["n"])
        assert got == pytest.approx(tuple(column[i] for column in expected))


def test_a_confusion_of_very_many_labels_names_only_what_happened():
    truth, said = np.array([0, 0, 1, 600, 600]), np.array([0, 2, 1, 5, 5])
    assert metrics.confusion(said, truth, 700) == [[0, 0, 1], [0, 2, 1], [1, 1, 1], [600, 5, 2]]
    assert metrics.confusion(said[:3], truth[:3], 3) == [[1, 0, 1], [0, 1, 0], [0, 0, 0]]


def test_interval_is_that_of_the_binomial_for_single_questions():
    right = np.arange(400) < 280
    low, high = metrics.interval(right)
    assert low == pytest.approx(0.655, abs=0.01)
    assert high == pytest.approx(0.745, abs=0.01)


def test_two_errors_in_23_never_read_as_all_right():
    right = np.arange(23) >= 2
    assert metrics.interval(right) == pytest.approx((0.7320, 0.9758), abs=1e-4)  # Wilson
    hits = np.where(right, 10.0, 2.0)
    low, high = metrics.interval(hits, np.full(23, 10.0))
    assert 0.7 < low < 0.93 < high < 0.99


def test_windows_that_do_not_depend_on_each_other_count_in_full():
    hits = np.random.default_rng(0).binomial(30, 0.7, 400).astype(float)
    found = metrics.interval(hits, np.full(400, 30.0))
    alone = metrics.interval(np.arange(12_000) < hits.sum())
    assert found == pytest.approx(alone, abs=0.003)


def test_windows_of_one_song_do_not_narrow_the_interval():
    hits = np.repeat([0.0, 30.0], 20)
    few = metrics.interval(hits, np.full(40, 30.0))
    assert few[1] - few[0] > 0.25


def test_no_songs_no_interval():
    assert metrics.interval(np.array([], bool)) == (0.0, 0.0)


def test_a_handful_of_songs_promises_nothing():
    low, high = metrics.interval(np.ones(5, bool))
    assert high == 1
    assert low == pytest.approx(0.566, abs=0.001)  # Wilson's interval of five of five
    assert metrics.interval(np.zeros(5, bool)) == pytest.approx((0, 0.434), abs=0.001)


def test_song_rules():
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.4, 0.6]], np.float32)
    song = np.zeros(3, int)
    assert metrics.summed(probabilities, song, 1).argmax() == 0
    assert metrics.majority(probabilities, song, 1).tolist() == [1]
    assert metrics.majority(probabilities[:2], song[:2], 1).tolist() == [0]  # a tie
    two = np.array([0, 1, 1])
    assert metrics.majority(probabilities[::-1], two, 3).tolist() == [1, 0, 0]  # the last unheard


@given(st.integers(0, 2**32 - 1))
def test_among_the_first_as_a_stable_sort_says(seed):
    rng = np.random.default_rng(seed)
    probabilities = rng.integers(0, 4, (20, 6)) / 4  # many ties
    truth = rng.integers(0, 6, 20)
    first = np.argsort(-probabilities, axis=1, kind="stable")[:, :3]
    expected = (first == truth[:, None]).any(axis=1)
    assert np.array_equal(metrics.among_first(probabilities, truth, 3), expected)


def rooms(songs: int, classes: int = 4) -> Predictions:
    """Songs whose windows are honest one by one, with errors that only partly go together.

    Each song has a mood of its own and every window another: the mean of the windows is less sure
    than it is right.
    """
    rng = np.random.default_rng(5)
    n, truth = 20, rng.integers(0, classes, songs)
    said = np.eye(classes)[truth][:, None] * 1.2 + rng.normal(size=(songs, 1, classes)) * 0.5
    logits = (said + rng.normal(size=(songs, n, classes))).reshape(-1, classes).astype(np.float32)
    song = np.repeat(np.arange(songs), n)
    names = tuple(map(str, range(songs)))
    start = np.tile(np.arange(n, dtype=np.float32), songs)
    return Predictions(tuple("abcd"), names, truth, song, start, logits, 3.0)


def test_sharpening_calibrates_songs_and_leaves_the_answer():
    fitted, fresh = rooms(3000), rooms(2500)
    assert fitted.heard_s == pytest.approx(np.full(3000, 22.0))
    calibration = evaluate.calibrate(fitted)
    assert calibration.sharpening > 0.2
    plain = evaluate.summarise(fresh, evaluate.Calibration(calibration.temperature))
    sharp = evaluate.summarise(fresh, calibration)
    assert sharp["ece_songs"] < 0.5 * plain["ece_songs"]
    assert sharp["ece"] == plain["ece"]
    assert sharp["songs"]["sum"] == plain["songs"]["sum"]
    assert sharp["sharpening"] == calibration.sharpening


def test_few_songs_are_not_sharpened():
    assert evaluate.calibrate(rooms(metrics.ENOUGH_SONGS - 1)).sharpening == 0.0


def many(classes: int, songs: int) -> Predictions:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, classes, songs)
    logits = rng.normal(size=(songs, classes)).astype(np.float32)
    logits[np.arange(songs), truth] += 6
    names = tuple(map(str, range(songs)))
    labels = tuple(f"genre {i}" for i in range(classes))
    return Predictions(
        labels, names, truth, np.arange(songs), np.zeros(songs, np.float32), logits, 3.0
    )


def test_thousands_of_genres_stay_printable():
    result = evaluate.summarise(many(2000, 300))
    assert sum(count for _, _, count in result["confusion"]) == 300
    assert len(json.dumps(result)) < 2_000_000
    assert "too many to draw" in report.page(result, "many")
    header = report.windows_csv(many(2000, 3), 1.0).splitlines()[0]
    assert header == "song,start,end,truth,answer,score"


def test_table_is_dense_for_people_sized_sets():
    result = evaluate.summarise(many(5, 60))
    assert np.array(result["confusion"]).shape == (5, 5)


def test_logistic_regression_finds_the_optimum():
    """Against scikit-learn's, whose penalty is half the squared weights over C."""
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(3)
    x = rng.normal(size=(300, 6))
    truth = (x @ rng.normal(size=(6, 3)) + rng.normal(size=(300, 3))).argmax(1)
    weights = np.array([1.0, 2.0, 0.5])
    count = weights[truth] / weights[truth].sum()
    decay = 3e-3
    layer, loss = logistic.fit(x, truth, 3, decay=decay, weights=weights)
    theirs = LogisticRegression(C=1 / (2 * decay), tol=1e-8, max_iter=1000)
    theirs.fit(x, truth, sample_weight=count)
    best = np.c_[theirs.coef_, theirs.intercept_]

    def loss_of(layer: np.ndarray) -> float:
        chance = metrics.softmax(logistic.answers(layer, x).astype(np.float32))
        fitted = -(count @ np.log(chance[np.arange(300), truth]))
        return float(fitted + decay * np.sum(layer[:, :-1] ** 2))

    assert loss == pytest.approx(loss_of(layer), abs=1e-5)
    assert loss <= loss_of(best) + 1e-4
    again, _ = logistic.fit(x, truth, 3, decay=decay, weights=weights)
    assert np.array_equal(layer, again)


def test_few_answers_show_a_calibration_error_by_chance():
    rng = np.random.default_rng(5)
    sure = rng.uniform(0.5, 1, 20_000).astype(np.float32)
    answers = np.stack([sure, 1 - sure], axis=1)
    truth = (rng.random(20_000) > sure).astype(np.intp)
    few = metrics.chance_error(sure[:200])
    assert few == pytest.approx(10**0.5 * metrics.chance_error(sure[:2000]), rel=0.25)
    assert metrics.chance_error(sure) < 0.01 < few
    parts = [slice(k, k + 200) for k in range(0, 20_000, 200)]
    measured = [metrics.reliability(answers[part], truth[part]).error for part in parts]
    assert np.mean(measured) == pytest.approx(few, rel=0.1)


def test_what_is_told_after_an_epoch_stays_small_with_very_many_labels():
    n = 700
    labels = tuple(f"class {i}" for i in range(n))
    truth = np.arange(n)
    logits = np.zeros((n, n), np.float32)
    logits[truth, (truth + 1) % n] = 1 + truth / n  # all wrong, the last the surest
    logits[:50] = 0
    logits[truth[:50], truth[:50]] = 1
    names = tuple(f"{label}/one.wav" for label in labels)
    some = Predictions(labels, names, truth, truth.copy(), np.zeros(n), logits, 3.0)
    told = review.mistakes(some, most=20)
    assert told["n_wrong"] == n - 50
    assert [row["song"] for row in told["wrong"][:2]] == [names[-1], names[-2]]
    assert len(told["wrong"]) == 20
    assert len(told["confusion"]) == n
    assert len(json.dumps(told)) < 60_000
    every = review.mistakes(some)
    assert every["wrong"][:20] == told["wrong"]
    assert len(every["wrong"]) == n - 50
    assert accuracies(some) == (50 / n, 50 / n)


def test_flattery_is_not_measured_on_a_handful_of_windows_of_each_genre():
    def pieces():
        raise AssertionError("nothing is to be heard")

    assert review.flattery(pieces, [f"genre {i}" for i in range(400)], 0) is None


def test_a_large_table_is_worked_on_in_parts_with_the_same_result(monkeypatch):
    logits, truth = random_logits(n=101, classes=7)
    song = np.random.default_rng(2).integers(0, 9, 101)  # in no order, and some without a window
    whole = metrics.softmax(logits, 1.7), metrics.negative_log_likelihood(logits, truth, 1.7)
    monkeypatch.setattr(metrics, "_AT_ONCE", 30)
    np.testing.assert_array_equal(metrics.softmax(logits, 1.7), whole[0])
    assert metrics.negative_log_likelihood(logits, truth, 1.7) == pytest.approx(whole[1])
    means = metrics.summed(whole[0], song, 11)
    for number in range(11):
        own = whole[0][song == number]
        np.testing.assert_allclose(means[number], own.mean(axis=0) if len(own) else 0, atol=1e-6)


def test_answers_that_would_fill_the_memory_are_fewer_but_of_every_song(toy, monkeypatch):
    data = toy(4, columns=160)
    asked = []

    def network(features):
        asked.append(len(features))
        return np.zeros((len(features), 3), np.float32)

    every = evaluate.predict(data, range(12), songs.labels_of(data), network)
    monkeypatch.setattr(evaluate, "MOST_NUMBERS", 3 * 12 * 4)
    few = evaluate.predict(data, range(12), songs.labels_of(data), network)
    assert len(few.logits) <= 3 * 12 * 4 // 3 < len(every.logits)
    assert set(few.song) == set(range(12))
    assert few.heard_s.min() > 0.6 * every.heard_s.min()
    assert sum(asked) == len(every.logits) + len(few.logits)


def test_averages_of_classes_are_those_of_scikit_learn():
    rng = np.random.default_rng(3)
    truth, said = rng.integers(0, 4, 60), rng.integers(0, 4, 60)
    found = metrics.averages(metrics.per_class(said, truth, 4))
    for way, row in found.items():
        wanted = precision_recall_fscore_support(truth, said, average=way)
        assert [row["precision"], row["recall"], row["f1"]] == pytest.approx(wanted[:3])
        assert row["n"] == 60


def test_nearest_neighbours_name_what_sounds_alike(toy):
    data = toy(6)
    parts = Split(
        tuple(i for i in range(18) if i % 6 < 4), tuple(i for i in range(18) if i % 6 > 3)
    )
    found = nearest.measured(data, (parts,))
    assert (found["k"], found["n"], found["songs"]) == (5, 6, 1.0)
    wrong = Split(parts.train[:4], parts.valid)  # of one genre alone nothing else is learned
    assert nearest.measured(data, (parts, wrong))["songs"] == pytest.approx(8 / 12)
