"""From overlapping windows to stretches of one genre: the arithmetic behind the ribbon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genredesk.core.certainty import Strength
from genredesk.core.scores import Scores

REACH_S = 2.5
"""Named windows are averaged with neighbours this far, so that the ribbon does not speckle."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one state and genre, in seconds."""

    start: float
    end: float
    state: Strength
    label: str | None


@dataclass(frozen=True, slots=True)
class Judged:
    """All windows of a track, judged among their neighbours.

    Parameters
    ----------
    middles, lengths
        Middle and length of each window in seconds, rising, shape ``(n,)``.
    lefts, rights
        The stretch each window stands for, in seconds, shape ``(n,)``.
    words
        State, label and mean probability of each.
    """

    middles: NDArray[np.float64]
    lengths: NDArray[np.float64]
    lefts: NDArray[np.float64]
    rights: NDArray[np.float64]
    words: list[tuple[Strength, str | None, float]]

    def at(self, seconds: float) -> tuple[Strength, str | None, float] | None:
        """Return state, label and probability at a time; ``None`` where nothing was analysed."""
        if not self.words:
            return None
        near = int(np.argmin(np.abs(self.middles - seconds)))
        inside = self.lefts[near] - 1e-9 <= seconds <= self.rights[near] + 1e-9
        return self.words[near] if inside else None

    def segments(self) -> list[Segment]:
        """Merge neighbours of one state and genre."""
        merged: list[Segment] = []
        for left, right, (state, label, _share) in zip(
            self.lefts.tolist(), self.rights.tolist(), self.words, strict=True
        ):
            if right <= left:
                continue
            last = merged[-1] if merged else None
            same = last is not None and (last.state, last.label) == (state, label)
            if last is not None and same and left - last.end < 1e-6:
                merged[-1] = Segment(last.start, right, state, label)
            else:
                merged.append(Segment(left, right, state, label))
        return merged


def judge(scores: Sequence[Scores], duration: float = 0.0) -> Judged:
    """Judge windows, sorted by start, each among its neighbours.

    Parameters
    ----------
    scores
        Windows of one track, in any density.
    duration
        Length of the track in seconds, 0 when unknown.
    """
    starts = np.array([s.start for s in scores], dtype=np.float64)
    ends = np.array([s.end for s in scores], dtype=np.float64)
    middles, lengths = (starts + ends) / 2, ends - starts
    lefts, rights = _stretches(starts, ends, duration)
    return Judged(middles, lengths, lefts, rights, _words(scores, starts))


def _stretches(
    starts: NDArray[np.float64], ends: NDArray[np.float64], duration: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the stretch each window stands for: half-way to its neighbours.

    Beside a hole (the analysis has not come there yet) a window reaches no further than itself;
    the first and last window reach the ends of the track when they are near.
    """
    middles, lengths = (starts + ends) / 2, ends - starts
    lefts, rights = starts.copy(), ends.copy()
    if len(starts) == 0:
        return lefts, rights
    between = (middles[1:] + middles[:-1]) / 2
    lefts[1:] = np.maximum(between, starts[1:])
    rights[:-1] = np.minimum(between, ends[:-1])
    if starts[0] <= lengths[0]:
        lefts[0] = 0.0
    if duration:
        if duration - ends[-1] <= lengths[-1]:
            rights[-1] = duration
        rights = np.minimum(rights, duration)
    return lefts, rights


def _words(
    scores: Sequence[Scores], starts: NDArray[np.float64]
) -> list[tuple[Strength, str | None, float]]:
    """Return state, label and mean probability of each window among its neighbours."""
    words: list[tuple[Strength, str | None, float]] = [(s.state, None, 0.0) for s in scores]
    named = [i for i, s in enumerate(scores) if s.state is Strength.SURE]
    if not named:
        return words
    labels = scores[named[0]].labels
    sounding = [i for i, s in enumerate(scores) if s.state is not Strength.SILENCE]
    heard = [i for i in sounding if scores[i].labels == labels]
    table = np.stack([scores[i].probabilities for i in heard]).astype(np.float64)
    sums = np.vstack([np.zeros(len(labels)), np.cumsum(table, axis=0)])
    times = starts[heard]
    mine = np.array([i for i in named if scores[i].labels == labels], dtype=np.intp)
    low = np.searchsorted(times, starts[mine] - REACH_S - 1e-9, side="left")
    high = np.searchsorted(times, starts[mine] + REACH_S + 1e-9, side="right")
    means = (sums[high] - sums[low]) / (high - low)[:, None]
    best = np.argmax(means, axis=1)
    shares = means[np.arange(len(mine)), best]
    for i, winner, share in zip(mine.tolist(), best.tolist(), shares.tolist(), strict=True):
        words[i] = (Strength.SURE, labels[winner], share)
    for i in named:
        if scores[i].labels != labels:  # another model's windows stay as they are
            words[i] = (Strength.SURE, *scores[i].top)
    return words
