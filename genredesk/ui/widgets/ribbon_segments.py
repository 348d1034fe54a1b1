"""From overlapping windows to stretches of one genre: the arithmetic behind the ribbon."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genredesk.core.scores import Scores, State

_REACH_S = 2.5
"""Named windows are averaged with their neighbours this far, so that the ribbon does not speckle."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one state and genre, in seconds."""

    start: float
    end: float
    state: State
    label: str | None


def _middle(scores: Scores) -> float:
    return (scores.start + scores.end) / 2


def _judge(scores: Sequence[Scores], index: int) -> tuple[State, str | None, float]:
    """Return state, label and mean probability of window ``index`` among its neighbours."""
    here = scores[index]
    if here.state is not State.NAMED:
        return here.state, None, 0.0
    total = np.array(here.probabilities, dtype=np.float64)
    count = 1
    for step in (-1, 1):
        other = index + step
        while 0 <= other < len(scores) and abs(scores[other].start - here.start) <= _REACH_S:
            near = scores[other]
            if near.state is not State.SILENCE and near.labels == here.labels:
                total += near.probabilities
                count += 1
            other += step
    best = int(np.argmax(total))
    return State.NAMED, here.labels[best], float(total[best] / count)


def _edges(scores: Sequence[Scores], duration: float) -> list[tuple[float, float]]:
    """Return the stretch each window stands for: half-way to its neighbours.

    A window with no neighbour near (the analysis has not come there yet) stands for itself.
    """
    middles = [_middle(s) for s in scores]
    found: list[tuple[float, float]] = []
    for i, window in enumerate(scores):
        length = window.end - window.start
        first, last = i == 0, i == len(scores) - 1
        left = window.start if first else (middles[i - 1] + middles[i]) / 2
        right = window.end if last else (middles[i] + middles[i + 1]) / 2
        left, right = max(left, middles[i] - length), min(right, middles[i] + length)
        if first and window.start <= length:
            left = 0.0
        if last and duration and duration - window.end <= length:
            right = duration
        found.append((left, min(right, duration) if duration else right))
    return found


def segments(scores: Sequence[Scores], duration: float) -> list[Segment]:
    """Merge windows, sorted by start, into stretches of one genre.

    Parameters
    ----------
    scores
        Windows of one track, in any density.
    duration
        Length of the track in seconds, 0 when unknown.
    """
    merged: list[Segment] = []
    for i, (start, end) in enumerate(_edges(scores, duration)):
        if end <= start:
            continue
        state, label, _share = _judge(scores, i)
        if merged:
            last = merged[-1]
            if (last.state, last.label) == (state, label) and start - last.end < 1e-6:
                merged[-1] = Segment(last.start, end, state, label)
                continue
        merged.append(Segment(start, end, state, label))
    return merged


def at(scores: Sequence[Scores], seconds: float) -> tuple[State, str | None, float] | None:
    """Return state, label and probability at a time; ``None`` where nothing was analysed."""
    if not scores:
        return None
    i = bisect_left(scores, seconds, key=_middle)
    near = min(
        (j for j in (i - 1, i) if 0 <= j < len(scores)),
        key=lambda j: abs(_middle(scores[j]) - seconds),
    )
    window = scores[near]
    if abs(_middle(window) - seconds) > window.end - window.start:
        return None
    return _judge(scores, near)
