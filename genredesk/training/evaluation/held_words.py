"""What a new network of several words is worth on songs it has not heard, and its thresholds."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from genredesk.core.scores import FloatArray
from genredesk.core.trust import Fitted
from genredesk.features.frontend import FrontendSpec
from genredesk.inference.aggregate import sigmoid
from genredesk.inference.card import ModelCard, parents_of
from genredesk.training.evaluation import metrics, several, thresholds
from genredesk.training.evaluation.evaluate import Calibration, Predictions
from genredesk.training.evaluation.thresholds import Answers

Holds = NDArray[np.bool_]


class HeldWords(NamedTuple):
    """What was measured, and what the card is to say of certainty."""

    evaluation: dict[str, Any]
    fitted: Fitted
    thresholds: dict[str, float]


def _answers(scores: FloatArray, holds: Holds) -> Answers:
    """Return what was said about one word: its score, and whether it holds.

    How often it holds by chance is its share of the songs.
    """
    chance = max(1, math.floor(1 / max(1e-3, float(holds.mean()))))
    return Answers(scores, np.zeros_like(scores), holds, holds, chance)


def choose(
    songs: FloatArray, truth: Holds, windows: FloatArray, window_truth: Holds
) -> list[float]:
    """Choose from which probability on each word is sure.

    By the rule for one genre (:func:`~genredesk.training.evaluation.thresholds.choose_sure`),
    asked of each word by itself: what counts are the songs that have it, for about so many are
    named.

    Parameters
    ----------
    songs, truth
        ``(songs, words)``.
    windows, window_truth
        Of the same songs, ``(windows, words)``.
    """
    return [
        thresholds.choose_sure(
            _answers(songs[:, k], truth[:, k]),
            _answers(windows[:, k], window_truth[:, k]),
            n=int(truth[:, k].sum()),
        )
        for k in range(songs.shape[1])
    ]


def measured(predictions: Predictions, calibration: Calibration, spec: FrontendSpec) -> HeldWords:
    """Choose each word's threshold, and measure with them and the calibration.

    Returns
    -------
    HeldWords
        Its evaluation is that of :func:`~genredesk.training.evaluation.several.summarise`, with
        ``songs["sum"]`` (the first word, as of one genre), ``windows``, the calibration's errors
        and ``reliability`` as of :func:`~genredesk.training.evaluation.evaluate.summarise`, of all
        words' probabilities;
        ``named``, the share of songs with a word that holds, ``named_right``, of these the share
        whose first word is one of theirs.
    """
    labels = predictions.labels
    card = ModelCard(
        "new", "", "", labels, spec, temperature=calibration.temperature, task="several"
    )
    windows = card.probabilities(predictions.logits)
    songs = metrics.summed(windows, predictions.song, len(predictions.names))
    truth = _with_parents(predictions.truth, labels)
    chosen = choose(songs, truth, windows, truth[predictions.song])
    own = dict(zip(card.words, chosen, strict=True))
    card = card.replace(thresholds=own, unsure_below=float(np.median(chosen)))
    evaluation = several.summarise(card, songs, truth)
    right = predictions.windows_right
    hits = np.bincount(predictions.song, right, len(predictions.names)).astype(np.float64)
    trials = np.bincount(predictions.song, minlength=len(predictions.names)).astype(np.float64)
    evaluation["windows"] = {
        "n": len(right),
        "accuracy": float(right.mean()),
        "interval": list(metrics.interval(hits, trials)),
    }
    evaluation["songs"]["sum"] = evaluation["songs"]["first"]
    evaluation |= _reliability(predictions, calibration, songs[:, : len(labels)])
    several_ = card.bounds().several
    assert several_ is not None  # noqa: S101 - the card above is of such
    keys = several_.keys(songs)
    named = keys.max(axis=1) >= 1
    first = truth[np.arange(len(keys)), keys.argmax(axis=1)]
    evaluation["unsure_below"] = card.unsure_below
    evaluation["named"] = float(named.mean())
    evaluation["named_right"] = float(first[named].mean()) if named.any() else 0.0
    return HeldWords(evaluation, Fitted(len(songs)), own)


def _with_parents(truth: Holds, labels: tuple[str, ...]) -> Holds:
    """Append to which labels hold ``(songs, labels)`` which parents do: that of any of theirs."""
    above = [truth[:, list(mine)].any(axis=1) for mine in parents_of(labels).values()]
    return np.column_stack([truth, *above])


def _reliability(
    predictions: Predictions, calibration: Calibration, songs: FloatArray
) -> dict[str, Any]:
    """Return how far the probabilities of words lie from how often these hold."""
    holds = predictions.window_truth.ravel()
    before = metrics.reliability_of(sigmoid(predictions.logits).ravel(), holds)
    calibrated = sigmoid(predictions.logits, calibration.temperature)
    bins = metrics.reliability_of(calibrated.ravel(), holds)
    song_bins = metrics.reliability_of(songs.ravel(), predictions.truth.ravel())
    return {
        "ece": bins.error,
        "ece_songs": song_bins.error,
        "ece_songs_chance": metrics.chance_error(songs.ravel()),
        "ece_uncalibrated": before.error,
        "temperature": calibration.temperature,
        "sharpening": calibration.sharpening,
        "reliability": bins.to_dict(),
    }
