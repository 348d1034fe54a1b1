"""What the engine says: scores of one window, and the decision a person sees.

All times are seconds from the beginning of the source (a file's own time, or since a live source
was opened).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
"""``float32`` array; the docstring beside it gives its shape."""


class State(StrEnum):
    """What kind of answer a window or a decision is."""

    NAMED = "named"
    """A genre is named."""
    UNSURE = "unsure"
    """There is sound, but the network cannot tell."""
    SILENCE = "silence"
    """The level is under the silence gate; the network was not asked."""
    WAITING = "waiting"
    """Less than a whole window of sound has arrived so far."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The network's answer for one window.

    Parameters
    ----------
    start, end
        The window in seconds.
    state
        ``NAMED``, ``UNSURE`` or ``SILENCE``.
    labels
        The bundle's labels, in the order of ``probabilities``.
    probabilities
        Calibrated probabilities, shape ``(len(labels),)``, summing to 1; all zero for silence.
    level_dbfs
        RMS level of the window in dB relative to full scale.
    """

    start: float
    end: float
    state: State
    labels: tuple[str, ...]
    probabilities: FloatArray
    level_dbfs: float

    @property
    def top(self) -> tuple[str, float]:
        """The label with the highest probability, and that probability."""
        best = int(np.argmax(self.probabilities))
        return self.labels[best], float(self.probabilities[best])

    def as_dict(self) -> dict[str, float]:
        """Label to score, in the bundle's order."""
        return {label: float(p) for label, p in zip(self.labels, self.probabilities, strict=True)}


@dataclass(frozen=True, slots=True)
class Decision:
    """What is shown in large letters.

    Parameters
    ----------
    state
        See :class:`State`.
    label
        The genre when ``state`` is ``NAMED``; the best guess when ``UNSURE``; else ``None``.
    score
        Probability of ``label``, 0 when there is none.
    labels, probabilities
        The aggregated distribution behind it, shape ``(len(labels),)``.
    time
        When it was made, in seconds of the source.
    since
        Since when this state and label have held, in seconds of the source.
    """

    state: State
    label: str | None
    score: float
    labels: tuple[str, ...]
    probabilities: FloatArray
    time: float = 0.0
    since: float = 0.0

    def ranked(self, n: int = 5) -> list[tuple[str, float]]:
        """The ``n`` most probable labels with their scores, best first."""
        order = np.argsort(-self.probabilities, kind="stable")[:n]
        return [(self.labels[i], float(self.probabilities[i])) for i in order]


NOTHING_YET = Decision(State.WAITING, None, 0.0, (), np.zeros(0, np.float32))
"""Before a network has answered."""
