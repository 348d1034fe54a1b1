"""From overlapping windows to stretches of one genre: the arithmetic behind the ribbon."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genredesk.core.certainty import Strength
from genredesk.core.genres import parent_of
from genredesk.core.scores import Scores
from genredesk.inference.stretches import Stretch

_TOUCH_S = 1e-6

Word = tuple[Strength, tuple[str, ...], tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one answer, in seconds; ``named`` are the genres of its word."""

    start: float
    end: float
    state: Strength
    named: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """What the windows of a track say, each for the stretch it stands for.

    Parameters
    ----------
    middles, lengths
        Middle and length of each window in seconds, rising, shape ``(n,)``.
    lefts, rights
        The stretch each window stands for, in seconds, shape ``(n,)``.
    words
        State and named genres of each, and the probability of each of these.
    """

    middles: NDArray[np.float64]
    lengths: NDArray[np.float64]
    lefts: NDArray[np.float64]
    rights: NDArray[np.float64]
    words: list[Word]

    def at(self, seconds: float) -> Word | None:
        """Return what is said at a time; ``None`` where nothing was analysed."""
        if not self.words:
            return None
        near = int(np.argmin(np.abs(self.middles - seconds)))
        inside = self.lefts[near] - 1e-9 <= seconds <= self.rights[near] + 1e-9
        return self.words[near] if inside else None

    def segments(self) -> list[Segment | Stretch]:
        """Merge neighbours as :func:`merged` does."""
        stretches = zip(self.lefts.tolist(), self.rights.tolist(), self.words, strict=True)
        parts = (
            Segment(left, right, state, named)
            for left, right, (state, named, _shares) in stretches
            if right > left
        )
        return list(merged(parts))


def merged(parts: Iterable[Segment | Stretch]) -> Iterator[Segment | Stretch]:
    """Merge touching parts of one answer; a leaf of a tree as its parent, so they stay whole."""
    last: Segment | Stretch | None = None
    for part in parts:
        named = tuple(map(parent_of, part.named))
        touches = last is not None and part.start - last.end < _TOUCH_S
        if last is not None and touches and (last.state, last.named) == (part.state, named):
            last = Segment(last.start, part.end, part.state, named)
            continue
        if last is not None:
            yield last
        same = named == part.named  # nearly always: nothing is made anew in a ribbon of hours
        last = part if same else Segment(part.start, part.end, part.state, named)
    if last is not None:
        yield last


def judge(scores: Sequence[Scores], duration: float = 0.0) -> Judged:
    """Find out which stretch each window, sorted by start, stands for.

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
    words = [(one.state, one.named, one.shares) for one in scores]
    return Judged(middles, lengths, lefts, rights, words)


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
