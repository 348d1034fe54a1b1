"""Words that may hold together: the rule, its words, and what stays while it is shown."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from genredesk.core import certainty
from genredesk.core.certainty import Bounds, Several, Strength
from genredesk.core.genres import colour_of, genre_name, parent_of
from genredesk.core.scores import Scores, decision_of

WORDS = ("Electronic---House", "Electronic---Techno", "Jazz---Bop", "spoken", "Electronic", "Jazz")
MANY = Several((0.3, 0.3, 0.5, 0.2, 0.4, 0.6), (4, 4, 5, -1, -1, -1))
BOUNDS = Bounds(0.3, 1.0, 1.0, several=MANY)


def said(*values: float, bounds: Bounds = BOUNDS) -> tuple[Strength, str, tuple[str, ...]]:
    verdict = certainty.judge(np.array(values), bounds)
    also = tuple(WORDS[i] for i in verdict.also)
    return verdict.strength, WORDS[verdict.first], also


def test_each_word_has_its_own_threshold():
    assert said(0.1, 0.1, 0.45, 0.21, 0.2, 0.45) == (Strength.SURE, "spoken", ())


def test_the_likeliest_that_holds_comes_first_and_the_others_beside_it():
    state, first, also = said(0.35, 0.6, 0.55, 0.1, 0.75, 0.55)
    assert (state, first) == (Strength.SURE, "Electronic---Techno")
    assert also == ("Jazz---Bop", "Electronic---House")


def test_a_parent_where_no_child_is_sure():
    assert said(0.25, 0.28, 0.1, 0.1, 0.46, 0.1) == (Strength.SURE, "Electronic", ())
    state, first, also = said(0.25, 0.28, 0.1, 0.3, 0.46, 0.1)
    assert (state, first, also) == (Strength.SURE, "spoken", ("Electronic",))


def test_the_nearest_to_its_threshold_is_probable_else_open_and_nothing_is_silence():
    assert said(0.1, 0.05, 0.35, 0.1, 0.15, 0.35)[:2] == (Strength.PROBABLE, "Jazz---Bop")
    assert said(0.05, 0.05, 0.2, 0.05, 0.1, 0.2)[0] is Strength.OPEN
    assert said(0, 0, 0, 0, 0, 0)[0] is Strength.SILENCE


def test_rows_are_judged_as_one_by_one():
    rows = np.random.default_rng(0).random((50, len(WORDS))) ** 5
    codes = certainty.strengths(rows, BOUNDS)
    assert [certainty.STRENGTHS[c] for c in codes] == [said(*row)[0] for row in rows]
    assert len(set(codes.tolist())) == 3
    assert (certainty.along(rows, BOUNDS) == codes).all()
    first = [certainty.judge(row, BOUNDS).first for row in rows]
    assert certainty.leaders(rows, BOUNDS)[:, 0].tolist() == first


def test_the_first_word_with_its_threshold_says_as_much_as_the_row():
    rows = np.random.default_rng(0).random((50, len(WORDS))) ** 5
    first = certainty.leaders(rows, BOUNDS)[:, 0]
    scores = np.take_along_axis(rows, first[:, None], axis=1)[:, 0].astype(np.float32)
    for number, score, code in zip(first, scores, certainty.strengths(rows, BOUNDS), strict=True):
        alone = dataclasses.replace(BOUNDS, sure=MANY.sure[number])
        assert int(certainty.codes(score, 0.9, alone)) == code
    assert int(certainty.codes(0.3, 0.9, dataclasses.replace(BOUNDS, sure=0.3))) == certainty.SURE
    assert int(certainty.codes(0.0, 0.0, BOUNDS)) == certainty.SILENCE


def test_bounds_come_back_from_json():
    for bounds in (BOUNDS, Bounds.of(0.7, 10)):
        assert Bounds.from_json(bounds.to_json()) == bounds
    kept = '{"sure": 0.7, "probable": 0.55, "between": 0.6, "lead": 2}'
    assert Bounds.from_json(kept) == Bounds(0.7, 0.55, 0.6)


def test_a_window_of_several_words_becomes_a_decision_with_all_of_them():
    p = np.array([0.35, 0.1, 0.45, 0.3, 0.3, 0.1], np.float32)  # the likeliest does not hold
    verdict = certainty.judge(p, BOUNDS)
    window = Scores(0.0, 3.0, verdict.strength, WORDS, p, -20.0, verdict)
    decision = decision_of(window, 2.0, 1.0)
    assert (decision.label, decision.also) == ("Electronic---House", ("spoken",))
    assert decision.score == pytest.approx(0.35)
    assert decision.named == window.named == ("Electronic---House",)


@pytest.mark.parametrize(
    ("now", "kept"),
    [
        ((0.27, 0.1, 0.1, 0.1, 0.3, 0.1), True),  # a little under its threshold
        ((0.24, 0.1, 0.1, 0.1, 0.3, 0.1), False),
        ((0.31, 0.34, 0.1, 0.1, 0.5, 0.1), True),  # another is hardly ahead
        ((0.31, 0.5, 0.1, 0.1, 0.5, 0.1), False),
    ],
)
def test_what_is_shown_stays_while_it_nearly_holds(now, kept):
    shown = certainty.judge(np.array([0.4, 0.1, 0.1, 0.1, 0.4, 0.1]), BOUNDS)
    after = certainty.held(np.array(now), BOUNDS, shown)
    assert ((after.strength, after.first) == (Strength.SURE, 0)) is kept


def test_a_leaf_is_called_by_its_own_name_and_has_its_parents_colour():
    assert genre_name("Electronic---Deep House") == "Deep House"
    assert parent_of("Electronic---House") == parent_of("Electronic") == "Electronic"
    assert colour_of("Rock---Post-Punk") == colour_of("Rock") == colour_of("rock")
