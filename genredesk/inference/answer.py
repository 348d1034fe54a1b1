"""The one answer to a whole file: which windows are asked, and what they come to together.

The analysis of a file (``track.py``) and the library's scan (``scorer.py``) both ask here, so that
a song and a model give the same answer wherever they meet. The windows do not depend on how densely
somebody wants to see the file, and neither does the answer.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from genredesk.core import certainty
from genredesk.core.certainty import Bounds, Strength
from genredesk.core.heard import TrackScores
from genredesk.core.scores import FloatArray
from genredesk.features.frontend import FrontendSpec
from genredesk.inference import aggregate
from genredesk.inference.card import ModelCard
from genredesk.inference.pieces import batch_of, hop_columns
from genredesk.inference.runtime.protocol import Runtime

HOP_S = 3.0
"""Seconds from one window to the next, where its front end was not published with another step:
each second of a song is heard once."""

SILENCE_DBFS = -80.0
"""Under this level a window of a file is silence. A file has no microphone's noise and may be a
very quiet recording, so its gate is lower than the live one: level alone must not change a genre.
"""

_BATCH = 16
"""Windows that go through the network together; more gain nothing."""


def file_hop_s(spec: FrontendSpec) -> float:
    """Return how many seconds of a file lie from one window to the next."""
    return spec.step * spec.hop_s if spec.step else HOP_S


class TrackAnswer:
    """Asks a network about a file's windows, in order, and sums up what it says.

    Parameters
    ----------
    card, runtime
        The network.
    hop_s
        Seconds from one window to the next; ``None``: :func:`file_hop_s`.
    bounds
        Of the answers' strengths; ``None``: what the card recommends.
    """

    def __init__(
        self,
        card: ModelCard,
        runtime: Runtime,
        hop_s: float | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        self._card = card
        self._runtime = runtime
        self.bounds = bounds or card.bounds()
        self.hop = hop_columns(card.frontend, hop_s or file_hop_s(card.frontend))
        self.batch = batch_of(card.frontend, _BATCH)
        self._loud: list[np.ndarray] = []
        self._probabilities: list[FloatArray] = []
        self._embedding: np.ndarray | None = None

    def add(self, features: FloatArray, levels: np.ndarray) -> FloatArray:
        """Take the next :attr:`batch` windows, fewer only at the end of the file.

        Parameters
        ----------
        features
            ``(n, channels, bands, frames)``, windows :attr:`hop` columns apart.
        levels
            RMS level of every window in dBFS, ``(n,)``.

        Returns
        -------
        ndarray
            Their probabilities; see :meth:`ask`.
        """
        probabilities, loud, embedding = self._asked(features, levels)
        self._loud.append(loud)
        self._probabilities.append(probabilities)
        if embedding is not None:
            self._embedding = embedding if self._embedding is None else self._embedding + embedding
        return probabilities

    def ask(self, features: FloatArray, levels: np.ndarray) -> FloatArray:
        """Return the probabilities of windows that do not count, ``(n, labels)``.

        The network is not asked about silent ones: their rows are zero.
        """
        return self._asked(features, levels)[0]

    def _asked(
        self, features: FloatArray, levels: np.ndarray
    ) -> tuple[FloatArray, np.ndarray, np.ndarray | None]:
        loud = is_loud(levels)
        probabilities = np.zeros((len(loud), len(self._card.words)), np.float32)
        if not loud.any():
            return probabilities, loud, None
        logits, embedding = self._runtime.run(features if loud.all() else features[loud])
        probabilities[loud] = self._card.probabilities(logits)
        return probabilities, loud, embedding.astype(np.float64).sum(axis=0)

    def heard(self) -> TrackScores:
        """Return the answer: summed probability over the windows with sound.

        Raises
        ------
        ValueError
            When there was no window.
        """
        if not self._loud:
            raise ValueError("there is no sound to hear")
        card, spec = self._card, self._card.frontend
        loud, rows = np.concatenate(self._loud), np.concatenate(self._probabilities)
        timeline = np.rint(rows * 255).astype(np.uint8)
        hop_s, window_s = self.hop * spec.hop_length / spec.sample_rate, spec.window_s
        if self._embedding is None:
            return TrackScores(
                Strength.SILENCE, np.zeros(len(card.words), np.float32), (-1, 0.0), timeline,
                hop_s, window_s, np.zeros(0, np.float16),
            )  # fmt: skip
        probabilities = rows[loud]
        heard_s = window_s + hop_s * (len(probabilities) - 1)
        mean = card.pool(aggregate.summed_probability(probabilities), heard_s)
        said = certainty.judge(mean, self.bounds)
        words = (said.first, *said.also) if self.bounds.several else ()
        largest = float(np.finfo(np.float16).max)
        embedding = np.clip(self._embedding / len(probabilities), -largest, largest)
        return TrackScores(
            said.strength, mean, aggregate.majority_vote(probabilities), timeline, hop_s,
            window_s, embedding.astype(np.float16), words,
        )  # fmt: skip


def is_loud(levels: Iterable[float] | np.ndarray) -> np.ndarray:
    """Tell windows with sound from silent ones by their levels in dBFS, ``(n,)`` bool."""
    # In 32 bits, as levels are kept: the same file must not be silence only the second time.
    return np.asarray(levels, np.float32) >= SILENCE_DBFS
