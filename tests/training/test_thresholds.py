"""Where the strengths of a new network begin, from songs it has not heard."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from genredesk.core import trust
from genredesk.core.certainty import Bounds
from genredesk.training.evaluation import thresholds
from genredesk.training.evaluation.thresholds import Answers


def honest(n: int, *, classes: int = 10, power: float = 1.0, seed: int = 3) -> Answers:
    """Answers that are right as often as they say; with ``power`` under 1 they are right less."""
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.full(classes, 0.07), n)
    odds = shares**power
    odds /= odds.sum(axis=1, keepdims=True)
    truth = np.array([rng.choice(classes, p=row) for row in odds])
    return Answers.of(shares.astype(np.float32), truth)


def always_right(n: int, classes: int = 10) -> Answers:
    rng = np.random.default_rng(1)
    shares = rng.dirichlet(np.ones(classes), n).astype(np.float32)
    return Answers.of(shares, shares.argmax(axis=1))


def test_the_threshold_is_right_often_enough_on_songs_and_on_windows():
    songs, windows = honest(4000), honest(20_000, seed=4)
    sure = thresholds.choose_sure(songs, windows)
    at, below = thresholds.reached(songs, sure), thresholds.reached(songs, sure - 0.01)
    other = thresholds.reached(windows, sure)
    assert at.right / at.named >= 0.90
    assert other.right / other.named >= 0.90
    one = thresholds.reached(windows, sure - 0.01)
    assert below.right / below.named < 0.9 or one.right / one.named < 0.9, "it is the lowest"
    assert thresholds.choose_sure(songs, honest(20_000, power=0.6)) > sure


def test_23_songs_that_all_come_right_are_not_trusted_at_a_low_threshold():
    few = always_right(23)
    assert thresholds.choose_sure(few, least=0.0) == pytest.approx(trust.least_sure(23, 10))
    assert thresholds.choose_sure(few, parent=0.8, least=0.0) == 0.8
    many = always_right(150)
    assert thresholds.choose_sure(many, parent=0.8) == pytest.approx(0.2)


def test_a_share_that_chance_could_give_does_not_make_a_threshold():
    shares = np.full((120, 10), 0.02, np.float32)
    shares[:, 0] = 0.82
    shares[40:, 0] = 0.3
    truth = np.zeros(120, int)
    truth[:4] = 1  # 36 of 40 right: 90 %, but with 95 % no more than 79 % can be promised
    truth[60:] = 1
    songs = Answers.of(shares, truth)
    assert trust.wilson(36, 40, trust.Z95_ONE)[0] < 0.80
    assert not trust.reaches(thresholds.reached(songs, 0.5), trust.AIMS[trust.Care.BALANCED])
    truth[2:4] = 0
    better = thresholds.reached(Answers.of(shares, truth), 0.5)
    assert trust.reaches(better, trust.AIMS[trust.Care.BALANCED])


@pytest.mark.parametrize("classes", [7, 60, 5000])
def test_never_below_twice_chance_nor_what_is_no_answer(classes):
    found = thresholds.choose_sure(always_right(120, classes), least=0.0)
    assert found == pytest.approx(max(2 / classes, trust.LEAST_SURE))


def test_a_network_that_knows_nothing_is_sure_of_nothing():
    flat = Answers.of(np.full((120, 10), 0.1, np.float32), np.arange(120) % 10)
    sure = thresholds.choose_sure(flat)
    assert thresholds.reached(flat, sure).named == 0
    wrong = honest(500)
    wrong = Answers(wrong.first, wrong.second, ~wrong.right, wrong.either, 10)
    assert 0.2 <= thresholds.choose_sure(wrong) <= 0.96


def test_calibrated_answers_keep_the_usual_bounds_and_others_raise_them():
    songs, windows = honest(600), honest(6000, seed=5)
    sure, fitted = thresholds.fit(songs, windows)
    usual = Bounds.of(sure, 10)
    assert (fitted.probable, fitted.between) == (usual.probable, usual.between)
    assert fitted.songs == 600
    boasting = honest(600, power=0.35), honest(6000, power=0.35, seed=5)
    sure, fitted = thresholds.fit(*boasting)
    bounds = Bounds(sure, fitted.probable, fitted.between)
    assert fitted.probable > usual.probable or fitted.between > usual.between
    for answers in boasting:
        table = thresholds.shares(answers, bounds)
        for name, least in (("probable", 0.55), ("between", 0.65)):
            assert table[name]["n"] == 0 or table[name]["high"] >= least


def test_the_curve_counts_the_songs():
    songs = honest(300)
    points = thresholds.curve(songs)
    assert (points[0].sure, points[0].named) == (0.2, int((songs.first >= 0.2).sum()))
    assert [p.sure for p in points] == sorted(p.sure for p in points)
    assert all(a.named > b.named for a, b in pairwise(points))
    point = points[len(points) // 2]
    assert point.right == int(songs.right[songs.first >= np.float32(point.sure)].sum())


def test_shares_add_up_and_say_how_many_are_right():
    songs = honest(400)
    table = thresholds.shares(songs, Bounds.of(0.7, 10))
    assert sum(row["n"] for row in table.values()) == 400
    assert table["sure"]["right"] == pytest.approx(songs.right[songs.first >= 0.7].mean())
    assert table["sure"]["low"] < table["sure"]["right"] < table["sure"]["high"] < 1
