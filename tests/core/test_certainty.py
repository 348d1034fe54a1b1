"""The rule of certainty: strengths, words, hysteresis, and that everybody asks the one place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genredesk.core import certainty
from genredesk.core.certainty import Bounds, Strength, Verdict

BOUNDS = Bounds(0.7, 0.5, 0.6)
LABELS = ("country", "jazz", "reggae", "rock")


def row(*p: float) -> np.ndarray:
    return np.array(p, np.float32)


@pytest.mark.parametrize(
    ("p", "strength", "word"),
    [
        ((0.1, 0.7, 0.1, 0.1), "sure", "Jazz"),
        ((0.1, 0.69, 0.11, 0.1), "probable", "Probably jazz"),
        ((0.2, 0.5, 0.15, 0.15), "probable", "Probably jazz"),
        ((0.1, 0.55, 0.3, 0.05), "between", "Between jazz and reggae"),
        ((0.31, 0.12, 0.45, 0.12), "between", "Between country and reggae"),
        ((0.45, 0.12, 0.31, 0.12), "between", "Between country and reggae"),
        ((0.3, 0.2, 0.3, 0.2), "between", "Between country and reggae"),
        ((0.3, 0.2, 0.29, 0.21), "open", "Can't tell"),
        ((0.49, 0.1, 0.0, 0.1), "open", "Can't tell"),
        ((0, 0, 0, 0), "silence", "Silence"),
    ],
)
def test_what_scores_are_called(p: tuple[float, ...], strength: str, word: str) -> None:
    said = certainty.judge(row(*p), BOUNDS)
    assert said.strength == strength
    assert certainty.word(said.strength, certainty.names(said, LABELS)) == word
    assert (said.first, said.second) == tuple(np.argsort(-row(*p), kind="stable")[:2])


def test_many_rows_are_judged_as_one_by_one() -> None:
    rows = np.random.default_rng(0).dirichlet(np.full(4, 0.4), (5, 60)).astype(np.float32)
    found = certainty.strengths(rows, BOUNDS)
    assert found.shape == (5, 60)
    assert set(found.ravel().tolist()) == {0, 1, 2, 3}, "every strength of sound occurs"
    for place in np.ndindex(found.shape):
        said = certainty.judge(rows[place], BOUNDS).strength
        assert certainty.STRENGTHS[int(found[place])] is said
        top = np.sort(rows[place])[::-1]
        assert int(certainty.codes(top[0], top[1], BOUNDS)) == int(found[place])


def test_two_of_two_genres_say_nothing_and_of_three_not_much() -> None:
    assert certainty.judge(row(0.49, 0.51), Bounds.of(0.9, 2)).strength is Strength.OPEN
    assert certainty.judge(row(0.2, 0.8), Bounds.of(0.9, 2)).strength is Strength.PROBABLE
    assert Bounds.of(0.9, 3).between == pytest.approx(0.825)
    assert Bounds.of(0.9, 10) == Bounds(0.9, pytest.approx(0.55), pytest.approx(0.58))


def test_word_and_strength_are_held_together_or_not_at_all() -> None:
    jazz = Verdict(Strength.SURE, 1, 0)
    assert certainty.held(row(0.2, 0.66, 0.1, 0.04), BOUNDS, jazz).strength is Strength.SURE
    assert certainty.held(row(0.2, 0.66, 0.1, 0.04), BOUNDS, None).strength is Strength.PROBABLE
    assert certainty.held(row(0.2, 0.64, 0.1, 0.06), BOUNDS, jazz).strength is Strength.PROBABLE
    other = certainty.held(row(0.9, 0.1, 0, 0), BOUNDS, jazz)
    assert (other.strength, other.named) == (Strength.SURE, (0,))
    probable = Verdict(Strength.PROBABLE, 1, 0)
    assert certainty.held(row(0.3, 0.46, 0.1, 0.14), BOUNDS, probable).named == (1,)
    assert certainty.held(row(0.1, 0.75, 0.1, 0.05), BOUNDS, probable).strength is Strength.SURE
    pair = Verdict(Strength.BETWEEN, 1, 2)
    kept = certainty.held(row(0.06, 0.28, 0.34, 0.32), BOUNDS, pair)
    assert (kept.strength, kept.named) == (Strength.BETWEEN, (1, 2)), (
        "rock is 4 points ahead of jazz"
    )
    assert (kept.first, kept.second) == (2, 1)
    assert certainty.held(row(0.04, 0.25, 0.31, 0.40), BOUNDS, pair).named == (2, 3)
    low = Bounds(0.3, 0.5, 0.6)
    assert certainty.held(row(0.3, 0.33, 0.37, 0.0), low, jazz).named == (1,)
    assert certainty.held(row(0.3, 0.30, 0.40, 0.0), low, jazz).named == (2,)


@given(st.lists(st.floats(0.001, 1), min_size=4, max_size=4), st.sampled_from([0, 1, 2]))
def test_what_is_held_is_what_would_be_said_with_lower_bounds(p: list[float], code: int) -> None:
    scores = row(*p) / np.float32(sum(p))
    shown = Verdict(certainty.STRENGTHS[code], 0, 1)
    said = certainty.held(scores, BOUNDS, shown)
    plain = certainty.judge(scores, BOUNDS)
    assert (said.strength, said.named) in {
        (plain.strength, plain.named), (shown.strength, shown.named),
    }  # fmt: skip


def test_a_stretch_is_as_sure_as_its_best_moment() -> None:
    shares = [0.66, 0.72, 0.66, 0.64, 0.3, 0.66]
    rows = np.array([[(1 - s) / 3, s, (1 - s) / 3, (1 - s) / 3] for s in shares], np.float32)
    found = [certainty.STRENGTHS[c].value for c in certainty.along(rows, BOUNDS)]
    assert found == ["sure", "sure", "sure", "probable", "open", "probable"]
    rows[1] = 0
    found = [certainty.STRENGTHS[c].value for c in certainty.along(rows, BOUNDS)]
    assert found[:3] == ["probable", "silence", "probable"]
