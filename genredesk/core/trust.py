"""How far a threshold may be trusted: intervals of shares, floors by the number of songs, levels.

A threshold comes from some songs whose genre is known. With few of them a low threshold looks
right by chance, so it is judged by a lower confidence bound, and never falls under a floor that
only many songs lift. Training chooses by these rules; opening a bundle judges its threshold by
them again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

Z95 = 1.959964
"""Quantile of the normal distribution for a two-sided 95 %."""

Z95_ONE = 1.644854
"""For a bound that the truth is over with 95 %."""

ENOUGH = 100
"""So many songs justify a threshold by themselves."""

LEAST_SURE = 0.05
"""One chance in twenty is no answer, however many genres there are to choose from."""


def wilson(hits: float, n: float, z: float = Z95) -> tuple[float, float]:
    """Return Wilson's score interval of a share (Wilson 1927; Brown, Cai and DasGupta 2001, eq. 4).

    It never closes at 1 (or 0) while there is any doubt: two errors in 23 leave 0.73 to 0.98.

    Parameters
    ----------
    hits, n
        How many of how many were right; fractions stand for an effective number.
    z
        Quantile of the normal distribution: :data:`Z95` for both ends at 95 %,
        :data:`Z95_ONE` for one end.

    Returns
    -------
    (low, high)
        ``(0, 0)`` where ``n`` is 0: nothing was measured.
    """
    if n <= 0:
        return 0.0, 0.0
    share, grain = hits / n, z * z / n
    middle = (share + grain / 2) / (1 + grain)
    reach = z * math.sqrt(share * (1 - share) / n + grain / (4 * n)) / (1 + grain)
    low = 0.0 if hits <= 0 else middle - reach
    return low, 1.0 if hits >= n else middle + reach


class Care(StrEnum):
    """How careful a person wants the program to be before it is sure."""

    CAREFUL = "careful"
    BALANCED = "balanced"
    BOLD = "bold"


class Aim(NamedTuple):
    """What share of the songs it is sure of is to be right, and at least so with 95 %."""

    right: float
    at_least: float


AIMS: dict[Care, Aim] = {
    Care.CAREFUL: Aim(0.97, 0.92),
    Care.BALANCED: Aim(0.90, 0.80),
    Care.BOLD: Aim(0.75, 0.65),
}


class Reached(NamedTuple):
    """At a threshold so many songs are named, and so many of those rightly."""

    sure: float
    named: int
    right: int


@dataclass(frozen=True, slots=True)
class Fitted:
    """What the strengths of a network's answers rest on.

    Parameters
    ----------
    songs
        How many songs the threshold was fitted on; 0 where that is not known.
    probable, between
        See :class:`genredesk.core.certainty.Bounds`; 0 where they were not fitted, and then follow
        from the number of genres.
    curve
        What rising thresholds reach on those songs; empty where it is not known.
    """

    songs: int = 0
    probable: float = 0.0
    between: float = 0.0
    curve: tuple[Reached, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return what is written to ``card.json``."""
        curve = [point._asdict() for point in self.curve]
        return {
            "songs": self.songs, "probable": self.probable, "between": self.between, "curve": curve,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class CareLevel:
    """What one :class:`Care` means for a network.

    Parameters
    ----------
    sure
        The threshold.
    named, right
        Share of the measured songs that are named, and of those the share right; ``None`` where
        the card does not know.
    songs
        How many songs these were; 0 where the card does not know.
    """

    care: Care
    sure: float
    named: float | None = None
    right: float | None = None
    songs: int = 0


def twice_chance(n_labels: int) -> float:
    """Return the least score that is an answer at all: twice chance, at most one half."""
    return min(0.5, max(LEAST_SURE, 2.0 / n_labels))


def least_sure(songs: int, n_labels: int, care: Care = Care.BALANCED, parent: float = 0.0) -> float:
    """Return the threshold that so many songs can justify at best.

    :data:`ENOUGH` songs justify any that is an answer at all. For each that is missing of them
    nothing but the score itself vouches, and a calibrated score is right often enough from the
    level's aim on; the floor is the mean of the two, so 23 songs of ten genres justify 0.74.

    Parameters
    ----------
    songs
        How many the threshold was fitted on.
    parent
        Threshold of the network that training began with; also a floor while songs are missing.
    """
    missing = max(0.0, 1 - songs / ENOUGH)
    floor = twice_chance(n_labels)
    floor += missing * max(0.0, AIMS[care].right - floor)
    return max(floor, parent) if missing else floor


def reaches(point: Reached, aim: Aim) -> bool:
    """Whether so many of the named are right, by the count and by Wilson's lower bound."""
    share = point.right / point.named if point.named else 0.0
    return share >= aim.right and wilson(point.right, point.named, Z95_ONE)[0] >= aim.at_least


def level(
    care: Care, curve: Sequence[Reached], songs: int, n_labels: int, balanced: float
) -> CareLevel:
    """Return what a level means for a network whose balanced threshold is ``balanced``.

    With a curve it is the lowest threshold that reaches the level's aim; the one that comes
    nearest to it where none does. Without one only the calibration speaks: careful is half way
    from the threshold to certainty, bold half way to a score that is more likely right than wrong.

    Parameters
    ----------
    curve
        What rising thresholds reach on ``songs`` songs; may be empty.
    """
    floor = least_sure(songs, n_labels, care)
    if care is Care.BALANCED:
        sure = balanced
    elif not curve:
        toward = 1.0 if care is Care.CAREFUL else min(0.5, balanced)
        sure = (balanced + toward) / 2
    elif care is Care.CAREFUL:
        above = [p for p in curve if p.sure >= max(balanced, floor) and p.named]
        good = [p for p in above if reaches(p, AIMS[care])]
        sure = good[0].sure if good else max(above, key=_assured).sure if above else balanced
    else:
        below = [p for p in curve if floor <= p.sure <= balanced and reaches(p, AIMS[care])]
        sure = below[0].sure if below else balanced
    at = [p for p in curve if p.sure <= sure]
    if not at or not songs:
        return CareLevel(care, sure)
    named, right = at[-1].named, at[-1].right
    return CareLevel(care, sure, named / songs, right / named if named else 0.0, songs)


def _assured(point: Reached) -> float:
    return wilson(point.right, point.named, Z95_ONE)[0]
