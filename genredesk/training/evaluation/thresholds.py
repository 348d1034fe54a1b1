"""Where the strengths of a new network's answers begin, from songs it has not heard (numpy).

Choosing is here; by which rules is written in :mod:`genredesk.core.trust`, which opening a bundle
asks as well.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from genredesk.core import certainty, trust
from genredesk.core.certainty import Bounds, Strength
from genredesk.core.scores import FloatArray
from genredesk.core.trust import AIMS, Care, Fitted, Reached
from genredesk.training.evaluation import metrics

LEAST_NAMED = 0.3
"""A threshold that leaves more than the rest of the songs unnamed is not chosen."""

PROBABLE = 0.55
BETWEEN = 0.65
"""Share right of probable answers, and share of "between" answers of which one genre is right."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered for songs or windows of known genre, each array ``(n,)``.

    Parameters
    ----------
    first, second
        Highest and second highest calibrated probability.
    right, either
        Whether the first answer is right; whether one of the first two is.
    n_labels
        How many genres there were to choose from.
    """

    first: FloatArray
    second: FloatArray
    right: NDArray[np.bool_]
    either: NDArray[np.bool_]
    n_labels: int

    @classmethod
    def of(cls, probabilities: FloatArray, truth: NDArray[np.intp]) -> Answers:
        """Take probabilities ``(n, classes)`` and class numbers ``(n,)``."""
        n, n_labels = probabilities.shape
        top, shares = np.empty((n, 2), np.intp), np.empty((n, 2), np.float32)
        for part in metrics.parts(probabilities):
            top[part] = certainty.leaders(probabilities[part])
            shares[part] = np.take_along_axis(probabilities[part], top[part], axis=1)
        hits = top == truth[:, None]
        return cls(shares[:, 0], shares[:, 1], hits[:, 0], hits.any(axis=1), n_labels)

    def __len__(self) -> int:
        return len(self.first)

    def said(self, bounds: Bounds, strength: Strength) -> NDArray[np.bool_]:
        """Return which answers are of a strength."""
        codes = certainty.codes(self.first, self.second, bounds)
        return codes == certainty.STRENGTHS.index(strength)


def reached(answers: Answers, sure: float) -> Reached:
    """Count what a threshold names, and how much of that rightly."""
    named = answers.said(Bounds(sure, 1.0, 1.0), Strength.SURE)
    return Reached(sure, int(named.sum()), int(answers.right[named].sum()))


def shares(answers: Answers, bounds: Bounds) -> dict[str, dict[str, float]]:
    """Return, for every strength of sound, its ``share`` of the answers and how good they are.

    ``n`` of them, the share ``right`` (of "between": one of the two is), its Wilson interval
    ``low`` and ``high`` as if answers did not depend on each other.
    """
    table = {}
    for strength in (Strength.SURE, Strength.PROBABLE, Strength.BETWEEN, Strength.OPEN):
        said = answers.said(bounds, strength)
        good = answers.either if strength is Strength.BETWEEN else answers.right
        n, hits = int(said.sum()), int(good[said].sum())
        low, high = trust.wilson(hits, n)
        table[strength.value] = {
            "n": n, "share": n / max(1, len(answers)), "right": hits / max(1, n), "low": low,
            "high": high,
        }  # fmt: skip
    return table


def curve(songs: Answers) -> tuple[Reached, ...]:
    """Count for thresholds from what is an answer at all up to 0.99, where the counts change."""
    floor = trust.twice_chance(songs.n_labels)
    steps = [floor, *(step / 100 for step in range(int(100 * floor) + 1, 100))]
    points = [reached(songs, sure) for sure in steps]
    changed = [points[0], *(b for a, b in pairwise(points) if a[1:] != b[1:])]
    return tuple(changed)


def choose_sure(
    songs: Answers,
    windows: Answers | None = None,
    *,
    parent: float = 0.0,
    least: float = LEAST_NAMED,
    n: int | None = None,
) -> float:
    """Choose the score from which a song or window is sure.

    The lowest threshold in steps of 0.01 over the floor of :func:`genredesk.core.trust.least_sure`
    that reaches the balanced aim on songs (by Wilson's lower bound, too) and its share on windows,
    as long as at least ``least`` of the songs are named; else, of those, the one whose lower bound
    is highest.

    Parameters
    ----------
    windows
        Windows of the same songs. They depend on each other, so only their share counts.
    parent
        Threshold of the network that training began with.
    n
        How many songs could be named, where it is not all of them.
    """
    aim = AIMS[Care.BALANCED]
    n_labels, n = songs.n_labels, len(songs) if n is None else n
    floor = trust.least_sure(n, n_labels, parent=parent)
    best, found = floor, -1.0
    for sure in (floor, *(step / 100 for step in range(int(100 * floor) + 1, 96))):
        point = reached(songs, sure)
        if not point.named or point.named < least * n:
            break
        one = reached(windows, sure) if windows is not None else None
        if trust.reaches(point, aim) and (one is None or one.right >= aim.right * one.named):
            return sure
        low, _ = trust.wilson(point.right, point.named, trust.Z95_ONE)
        if low >= found:
            best, found = sure, low
    return best


def fit(songs: Answers, windows: Answers, *, parent: float = 0.0) -> tuple[float, Fitted]:
    """Return the threshold and what the card says about certainty.

    Probable and between begin where :meth:`genredesk.core.certainty.Bounds.of` puts them, or
    higher where songs or windows are right so seldom there that it is hardly chance (the upper
    end of Wilson's interval is under :data:`PROBABLE` or :data:`BETWEEN`).
    """
    sure = choose_sure(songs, windows, parent=parent)
    bounds = Bounds.of(sure, songs.n_labels)
    probable = _raised(bounds, "probable", (songs, windows))
    bounds = dataclasses.replace(bounds, probable=probable)
    between = _raised(bounds, "between", (songs, windows))
    return sure, Fitted(len(songs), probable, between, curve(songs))


def _raised(bounds: Bounds, name: str, groups: tuple[Answers, ...]) -> float:
    """Return the lowest bound from the usual one on at which every group is right often enough."""
    usual = getattr(bounds, name)
    for step in range(100):
        value = usual + step / 100
        if value >= 1:
            return 1.0
        asked = dataclasses.replace(bounds, **{name: value})
        if all(_good(asked, name, answers) for answers in groups):
            return value
    return 1.0


def _good(bounds: Bounds, name: str, answers: Answers) -> bool:
    strength, right, aim = {
        "probable": (Strength.PROBABLE, answers.right, PROBABLE),
        "between": (Strength.BETWEEN, answers.either, BETWEEN),
    }[name]
    said = answers.said(bounds, strength)
    return trust.wilson(right[said].sum(), said.sum(), trust.Z95_ONE)[1] >= aim or not said.any()
