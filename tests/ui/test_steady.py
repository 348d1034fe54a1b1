"""The ribbon's smoothing: borders stay where they are, flicker goes, silence and unsure remain."""

from __future__ import annotations

import numpy as np
import pytest

from genredesk.core.certainty import Bounds, Strength
from genredesk.core.scores import Scores
from genredesk.ui.listen.steady import reach_of, steady

LABELS = ("a", "b")


def window(i: int, a: float, state: Strength = Strength.SURE) -> Scores:
    p = np.array([a, 1 - a], np.float32) * (state is not Strength.SILENCE)
    return Scores(float(i), i + 3.0, state, LABELS, p, -20.0)


def names(scores: list[Scores]) -> str:
    return "".join("-" if s.state is Strength.SILENCE else s.top[0] for s in scores)


def test_a_single_odd_window_goes_and_a_border_stays():
    raw = [window(i, 0.9 if i < 20 else 0.1) for i in range(40)]
    raw[8] = window(8, 0.3)
    assert names(steady(raw, 4.0, Bounds.of(0.0, 2))) == "a" * 20 + "b" * 20


def test_probabilities_remain_a_distribution():
    rng = np.random.default_rng(0)
    raw = [window(i, float(rng.random())) for i in range(50)]
    for one in steady(raw, 6.0, Bounds.of(0.0, 2)):
        assert one.probabilities.sum() == pytest.approx(1.0, abs=1e-5)


def test_silence_neither_changes_nor_counts():
    raw = [window(i, 0.9) for i in range(10)]
    raw[4:7] = [window(i, 0, Strength.SILENCE) for i in (4, 5, 6)]
    found = steady(raw, 4.0, Bounds.of(0.0, 2))
    assert names(found) == "aaaa---aaa"
    assert found[3].probabilities[0] == pytest.approx(0.9, abs=1e-5)


def test_the_threshold_is_on_the_average():
    raw = [window(i, 0.55) for i in range(10)]
    assert {s.state for s in steady(raw, 4.0, Bounds.of(0.6, 2))} == {Strength.OPEN}
    assert {s.state for s in steady(raw, 4.0, Bounds.of(0.5, 2))} == {Strength.SURE}


def test_a_genre_stays_named_a_little_under_the_threshold():
    raw = [window(i, 0.62 if i < 10 else 0.57) for i in range(20)]
    assert {s.state for s in steady(raw, 4.0, Bounds.of(0.6, 2))} == {Strength.SURE}
    far = [window(i, 0.62 if i < 10 else 0.5) for i in range(20)]
    states = [s.state for s in steady(far, 4.0, Bounds.of(0.6, 2))]
    assert (states[0], states[-1]) == (Strength.SURE, Strength.OPEN)


def test_nothing_to_smooth():
    raw = [window(0, 0.9)]
    assert steady(raw, 4.0, Bounds.of(0.0, 2)) == raw
    two = [window(0, 0.9), window(1, 0.2)]
    assert steady(two, 0.0, Bounds.of(0.0, 2)) == two
    assert steady([], 4.0, Bounds.of(0.0, 2)) == []


def test_in_parts_it_is_the_whole_but_for_the_edges():
    rng = np.random.default_rng(1)
    raw = [window(i, float(rng.random())) for i in range(60)]
    whole = steady(raw, 4.0, Bounds.of(0.0, 2))
    reach = reach_of(4.0, 1.0)
    part = steady(raw[30 - reach :], 4.0, Bounds.of(0.0, 2), first=reach)
    assert len(part) == 30
    for one, other in zip(part, whole[30:], strict=True):
        np.testing.assert_allclose(one.probabilities, other.probabilities, atol=1e-5)
