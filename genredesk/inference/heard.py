"""The memory of a listening session: every answer in compact arrays, and the stretches they make.

A window costs some forty bytes beside its probabilities, so that a day of listening stays within a
few megabytes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genredesk.core.certainty import STRENGTHS, Strength
from genredesk.core.scores import Decision, Scores
from genredesk.features.axes import DisplayAxis
from genredesk.features.pyramid import Pyramid
from genredesk.inference.stretches import Merger, Stretch

_FIRST_SIZE = 256
_QUIETEST_DBFS = -300.0


_ARRAYS = ("_times", "_raw", "_states", "_named", "_shares", "_levels", "_probabilities")


class AnswerLog:
    """Answers about one source in the order of its time.

    Every answer has its window as the network said it, and what was made of it: strength, genres of
    the word and the probability of each. After a change of model the new one's genres
    stand beside the old.
    """

    def __init__(self) -> None:
        self.changes = 0
        self.clear()

    def clear(self) -> None:
        """Forget every answer."""
        self.changes += 1
        self.labels: tuple[str, ...] = ()
        self._n = 0
        self._times = np.empty((0, 2), np.float64)
        self._raw = np.empty(0, np.int8)
        self._states = np.empty(0, np.int8)
        self._named = np.empty((0, 2), np.int16)
        self._shares = np.empty((0, 2), np.float16)
        self._levels = np.empty(0, np.float16)
        self._probabilities = np.empty((0, 0), np.float16)
        self._places: dict[tuple[str, ...], NDArray[np.intp]] = {}
        self._merger = Merger()

    def __len__(self) -> int:
        return self._n

    @property
    def nbytes(self) -> int:
        """Memory of the arrays."""
        return sum(getattr(self, name).nbytes for name in _ARRAYS)

    @property
    def end(self) -> float:
        """End of the last window; 0 before the first."""
        return float(self._times[self._n - 1, 1]) if self._n else 0.0

    @property
    def stretches(self) -> list[Stretch]:
        """The stretches so far; the last one may still grow."""
        return self._merger.stretches

    def extend(self, windows: Iterable[Scores]) -> None:
        """Add windows of a file that say what they say by themselves."""
        for one in windows:
            self._add(one, one.state, one.named, one.shares, one.end)

    def add(self, window: Scores, decision: Decision, at: float) -> None:
        """Add a window and what was shown when it came; ``at`` is its end on the log's time."""
        if decision.state is not None:
            self._add(window, decision.state, decision.named, decision.shares, at)

    def _add(
        self,
        window: Scores,
        state: Strength,
        named: tuple[str, ...],
        shares: tuple[float, ...],
        end: float,
    ) -> None:
        places = self._places.get(window.labels)
        if places is None:
            places = self._make_room_for(window.labels)
        if self._n == len(self._times):
            self._resize(max(_FIRST_SIZE, 2 * self._n))
        start = end - (window.end - window.start)
        i = self._n
        self._times[i] = start, end
        self._raw[i] = STRENGTHS.index(window.state)
        self._states[i] = STRENGTHS.index(state)
        self._named[i] = [*(self.labels.index(label) for label in named), -1, -1][:2]
        self._shares[i] = [*shares, 0.0, 0.0][:2]
        self._levels[i] = max(window.level_dbfs, _QUIETEST_DBFS)
        self._probabilities[i, places] = window.probabilities
        self._n += 1
        self.changes += 1
        self._merger.add(start, end, state, named, shares)

    def _make_room_for(self, labels: tuple[str, ...]) -> NDArray[np.intp]:
        self.labels += tuple(label for label in labels if label not in self.labels)
        wide = np.zeros((len(self._times), len(self.labels)), np.float16)
        wide[:, : self._probabilities.shape[1]] = self._probabilities
        self._probabilities = wide
        places = np.array([self.labels.index(label) for label in labels], np.intp)
        self._places[labels] = places
        return places

    def _resize(self, size: int) -> None:
        for name in _ARRAYS:
            old = getattr(self, name)
            new = np.zeros((size, *old.shape[1:]), old.dtype)
            new[: self._n] = old[: self._n]
            setattr(self, name, new)

    def _index_at(self, seconds: float) -> int:
        """Return the number of the answer that speaks for a time; -1 where nothing was heard."""
        middles = self._middles()
        right = int(np.searchsorted(middles, seconds))
        near = [i for i in (right - 1, right) if 0 <= i < self._n]
        best = min(near, key=lambda i: abs(middles[i] - seconds), default=-1)
        if best < 0:
            return -1
        start, end = self._times[best]
        return best if start - 1e-9 <= seconds <= end + 1e-9 else -1

    def _middles(self) -> NDArray[np.float64]:
        return self._times[: self._n].mean(axis=1)

    def answer_at(self, seconds: float) -> Stretch | None:
        """Return the one answer that speaks for a time, as a stretch of its window."""
        i = self._index_at(seconds)
        if i < 0:
            return None
        places: list[int] = self._named[i].tolist()
        named = tuple(self.labels[k] for k in places if k >= 0)
        start, end = self._times[i].tolist()
        shares = tuple(self._shares[i, : len(named)].tolist())
        return Stretch(start, end, STRENGTHS[int(self._states[i])], named, shares)

    def stretch_at(self, seconds: float) -> Stretch | None:
        """Return the stretch at a time; ``None`` in a hole."""
        found = self.stretches
        place = bisect_right(found, seconds, key=lambda one: one.start) - 1
        return found[place] if place >= 0 and seconds <= found[place].end else None

    def windows(self, first: float = -np.inf, last: float = np.inf) -> list[Scores]:
        """Return the windows, as the network said them, whose middles lie between two times."""
        middles = self._middles()
        chosen = np.flatnonzero((middles >= first) & (middles <= last))
        return [self._window(int(i)) for i in chosen]

    def _window(self, i: int) -> Scores:
        start, end = self._times[i].tolist()
        p = self._probabilities[i].astype(np.float32)
        state = STRENGTHS[int(self._raw[i])]
        return Scores(start, end, state, self.labels, p, float(self._levels[i]))


@dataclass(slots=True, eq=False)
class HeardPart:
    """What was heard of one source: its answers and its picture, on one axis of time.

    Parameters
    ----------
    address
        The source, as it is opened.
    name
        What it is called.
    path
        The file; ``None`` for a device.
    began
        When time 0 was, in seconds since 1970; ``None`` for a file.
    seconds
        Length of a file, where it is known.
    axis, picture
        How its sound is looked at, and the columns.
    gaps
        Times before which sound is missing.
    """

    address: str
    name: str
    path: Path | None = None
    began: float | None = None
    seconds: float | None = None
    axis: DisplayAxis | None = None
    picture: Pyramid | None = None
    answers: AnswerLog = field(default_factory=AnswerLog)
    gaps: list[float] = field(default_factory=list[float])

    @property
    def end(self) -> float:
        """The last time there is anything at."""
        drawn = self.picture.end_s if self.picture is not None else 0.0
        if self.path is not None:
            return self.seconds or max(drawn, self.answers.end)
        return max(drawn, self.answers.end)
