"""Better on the same songs, not better, or too few to say."""

from __future__ import annotations

import numpy as np
import pytest

from genredesk.training.evaluation import paired
from genredesk.training.evaluation.paired import PairedVerdict


def songs(both: int, only_new: int, only_old: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    new = [True] * both + [True] * only_new + [False] * only_old + [False] * neither
    old = [True] * both + [False] * only_new + [True] * only_old + [False] * neither
    return np.array(new, bool), np.array(old, bool)


@pytest.mark.parametrize(
    ("only_new", "only_old", "p"),  # two-sided sign test, R's binom.test(x, n)
    [
        (1, 8, 0.0390625), (8, 1, 0.0390625), (3, 3, 1.0), (10, 2, 0.03857422),
        (12, 5, 0.1434631), (0, 0, 1.0), (6, 0, 0.03125), (5, 0, 0.0625),
    ],
)  # fmt: skip
def test_mcnemar_is_exact(only_new: int, only_old: int, p: float) -> None:
    assert paired.mcnemar(only_new, only_old) == pytest.approx(p, abs=1e-7)


def test_the_interval_of_the_difference_is_that_of_pairs() -> None:
    new, old = songs(120, 30, 10, 40)
    low, high = paired.bootstrap_difference(new, old)
    # the normal interval of a paired difference: 0.1 ± 1.96 * sqrt(0.2 - 0.01) / sqrt(200)
    assert (low, high) == pytest.approx((0.0396, 0.1604), abs=0.006)
    assert paired.bootstrap_difference(old, new) == pytest.approx((-high, -low), abs=0.01)


def test_songs_that_all_agree_rule_little_out() -> None:
    new, old = songs(20, 0, 0, 3)
    low, high = paired.bootstrap_difference(new, old)
    assert high == -low == pytest.approx(1 - 0.05 ** (1 / 23))
    assert paired.bootstrap_difference(new[:0], old[:0]) == (-1.0, 1.0)


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        ((120, 30, 10, 40), PairedVerdict.BETTER),
        ((120, 10, 30, 40), PairedVerdict.NOT_BETTER),
        ((15, 5, 1, 2), PairedVerdict.TOO_FEW),
        ((21, 0, 0, 2), PairedVerdict.TOO_FEW),
        ((400, 10, 12, 78), PairedVerdict.NOT_BETTER),
        ((0, 6, 0, 0), PairedVerdict.BETTER),
        ((0, 0, 0, 0), PairedVerdict.TOO_FEW),
    ],
)
def test_the_verdict(counts: tuple[int, int, int, int], verdict: PairedVerdict) -> None:
    found = paired.compare(*songs(*counts))
    assert found.verdict is verdict
    assert (found.n, found.only_new, found.only_old) == (sum(counts), counts[1], counts[2])
    assert found.interval[0] <= found.difference <= found.interval[1]
    assert found.to_dict()["verdict"] == verdict.value


def test_other_songs_are_not_compared() -> None:
    with pytest.raises(ValueError, match="3 and 2"):
        paired.compare(np.ones(3, bool), np.ones(2, bool))
