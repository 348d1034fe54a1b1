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

from genredesk.core.scores import Scores, State
from genredesk.inference.aggregate import PLAIN, Pool, reach_s

SLACK = 0.05
"""A genre stays named until it is so far under the threshold, as in the live view."""

REACH = 2.5
"""Neighbours further away than so many time constants weigh nothing."""


def steady(
    scores: Sequence[Scores],
    smoothing_s: float,
    unsure_below: float,
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
    unsure_below
        Threshold on the averaged probability.
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
    heard = np.array([s.state is not State.SILENCE for s in scores], float)
    raw = np.stack([s.probabilities for s in scores]) * heard[:, None]
    weight = _around(heard, near)[first:]
    mean = np.stack([_around(column, near) for column in raw.T], axis=1)[first:]
    mean /= np.maximum(weight, 1e-9)[:, None]
    mean = pool(mean, pool.window_s + reach_s(smoothing_s))
    sure = _sure(mean, heard[first:] > 0, unsure_below)
    return [
        one if one.state is State.SILENCE else _leaning(one, row, named)
        for one, row, named in zip(scores[first:], mean.astype(np.float32), sure, strict=True)
    ]


def reach_of(smoothing_s: float, step_s: float) -> int:
    """Return how many windows to one side weigh something."""
    return math.ceil(REACH * smoothing_s / 2 / step_s)


def _sure(mean: np.ndarray, heard: np.ndarray, unsure_below: float) -> np.ndarray:
    """Tell which windows are named, ``(n,)`` bool.

    As with the large word, a genre has to reach the threshold once to be named, and stays named
    while it is no more than ``SLACK`` under it.
    """
    label, best = mean.argmax(axis=1), mean.max(axis=1)
    near = heard & (best >= unsure_below - SLACK)
    named = np.zeros(len(mean), bool)
    begin = 0
    for i in range(1, len(mean) + 1):
        if i == len(mean) or label[i] != label[begin] or near[i] != near[begin]:
            run = slice(begin, i)
            named[run] = near[begin] and bool((best[run] >= unsure_below).any())
            begin = i
    return named


def _leaning(one: Scores, probabilities: np.ndarray, named: bool) -> Scores:
    state = State.NAMED if named else State.UNSURE
    return dataclasses.replace(one, state=state, probabilities=probabilities)


def _around(values: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Weigh every value's neighbours with ``near``; same length."""
    reach = len(near) // 2
    return np.convolve(values, near)[reach : reach + len(values)]
