"""What the engine says: scores of one window, and the decision a person sees.

All times are seconds from the beginning of the source (a file's own time, or since a live source
was opened).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from genredesk.core import certainty
from genredesk.core.certainty import Strength, Verdict
from genredesk.core.genres import UNDER, genre_key, parent_of

FloatArray = NDArray[np.float32]
"""``float32`` array; the docstring beside it gives its shape."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The network's answer for one window.

    Parameters
    ----------
    start, end
        The window in seconds.
    state
        How sure it is by itself.
    labels
        The bundle's labels, in the order of ``probabilities``.
    probabilities
        Calibrated probabilities, shape ``(len(labels),)``, all zero for silence; summing to 1
        unless several words may hold at once.
    level_dbfs
        RMS level of the window in dB relative to full scale.
    verdict
        What it says, where that is more than ``state`` and the two likeliest tell.
    """

    start: float
    end: float
    state: Strength
    labels: tuple[str, ...]
    probabilities: FloatArray
    level_dbfs: float
    verdict: Verdict | None = None

    @property
    def top(self) -> tuple[str, float]:
        """The label with the highest probability, and that probability."""
        best = int(np.argmax(self.probabilities))
        return self.labels[best], float(self.probabilities[best])

    @property
    def named(self) -> tuple[str, ...]:
        """The genres its word names, see :attr:`genredesk.core.certainty.Verdict.named`."""
        verdict = self.verdict
        if verdict is None:
            first, second = certainty.leaders(self.probabilities).tolist()
            verdict = Verdict(self.state, first, second)
        return certainty.names(verdict, self.labels)

    @property
    def shares(self) -> tuple[float, ...]:
        """The probability of each of :attr:`named`."""
        return _shares_of(self.named, self.labels, self.probabilities)

    @property
    def also(self) -> tuple[str, ...]:
        """The other words that hold beside those named, the surest first."""
        return tuple(self.labels[i] for i in self.verdict.also) if self.verdict else ()

    @property
    def word(self) -> str:
        """What a person reads, such as "Probably jazz"."""
        return certainty.word(self.state, self.named)

    def as_dict(self) -> dict[str, float]:
        """Label to score, in the bundle's order."""
        return {label: float(p) for label, p in zip(self.labels, self.probabilities, strict=True)}


@dataclass(frozen=True, slots=True)
class Decision:
    """What is shown in large letters.

    Parameters
    ----------
    state
        How sure it is; ``None`` while less than a whole window of sound has arrived.
    label
        The likeliest genre, however sure that is; ``None`` where nothing was heard.
    score
        Probability of ``label``, 0 when there is none.
    labels, probabilities
        The aggregated distribution behind it, shape ``(len(labels),)``.
    time
        When it was made, in seconds of the source.
    since
        Since when this word has held, in seconds of the source.
    second
        The second of a word that names two, ``None`` for every other.
    also
        The other words that hold beside ``label``, where several may; the surest first.
    """

    state: Strength | None
    label: str | None
    score: float
    labels: tuple[str, ...]
    probabilities: FloatArray
    time: float = 0.0
    since: float = 0.0
    second: str | None = None
    also: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """The genres its word names, see :attr:`genredesk.core.certainty.Verdict.named`."""
        if self.state is None or self.label is None:
            return ()
        if self.second is not None:
            return tuple(sorted((self.label, self.second), key=self.labels.index))
        return (self.label,) if self.state in certainty.NAMED else ()

    @property
    def shares(self) -> tuple[float, ...]:
        """The probability of each of :attr:`named`."""
        return _shares_of(self.named, self.labels, self.probabilities)

    @property
    def word(self) -> str:
        """What a person reads, such as "Probably jazz"; empty while waiting."""
        return "" if self.state is None else certainty.word(self.state, self.named)

    def ranked(self, n: int = 5) -> list[tuple[str, float]]:
        """The ``n`` most probable labels with their scores, those that hold first."""
        named = np.isin(self.labels, self.named)
        also = np.isin(self.labels, self.also)
        order = np.lexsort((-self.probabilities, ~also, ~named))[:n]
        return [(self.labels[i], float(self.probabilities[i])) for i in order]


def _shares_of(
    named: tuple[str, ...], labels: tuple[str, ...], probabilities: FloatArray
) -> tuple[float, ...]:
    return tuple(float(probabilities[labels.index(label)]) for label in named)


def decision_of(window: Scores, time: float, since: float) -> Decision:
    """Return the decision that says what ``window`` does, at ``time`` and since ``since``."""
    labels, p = window.labels, window.probabilities
    if window.state is Strength.SILENCE:
        return Decision(window.state, None, 0.0, labels, p, time, since)
    label, score = window.top
    if (said := window.verdict) is not None:
        label, score = labels[said.first], float(p[said.first])
    rest = [name for name in window.named if name != label]
    second = rest[0] if window.state is Strength.BETWEEN and rest else None
    return Decision(window.state, label, score, labels, p, time, since, second, window.also)


NOTHING_YET = Decision(None, None, 0.0, (), np.zeros(0, np.float32))
"""Before a network has answered."""


MOST_OTHERS = 3
"""With so many models one is compared on the same sound, at most."""


class Agreement(StrEnum):
    """How one answer stands to another."""

    SAME = "same"
    """A word of one means a word of the other."""
    OTHER = "other"
    """Both name something, and none of it is the same."""
    UNTOLD = "untold"
    """One of them names nothing: it is open, silent, or has not heard enough."""


def means(one: str, other: str) -> bool:
    """Whether two labels are the same word, or one is the parent in the other's name.

    ``Hip-Hop`` is ``hiphop``, ``Electronic---House`` is ``house`` and ``Electronic``, but not
    ``Electronic---Techno``.
    """
    own, own2 = (genre_key(label.rpartition(UNDER)[2]) for label in (one, other))
    return own in (own2, genre_key(parent_of(other))) or genre_key(parent_of(one)) == own2


def agreement(one: Decision, other: Decision) -> Agreement:
    """Compare the words two answers name, those that hold beside the first included."""
    words, others = (*one.named, *one.also), (*other.named, *other.also)
    if not one.named or not other.named:
        return Agreement.UNTOLD
    same = any(means(word, its) for word in words for its in others)
    return Agreement.SAME if same else Agreement.OTHER
