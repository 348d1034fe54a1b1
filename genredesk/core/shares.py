"""How a share of one is written: one rule for window, terminal and reports.

A number that was rounded never reads as certainty: 99.6 % is written 99 %. What was measured on
some songs reads "all" where all were right, and its interval then has one end only, since "100 %
(84-100 %)" says two things at once.
"""

from __future__ import annotations

from collections.abc import Sequence

from genredesk.core.messages import number, say

SURE_AT_MOST = 0.99
"""No network is surer than this of anything, whatever it says itself."""


def points(share: float, digits: int = 0) -> float:
    """Return the percentage to write, rounded; 100 only where the share is 1."""
    share = round(share, 9)  # a sum of tenths is what it is meant to be
    rounded = round(100 * share, digits)
    return rounded if share >= 1 or rounded < 100 else 100 - 10.0**-digits


def _number(share: float, digits: int) -> str:
    return number(points(share, digits), f",.{digits}f")


def percent(share: float, digits: int = 0) -> str:
    """Write a share: ``82 %``, a narrow no-break space between."""
    return say("{0}\u202f%").format(_number(share, digits))


def capped(score: float) -> float:
    """Return how sure a network is of an answer as it may be shown: never 1, for it cannot be."""
    return min(score, SURE_AT_MOST)


def sureness(*scores: float) -> str:
    """Write how sure a network is of each genre an answer names: ``82 %``, never 100.

    Of two that lead together each keeps its own share, in the order of the word: ``36 + 34 %``.
    Added up they would look surer than a single genre, and only one of them can be acted upon.
    """
    *before, last = scores
    return " + ".join([*(_number(capped(one), 0) for one in before), percent(capped(last))])


def measured(share: float, digits: int = 0) -> str:
    """Write which share of some songs was right: ``84 %``, ``all``, ``not one``.

    It stands where "of 20 songs" may follow.
    """
    if share >= 1:
        return say("all")
    return percent(share, digits) if share > 0 else say("not one")


def ranged(interval: Sequence[float], digits: int = 0) -> str:
    """Write the interval of a share: ``73-98 %`` with an en dash, ``84 % or more``."""
    low, high = interval
    if high >= 1 and low > 0:
        return say("{0} or more").format(percent(low, digits))
    if low <= 0 and high < 1:
        return say("{0} or less").format(percent(high, digits))
    return say("{0}–{1}").format(_number(low, digits), percent(high, digits))
