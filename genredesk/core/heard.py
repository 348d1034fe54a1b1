"""What analysing a whole track gives, and how the library asks for it without knowing a network.

A :data:`ScoreFactory` is pickled into every worker process and called there once; the library
hands the scorer blocks of sound and keeps what it says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from genredesk.core.certainty import Bounds, Strength
from genredesk.core.scores import FloatArray


@dataclass(frozen=True, slots=True)
class TrackScores:
    """What one network heard in one track.

    Parameters
    ----------
    state
        How sure it is, by the network's own bounds.
    probabilities
        Calibrated, over all windows with sound, shape ``(labels,)``; all zero for silence.
    majority
        Index of the label most windows name, -1 when all is silence; and its share of them.
    timeline
        Probabilities of every window, 255 meaning 1, ``uint8 (windows, labels)``; a silent window
        is all zero.
    hop_s, window_s
        Window ``k`` covers ``[k * hop_s, k * hop_s + window_s)`` seconds, the last one may end
        earlier.
    embedding
        Mean over the windows with sound, ``float16 (d,)``; all zero for silence.
    """

    state: Strength
    probabilities: FloatArray
    majority: tuple[int, float]
    timeline: NDArray[np.uint8]
    hop_s: float
    window_s: float
    embedding: NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Features:
    """The network inputs of a track, for asking another network of the same front end.

    Parameters
    ----------
    windows
        ``float32 (n, channels, bands, frames)``, as the network gets them.
    levels
        RMS level of every window in dBFS, ``float32 (n,)``.
    """

    windows: NDArray[np.float32]
    levels: NDArray[np.float32]


class Scorer(Protocol):
    """A network that is open in this process."""

    @property
    def sample_rate(self) -> int:
        """Rate of the sound it wants, in Hz."""
        ...

    def hear(
        self, blocks: Iterable[FloatArray], keep: Callable[[Features], None] | None = None
    ) -> TrackScores:
        """Answer a whole track, given as mono blocks ``(n,)``; nothing of it is held.

        Parameters
        ----------
        keep
            Called with the features of consecutive windows as they come.

        Raises
        ------
        ValueError
            When there is no sound at all.
        """
        ...

    def hear_again(self, features: Features) -> TrackScores:
        """Answer a track from its kept features."""
        ...

    def close(self) -> None:
        """Give memory back."""
        ...


class ScoreFactory(Protocol):
    """Picklable; says which network it is without opening it, and opens it when called."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the network would answer differently."""
        ...

    @property
    def features_fingerprint(self) -> str:
        """Changes whenever the network's inputs would be different; names kept features."""
        ...

    @property
    def name(self) -> str:
        """What a person calls it."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """The genres, in the order of all probabilities."""
        ...

    @property
    def bounds(self) -> Bounds:
        """How sure an answer must be to be called so; may change without being heard anew."""
        ...

    def __call__(self) -> Scorer:
        """Open the network in this process."""
        ...
