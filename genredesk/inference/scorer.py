"""A bundle as the library wants it: picklable, opened in each worker, a track in one pass.

Nothing of a track is held but its timeline, so hours cost no more memory than seconds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from genredesk.core.certainty import Bounds
from genredesk.core.heard import Features, TrackScores
from genredesk.core.scores import FloatArray
from genredesk.core.trust import Care
from genredesk.inference import bundle as bundles
from genredesk.inference.answer import HOP_S, TrackAnswer
from genredesk.inference.bundle import MODEL, Bundle
from genredesk.inference.pieces import hop_columns, pieces
from genredesk.inference.runtime import CPU, Runtime, RuntimeFailure, open_runtime, quicker

EDITION = 2
"""Raised when a file's sound comes to a network otherwise than before, so that it is heard anew."""


@dataclass(frozen=True, slots=True)
class BundleScorer:
    """Opens one bundle's network on one processor thread, in whatever process calls it.

    Parameters
    ----------
    path, name, labels
        Of the bundle.
    fingerprint
        Of everything that decides an answer: network, in the form that is used on this processor,
        front end, calibration, windows.
    features_fingerprint
        Of everything that decides the network's inputs.
    bounds
        How its answers are judged; not part of ``fingerprint``, for another choice is judged anew
        without being heard anew.
    hop_s
        Seconds from one window to the next.
    """

    path: str
    name: str
    labels: tuple[str, ...]
    fingerprint: str
    features_fingerprint: str
    bounds: Bounds
    hop_s: float = HOP_S

    @classmethod
    def of(
        cls,
        bundle: Bundle,
        hop_s: float = HOP_S,
        *,
        unsure_below: float | None = None,
        care: Care | str = Care.BALANCED,
    ) -> BundleScorer:
        """Return the factory for a bundle.

        Parameters
        ----------
        unsure_below, care
            A person's own threshold (``None`` or 0: that of ``care``), and how careful to be.

        Raises
        ------
        BundleError
            When its two forms must be timed first and a file is not what it was.
        """
        card = bundle.card
        hop = hop_columns(card.frontend, hop_s)
        features = _digest([card.frontend.fingerprint, hop, EDITION])
        answer = [
            features, card.files[_form(bundle)], card.temperature, card.sharpening, card.sure,
            card.labels,
        ]  # fmt: skip
        return cls(
            str(bundle.path), card.title, card.labels, _digest(answer), features,
            card.bounds(unsure_below, care), hop_s,
        )  # fmt: skip

    def __call__(self) -> TrackScorer:
        """Open the network here.

        Raises
        ------
        BundleError
            When it is gone or broken.
        """
        bundle = bundles.load(self.path)
        return TrackScorer(bundle, open_runtime(bundle, CPU), self.hop_s)


def _form(bundle: Bundle) -> str:
    """Return the file that answers on this processor: 8 bits answer a little otherwise than 32."""
    try:
        return quicker.form_of(bundle)[0]
    except RuntimeFailure:  # who opens it says why
        return MODEL


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


class TrackScorer:
    """A network that is open; see :class:`genredesk.core.heard.Scorer`."""

    def __init__(self, bundle: Bundle, runtime: Runtime, hop_s: float) -> None:
        self._card = bundle.card
        self._runtime = runtime
        self._hop_s = hop_s

    @property
    def sample_rate(self) -> int:
        """Rate of the sound it wants, in Hz."""
        return self._card.frontend.sample_rate

    def hear(
        self, blocks: Iterable[FloatArray], keep: Callable[[Features], None] | None = None
    ) -> TrackScores:
        """Answer a whole track; see :meth:`genredesk.core.heard.Scorer.hear`."""
        answer = TrackAnswer(self._card, self._runtime, self._hop_s)
        for piece in pieces(self._card.frontend, blocks, self._hop_s, answer.batch):
            answer.add(piece.features, piece.levels)
            if keep is not None:
                keep(Features(piece.features, piece.levels.astype(np.float32)))
        return answer.heard()

    def hear_again(self, features: Features) -> TrackScores:
        """Answer a track from features that were kept."""
        answer = TrackAnswer(self._card, self._runtime, self._hop_s)
        for start in range(0, len(features.windows), answer.batch):
            part = slice(start, start + answer.batch)
            answer.add(features.windows[part], features.levels[part])
        return answer.heard()

    def close(self) -> None:
        """Give memory back."""
        self._runtime.close()
