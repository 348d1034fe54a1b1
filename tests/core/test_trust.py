"""Intervals, floors and levels: what a threshold may rest on."""

from __future__ import annotations

import pytest

from genredesk.core import trust
from genredesk.core.trust import Care, CareLevel, Reached


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),  # scipy 1.16, binomtest(hits, n).proportion_ci(method="wilson")
    [
        (21, 23, 0.732040, 0.975820),
        (5, 5, 0.565518, 1.0),
        (0, 5, 0.0, 0.434482),
        (280, 400, 0.653363, 0.742832),
        (2, 23, 0.024180, 0.267960),
    ],
)
def test_wilson_is_the_published_interval(hits: int, n: int, low: float, high: float) -> None:
    assert trust.wilson(hits, n) == pytest.approx((low, high), abs=1e-6)


def test_wilson_of_nothing_is_nothing() -> None:
    assert trust.wilson(0, 0) == (0.0, 0.0)
    assert trust.wilson(21, 23, trust.Z95_ONE)[0] == pytest.approx(0.768346, abs=1e-6)


def test_few_songs_justify_no_low_threshold() -> None:
    assert trust.least_sure(23, 10) == pytest.approx(0.77 * 0.9 + 0.23 * 0.2)
    assert trust.least_sure(100, 10) == trust.least_sure(5000, 10) == pytest.approx(0.2)
    assert trust.least_sure(0, 10) == pytest.approx(0.9)
    assert trust.least_sure(23, 10, parent=0.8) == 0.8
    assert trust.least_sure(120, 10, parent=0.8) == pytest.approx(0.2)
    assert trust.least_sure(1000, 2) == 0.5
    assert trust.least_sure(1000, 5000) == trust.LEAST_SURE


CURVE = (
    Reached(0.2, 200, 150), Reached(0.4, 180, 145), Reached(0.6, 130, 117), Reached(0.7, 100, 93),
    Reached(0.8, 80, 77), Reached(0.9, 40, 40),
)  # fmt: skip


def test_levels_say_what_they_reach_on_the_measured_songs() -> None:
    bold, balanced, careful = (
        trust.level(care, CURVE, 200, 10, 0.7) for care in (Care.BOLD, Care.BALANCED, Care.CAREFUL)
    )
    assert bold == CareLevel(Care.BOLD, 0.2, 1.0, 0.75, 200)
    assert balanced == CareLevel(Care.BALANCED, 0.7, 0.5, 0.93, 200)
    assert careful == CareLevel(Care.CAREFUL, 0.9, 0.2, 1.0, 200)


def test_with_few_songs_bold_is_less_bold() -> None:
    curve = (Reached(0.2, 30, 28), Reached(0.5, 28, 27), Reached(0.7, 20, 20))
    assert trust.level(Care.BOLD, curve, 30, 10, 0.8).sure == 0.7
    assert trust.least_sure(30, 10, Care.BOLD) == pytest.approx(0.585)


def test_without_a_curve_the_levels_claim_nothing() -> None:
    assert trust.level(Care.BALANCED, (), 196, 10, 0.71) == CareLevel(Care.BALANCED, 0.71)
    assert trust.level(Care.CAREFUL, (), 196, 10, 0.71).sure == pytest.approx(0.855)
    assert trust.level(Care.BOLD, (), 196, 10, 0.71).sure == pytest.approx(0.605)
    assert trust.level(Care.BOLD, (), 196, 10, 0.3).sure == pytest.approx(0.3)
    for care in Care:
        found = trust.level(care, (), 196, 10, 0.71)
        assert (found.named, found.right, found.songs) == (None, None, 0)
