"""What a network is worth on songs it has not heard: windows, songs, classes, calibration.

The network is any function from features to logits, so a torch module in the middle of training
and an ONNX Runtime of a finished bundle are measured by the same lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from genredesk.core.errors import DataError
from genredesk.core.job import JobContext
from genredesk.core.messages import say
from genredesk.core.scores import FloatArray
from genredesk.inference.aggregate import Pool, sigmoid
from genredesk.inference.bundle import Bundle
from genredesk.training.data.songs import (
    Song,
    SongSet,
    iter_windows,
    listed,
    starts_of,
    words_matrix,
)
from genredesk.training.evaluation import metrics

if TYPE_CHECKING:
    from genredesk.training.network.module import Predict

HOP_S = 1.0
"""Windows of an evaluation begin about this many seconds apart, as in the analysis of a file."""

MOST_NUMBERS = 50_000_000
"""Windows times labels that are kept of an evaluation, 200 MB. Beyond it windows lie further apart:
thousands of genres have songs enough to measure on."""


@dataclass(frozen=True, slots=True)
class Predictions:
    """Logits of every window of some songs.

    Parameters
    ----------
    labels
        The network's classes.
    names
        Of the songs.
    truth
        Each song's class number ``(songs,)``; where several labels may hold, which of them do,
        ``(songs, classes)`` bool.
    song, start_s
        Each window's song (a position in ``names``) and beginning in seconds, ``(windows,)``.
    logits
        ``(windows, classes)``, before the temperature.
    window_s
        Length of a window in seconds.
    """

    labels: tuple[str, ...]
    names: tuple[str, ...]
    truth: NDArray[Any]
    song: NDArray[np.intp]
    start_s: FloatArray
    logits: FloatArray
    window_s: float

    @property
    def heard_s(self) -> FloatArray:
        """Seconds of every song that its windows cover, ``(songs,)``."""
        first = np.full(len(self.names), np.inf)
        last = np.full(len(self.names), -np.inf)
        np.minimum.at(first, self.song, self.start_s)
        np.maximum.at(last, self.song, self.start_s)
        return (last - first + self.window_s).astype(np.float32)

    @property
    def several(self) -> bool:
        """Whether several labels may hold."""
        return self.truth.ndim == 2

    @property
    def window_truth(self) -> NDArray[Any]:
        """Truth of every window, ``(windows,)`` or ``(windows, classes)``."""
        return self.truth[self.song]

    def right(self, songs: FloatArray) -> NDArray[np.bool_]:
        """Whether the highest of each song's scores ``(songs, classes)`` is a true one."""
        return right(songs, self.truth)

    @property
    def windows_right(self) -> NDArray[np.bool_]:
        """Whether the highest of each window's is."""
        return right(self.logits, self.window_truth)


def right(scores: NDArray[Any], truth: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether the highest of ``scores (n, classes)`` is a true one.

    ``truth`` is the class number ``(n,)``, or which classes hold ``(n, classes)``.
    """
    best = scores.argmax(axis=1)
    return truth[np.arange(len(best)), best] if truth.ndim == 2 else best == truth


@dataclass(frozen=True, slots=True)
class Calibration:
    """What makes a network's answers mean what they say; see :func:`calibrate`.

    Parameters
    ----------
    temperature
        Logits are divided by it.
    sharpening
        Of a song's mean; see :class:`genredesk.inference.aggregate.Pool`.
    """

    temperature: float = 1.0
    sharpening: float = 0.0


RAW = Calibration()
"""The network's answers as they are."""


def calibration_of(bundle: Bundle) -> Calibration:
    """Return what a bundle's card says."""
    return Calibration(bundle.card.temperature, bundle.card.sharpening)


def calibrate(predictions: Predictions) -> Calibration:
    """Fit the temperature on windows, then the sharpening on songs.

    Where several labels may hold, only the temperature: each label is a question of its own.
    """
    temperature = metrics.fit_temperature(predictions.logits, predictions.window_truth)
    if predictions.several:
        return Calibration(temperature)
    means = song_probabilities(predictions, Calibration(temperature))
    sharpening = metrics.fit_sharpening(
        means, predictions.heard_s, predictions.truth, predictions.window_s
    )
    return Calibration(temperature, sharpening)


def _n_windows(data: SongSet, indices: Sequence[int], hop: int) -> int:
    """Return how many windows there are in songs, ``hop`` columns apart."""
    return sum(len(starts_of(data, index, hop)) for index in indices)


def _affordable(data: SongSet, indices: Sequence[int], n_labels: int, hop: int) -> int:
    """Return ``hop`` columns, or more where so many windows times labels are too many numbers."""
    numbers = n_labels * _n_windows(data, indices, hop)
    return hop if numbers <= MOST_NUMBERS else hop * -(-numbers // MOST_NUMBERS)


def predict(
    data: SongSet,
    indices: Sequence[int],
    labels: Sequence[str],
    network: Predict,
    *,
    hop: int | None = None,
    ctx: JobContext | None = None,
) -> Predictions:
    """Ask the network about every window of the songs ``indices``.

    Parameters
    ----------
    hop
        Columns between windows, ``None``: about :data:`HOP_S`; more of them where all answers
        together would be more than :data:`MOST_NUMBERS`.

    Raises
    ------
    DataError
        When a song's genre is none of ``labels``, or there is no song.
    """
    if not len(indices):
        raise DataError(say("There is no song to evaluate."))
    truth = truth_of([data.songs[i] for i in indices], labels)
    song, start, logits = ask(data, indices, len(labels), network, hop=hop, ctx=ctx)
    names = tuple(data.songs[i].name for i in indices)
    return Predictions(tuple(labels), names, truth, song, start, logits, data.spec.window_s)


def truth_of(songs: Sequence[Song], labels: Sequence[str]) -> NDArray[Any]:
    """Return the truth of songs as in :class:`Predictions`.

    Raises
    ------
    DataError
        When a song's genre is none of ``labels``.
    """
    if any(song.words is not None for song in songs):
        return words_matrix(songs, labels)
    number = {label.strip().casefold(): i for i, label in enumerate(labels)}
    number |= {label: i for i, label in enumerate(labels)}
    truth = []
    for song in songs:
        known = number.get(song.label, number.get(song.label.strip().casefold()))
        if known is None:
            raise DataError(
                say(
                    "{song}: its genre {label} is not one this network knows ({listed}). Rename "
                    "its folder, or leave it out.",
                    song=song.name,
                    label=song.label,
                    listed=listed(labels),
                )
            )
        truth.append(known)
    return np.array(truth, dtype=np.intp)


def ask(
    data: SongSet,
    indices: Sequence[int],
    n_labels: int,
    network: Predict,
    *,
    hop: int | None = None,
    ctx: JobContext | None = None,
) -> tuple[NDArray[np.intp], FloatArray, FloatArray]:
    """Ask the network about every window of the songs ``indices``, whatever their genre is.

    Returns
    -------
    (song, start_s, logits)
        As in :class:`Predictions`.
    """
    spec = data.spec
    hop = _affordable(data, indices, n_labels, hop or max(1, round(HOP_S / spec.hop_s)))
    song, start = [], []
    logits = np.empty((_n_windows(data, indices, hop), n_labels), np.float32)
    for place, (index, windows, starts) in enumerate(iter_windows(data, indices, hop)):
        done = len(song)
        song.extend([place] * len(windows))
        start.extend(s * spec.hop_s for s in starts)
        for i in range(0, len(windows), 64):
            batch = windows[i : i + 64]
            logits[done : done + len(batch)] = network(batch)
            done += len(batch)
        if ctx is not None:
            ctx.progress(place + 1, len(indices), data.songs[index].name)
    return np.array(song, dtype=np.intp), np.array(start, dtype=np.float32), logits


def song_probabilities(predictions: Predictions, calibration: Calibration = RAW) -> FloatArray:
    """Return each song's calibrated probability over all its windows, ``(songs, classes)``."""
    if predictions.several:
        each = sigmoid(predictions.logits, calibration.temperature)
        return metrics.summed(each, predictions.song, len(predictions.names))
    probabilities = metrics.softmax(predictions.logits, calibration.temperature)
    means = metrics.summed(probabilities, predictions.song, len(predictions.names))
    pool = Pool(predictions.window_s, calibration.sharpening)
    return metrics.pool_songs(means, predictions.heard_s, pool)


def _classes(
    labels: Sequence[str], said: NDArray[np.intp], truth: NDArray[np.intp]
) -> dict[str, dict[str, Any]]:
    rows = metrics.per_class(said, truth, len(labels))
    return {
        label: {**row, "interval": list(metrics.interval(said[truth == i] == i))}
        for i, (label, row) in enumerate(zip(labels, rows, strict=True))
    }


def accuracies(predictions: Predictions) -> tuple[float, float]:
    """Return the shares of windows and of songs (summed probability) named rightly, no more.

    Where several labels may hold the likeliest one is what is named.
    """
    songs = predictions.right(song_probabilities(predictions, RAW))
    return float(predictions.windows_right.mean()), float(songs.mean())


def summarise(predictions: Predictions, calibration: Calibration = RAW) -> dict[str, Any]:
    """Measure everything at once.

    Returns
    -------
    dict
        Plain data: ``windows``, ``songs`` (raw, summed probability, majority vote, top 3, 95 %
        interval of the summed rule), ``per_class`` (of songs), ``confusion`` (songs, rows
        true, see :func:`genredesk.training.evaluation.metrics.confusion`),
        ``ece`` (of windows), ``ece_songs``, ``ece_songs_chance`` (what as many songs show by
        chance), ``ece_uncalibrated`` (of windows), ``reliability``, ``temperature``,
        ``sharpening``, ``labels``.
    """
    n = len(predictions.names)
    before = metrics.reliability(metrics.softmax(predictions.logits), predictions.window_truth)
    windows = metrics.softmax(predictions.logits, calibration.temperature)
    bins = metrics.reliability(windows, predictions.window_truth)
    votes = metrics.majority(windows, predictions.song, n)
    raw_right = windows.argmax(axis=1) == predictions.window_truth
    del windows  # large with thousands of genres
    songs = song_probabilities(predictions, calibration)
    chosen = songs.argmax(axis=1)
    right = chosen == predictions.truth
    hits = np.bincount(predictions.song, raw_right, n).astype(np.float64)
    trials = np.bincount(predictions.song, minlength=n).astype(np.float64)
    song_bins = metrics.reliability(songs, predictions.truth)
    return {
        "labels": list(predictions.labels),
        "windows": {
            "n": len(raw_right),
            "accuracy": float(raw_right.mean()),
            "interval": list(metrics.interval(hits, trials)),
        },
        "songs": {
            "n": n,
            "raw": float((hits / trials).mean()),
            "sum": float(right.mean()),
            "majority": float((votes == predictions.truth).mean()),
            "top3": float(metrics.among_first(songs, predictions.truth, 3).mean()),
            "interval": list(metrics.interval(right)),
        },
        "per_class": _classes(predictions.labels, chosen, predictions.truth),
        "confusion": metrics.confusion(chosen, predictions.truth, len(predictions.labels)),
        "ece": bins.error,
        "ece_songs": song_bins.error,
        "ece_songs_chance": metrics.chance_error(songs.max(axis=1)),
        "ece_uncalibrated": before.error,
        "temperature": calibration.temperature,
        "sharpening": calibration.sharpening,
        "reliability": bins.to_dict(),
    }
