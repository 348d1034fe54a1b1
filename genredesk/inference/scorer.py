"""A bundle as the library wants it: picklable, opened in each worker, a track in one pass.

Nothing of a track is held but its timeline, so hours cost no more memory than seconds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from genredesk.core.heard import Features, TrackScores
from genredesk.core.scores import FloatArray, State
from genredesk.inference import aggregate
from genredesk.inference import bundle as bundles
from genredesk.inference.bundle import MODEL, Bundle, ModelCard
from genredesk.inference.pieces import hop_columns, pieces
from genredesk.inference.runtime import CPU, Runtime, open_runtime
from genredesk.inference.track import SILENCE_DBFS

HOP_S = 3.0
"""Seconds from one window to the next: each second of a song is heard once."""

_BATCH = 16
"""Windows that go through the network together; more gain nothing."""


@dataclass(frozen=True, slots=True)
class BundleScorer:
    """Opens one bundle's network on one processor thread, in whatever process calls it.

    Parameters
    ----------
    path, name, labels
        Of the bundle.
    fingerprint
        Of everything that decides an answer: network, front end, calibration, windows.
    features_fingerprint
        Of everything that decides the network's inputs.
    hop_s
        Seconds from one window to the next.
    """

    path: str
    name: str
    labels: tuple[str, ...]
    fingerprint: str
    features_fingerprint: str
    hop_s: float = HOP_S

    @classmethod
    def of(cls, bundle: Bundle, hop_s: float = HOP_S) -> BundleScorer:
        """Return the factory for a bundle."""
        card = bundle.card
        hop = hop_columns(card.frontend, hop_s)
        features = _digest([card.frontend.fingerprint, hop])
        answer = [
            features, card.files[MODEL], card.temperature, card.sharpening, card.unsure_below,
            card.labels,
        ]  # fmt: skip
        return cls(str(bundle.path), card.title, card.labels, _digest(answer), features, hop_s)

    def __call__(self) -> TrackScorer:
        """Open the network here.

        Raises
        ------
        BundleError
            When it is gone or broken.
        """
        bundle = bundles.load(self.path)
        return TrackScorer(bundle, open_runtime(bundle, CPU), self.hop_s)


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
        answers = _Answers(self._runtime, self._card.temperature)
        for piece in pieces(self._card.frontend, blocks, self._hop_s, _BATCH):
            levels = piece.levels.astype(np.float32)
            answers.add(piece.features, levels)
            if keep is not None:
                keep(Features(piece.features.astype(np.float16), levels))
        return self._heard(answers)

    def hear_again(self, features: Features) -> TrackScores:
        """Answer a track from features that were kept."""
        answers = _Answers(self._runtime, self._card.temperature)
        for start in range(0, len(features.windows), _BATCH):
            part = slice(start, start + _BATCH)
            answers.add(features.windows[part].astype(np.float32), features.levels[part])
        return self._heard(answers)

    def close(self) -> None:
        """Give memory back."""
        self._runtime.close()

    def _heard(self, answers: _Answers) -> TrackScores:
        spec = self._card.frontend
        hop_s = hop_columns(spec, self._hop_s) * spec.hop_length / spec.sample_rate
        return answers.heard(self._card, hop_s, spec.window_s)


class _Answers:
    """Sums up what the network says about window after window."""

    def __init__(self, runtime: Runtime, temperature: float) -> None:
        self._runtime = runtime
        self._temperature = temperature
        self._timeline: list[np.ndarray] = []
        self._probabilities: list[FloatArray] = []
        self._embedding: np.ndarray | None = None

    def add(self, features: FloatArray, levels: np.ndarray) -> None:
        loud = levels >= SILENCE_DBFS
        self._timeline.append(loud)
        if not loud.any():
            return
        logits, embedding = self._runtime.run(features if loud.all() else features[loud])
        self._probabilities.append(aggregate.softmax(logits, self._temperature))
        total = embedding.astype(np.float64).sum(axis=0)
        self._embedding = total if self._embedding is None else self._embedding + total

    def heard(self, card: ModelCard, hop_s: float, window_s: float) -> TrackScores:
        if not self._timeline:
            raise ValueError("there is no sound to hear")
        n_labels = len(card.labels)
        loud = np.concatenate(self._timeline)
        timeline = np.zeros((len(loud), n_labels), np.uint8)
        if self._embedding is None:
            return TrackScores(
                State.SILENCE, np.zeros(n_labels, np.float32), (-1, 0.0), timeline, hop_s,
                window_s, np.zeros(0, np.float16),
            )  # fmt: skip
        probabilities = np.concatenate(self._probabilities)
        timeline[loud] = np.rint(probabilities * 255)
        heard_s = window_s + hop_s * (len(probabilities) - 1)
        mean = card.pool(aggregate.summed_probability(probabilities), heard_s)
        state = aggregate.window_state(mean, card.unsure_below)
        largest = float(np.finfo(np.float16).max)
        embedding = np.clip(self._embedding / len(probabilities), -largest, largest)
        return TrackScores(
            state, mean, aggregate.majority_vote(probabilities), timeline, hop_s, window_s,
            embedding.astype(np.float16),
        )  # fmt: skip
