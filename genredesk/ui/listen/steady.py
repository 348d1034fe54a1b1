"""What the ribbon shows: a file's windows, each leaning on its neighbours.

Single windows of 3 s flicker between genres. The large word is smoothed as time goes by; the
ribbon knows the future, too, and looks to both sides, so that its borders are where the music
changes. What is saved as scores stays as the network said it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from genredesk.core import certainty
from genredesk.core.certainty import STRENGTHS, Bounds, Strength
from genredesk.core.scores import Scores
from genredesk.inference.aggregate import PLAIN, Pool, reach_s

REACH = 2.5
"""Neighbours further away than so many time constants weigh nothing."""


def steady(
    scores: Sequence[Scores],
    smoothing_s: float,
    bounds: Bounds,
    pool: Pool = PLAIN,
    *,
    first: int = 0,
) -> list[Scores]:
    """Return the windows from ``first`` on with probabilities averaged over their neighbours.

    Parameters
    ----------
    scores
        Windows of one file in order, a constant step apart.
    smoothing_s
        Time constant of the large word; half of it to each side weighs the same. 0: unchanged.
    bounds
        Of the strengths, on the averaged probability.
    pool
        Makes the average of windows a calibrated probability, as in the large word.
    first
        Windows before it only lend their weight.
    """
    if len(scores) < 2 or smoothing_s <= 0:
        return list(scores[first:])
    step = (scores[-1].start - scores[0].start) / (len(scores) - 1)
    reach = reach_of(smoothing_s, step) if step > 0 else 0
    near = np.exp(-np.abs(np.arange(-reach, reach + 1)) * step / (smoothing_s / 2))
    heard = np.array([s.state is not Strength.SILENCE for s in scores], float)
    raw = np.stack([s.probabilities for s in scores]) * heard[:, None]
    weight = _around(heard, near)[first:]
    mean = np.stack([_around(column, near) for column in raw.T], axis=1)[first:]
    mean /= np.maximum(weight, 1e-9)[:, None]
    mean = pool(mean, pool.window_s + reach_s(smoothing_s))
    mean[heard[first:] == 0] = 0
    found = certainty.along(mean, bounds).tolist()
    return [
        one if one.state is Strength.SILENCE else _leaning(one, row, STRENGTHS[code], bounds)
        for one, row, code in zip(scores[first:], mean.astype(np.float32), found, strict=True)
    ]


def reach_of(smoothing_s: float, step_s: float) -> int:
    """Return how many windows to one side weigh something."""
    return math.ceil(REACH * smoothing_s / 2 / step_s)


def _leaning(one: Scores, probabilities: np.ndarray, state: Strength, bounds: Bounds) -> Scores:
    verdict = certainty.judge(probabilities, bounds) if bounds.several else None
    return dataclasses.replace(one, state=state, probabilities=probabilities, verdict=verdict)


def _around(values: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Weigh every value's neighbours with ``near``; same length."""
    reach = len(near) // 2
    return np.convolve(values, near)[reach : reach + len(values)]
