"""Is one model better than another on the same songs? Paired statistics and a verdict (numpy).

Two shares measured on the same songs are far less uncertain against each other than each is by
itself: what counts are the songs that only one of the two names rightly.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Right = NDArray[np.bool_]

LEVEL = 0.05
"""Significance of the test, and what the interval leaves out."""

WORTH = 0.05
"""A difference of so many songs, as a share of all, would be worth changing the model for."""

_DRAWS = 10_000


class PairedVerdict(StrEnum):
    """What a comparison on the same songs says about the new model."""

    BETTER = "better"
    """More than chance would do in one of twenty comparisons of equals."""
    NOT_BETTER = "not better"
    """Worse, or so many songs were compared that a gain worth having would have been seen."""
    TOO_FEW = "too few songs"
    """Neither can be said."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the same songs.

    Parameters
    ----------
    n
        How many songs.
    only_new, only_old
        How many only one of the two names rightly.
    difference
        Share right of the new one minus that of the old one.
    interval
        95 % interval of the difference, by drawing whole songs again and again.
    p_value
        Of the exact McNemar test, two-sided.
    verdict
        What follows from it.
    """

    n: int
    only_new: int
    only_old: int
    difference: float
    interval: tuple[float, float]
    p_value: float
    verdict: PairedVerdict

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for events and reports."""
        return {
            "n": self.n, "only_new": self.only_new, "only_old": self.only_old,
            "difference": self.difference, "interval": list(self.interval),
            "p_value": self.p_value, "verdict": self.verdict.value,
        }  # fmt: skip


def mcnemar(only_new: int, only_old: int) -> float:
    """Return the two-sided p-value of the exact McNemar test (McNemar 1947; Fay 2010, section 3).

    Were both models alike, each song that only one of them names rightly would be either's with
    probability one half: a sign test on those songs.

    Parameters
    ----------
    only_new, only_old
        How many songs only one of the two names rightly.
    """
    from scipy.stats import binomtest  # noqa: PLC0415 - a second, which only who compares pays

    n = only_new + only_old
    return float(binomtest(only_new, n, 0.5).pvalue) if n else 1.0


def bootstrap_difference(
    new: Right, old: Right, *, seed: int = 0, draws: int = _DRAWS
) -> tuple[float, float]:
    """Return the 95 % interval of the difference of two shares on the same songs.

    The percentile interval of whole songs drawn again and again (Efron and Tibshirani 1993,
    section 13.3). Where the models agree on every song drawing again shows no doubt; then it is
    what so many songs cannot rule out: a difference that would have shown with 95 %.

    Parameters
    ----------
    new, old
        Whether each names each song rightly, ``(songs,)``, in the same order.
    """
    n = len(new)
    if n == 0:
        return -1.0, 1.0
    gained, lost = float(np.mean(new & ~old)), float(np.mean(old & ~new))
    if gained == lost == 0:
        unseen = 1 - LEVEL ** (1 / n)
        return -unseen, unseen
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(n, [gained, lost, max(0.0, 1 - gained - lost)], size=draws)
    low, high = np.quantile((drawn[:, 0] - drawn[:, 1]) / n, (LEVEL / 2, 1 - LEVEL / 2))
    return float(low), float(high)


def compare(new: Right, old: Right) -> Comparison:
    """Compare two models on the same songs.

    Better when the exact test says so; not better when the old one is ahead by the same measure, or
    when the interval of the difference ends under :data:`WORTH`; else there are too few songs.

    Parameters
    ----------
    new, old
        Whether each names each song rightly, ``(songs,)``, in the same order.

    Raises
    ------
    ValueError
        When these are not the same songs.
    """
    if len(new) != len(old):
        raise ValueError(f"{len(new)} and {len(old)} songs cannot be compared one by one")
    n = len(new)
    only_new, only_old = int((new & ~old).sum()), int((old & ~new).sum())
    difference = (only_new - only_old) / n if n else 0.0
    interval, p_value = bootstrap_difference(new, old), mcnemar(only_new, only_old)
    verdict = PairedVerdict.TOO_FEW
    if p_value <= LEVEL:
        verdict = PairedVerdict.BETTER if difference > 0 else PairedVerdict.NOT_BETTER
    elif interval[1] < WORTH:
        verdict = PairedVerdict.NOT_BETTER
    return Comparison(n, only_new, only_old, difference, interval, p_value, verdict)
