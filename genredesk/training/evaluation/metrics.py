"""Numbers about predictions (numpy): accuracies, confusion, calibration, intervals.

``probabilities`` are ``(n, classes)``, ``truth`` ``(n,)`` class numbers; ``song`` says which song
a window belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from genredesk.core import trust
from genredesk.core.scores import FloatArray
from genredesk.inference import aggregate
from genredesk.inference.aggregate import Pool

Ints = NDArray[np.intp]

_AT_ONCE = 1 << 18
"""So many numbers are worked on at a time: they stay in the processor's cache."""


def parts(rows: NDArray[Any]) -> Iterator[slice]:
    """Cut a table ``(n, columns)`` into runs of rows that are worked on at a time."""
    step = max(1, _AT_ONCE // max(1, rows.shape[1]))
    for first in range(0, len(rows), step):
        yield slice(first, first + step)


def softmax(logits: FloatArray, temperature: float = 1.0) -> FloatArray:
    """Return :func:`aggregate.softmax`, in parts: thousands of genres take no more memory."""
    rows = np.reshape(logits, (-1, np.shape(logits)[-1]))
    out = np.empty(rows.shape, np.float32)
    for part in parts(rows):
        out[part] = aggregate.softmax(rows[part], temperature)
    return out.reshape(np.shape(logits))


def negative_log_likelihood(
    logits: FloatArray, truth: Ints | NDArray[np.bool_], temperature: float
) -> float:
    """Return the mean of :func:`losses`, 0 of no answers."""
    return float(losses(logits, truth, temperature).mean()) if len(logits) else 0.0


def losses(
    logits: FloatArray, truth: Ints | NDArray[np.bool_], temperature: float
) -> NDArray[np.float64]:
    """Return -log p(truth) of every answer, ``(n,)``.

    Where several labels may hold, ``truth (n, labels)``, the mean binary cross entropy of them.
    """
    out = np.empty(len(logits))
    for part in parts(logits):
        z = logits[part].astype(np.float64) / temperature
        if truth.ndim == 2:
            out[part] = (np.logaddexp(0, z) - truth[part] * z).mean(axis=1)
            continue
        z -= z.max(axis=1, keepdims=True)
        own = z[np.arange(len(z)), truth[part]]
        out[part] = np.log(np.exp(z).sum(axis=1)) - own
    return out


def _least(loss: Callable[[float], float], low: float, high: float) -> float:
    """Find where a function with one minimum is least."""
    options = {"xatol": 1e-8 * (high - low)}
    found: Any = minimize_scalar(loss, bounds=(low, high), method="bounded", options=options)
    return float(found.x)


def fit_temperature(logits: FloatArray, truth: Ints | NDArray[np.bool_]) -> float:
    """Find the temperature with the least negative log-likelihood (Guo et al. 2017, section 4.2).

    Searched on a log scale between 0.05 and 20.
    """

    def loss(x: float) -> float:
        return negative_log_likelihood(logits, truth, float(np.exp(x)))

    return float(np.exp(_least(loss, np.log(0.05), np.log(20.0))))


ENOUGH_SONGS = 50
"""With fewer songs, how much to sharpen cannot be told from chance."""

MOST_SHARPENING = 2.0


def fit_sharpening(means: FloatArray, heard_s: FloatArray, truth: Ints, window_s: float) -> float:
    """Find the sharpening of :class:`~genredesk.inference.aggregate.Pool` that fits songs best.

    Parameters
    ----------
    means
        Each song's mean probability ``(songs, classes)`` over ``heard_s`` seconds ``(songs,)``.

    Returns
    -------
    float
        The one with the least negative log-likelihood between 0 and :data:`MOST_SHARPENING`; 0
        with fewer songs than :data:`ENOUGH_SONGS`.
    """
    if len(truth) < ENOUGH_SONGS:
        return 0.0

    def loss(strength: float) -> float:
        sharp = pool_songs(means, heard_s, Pool(window_s, strength))
        return float(-np.log(np.maximum(sharp[np.arange(len(truth)), truth], 1e-12)).mean())

    return _least(loss, 0.0, MOST_SHARPENING)


@dataclass(frozen=True, slots=True)
class Reliability:
    """Bins of confidence: how many predictions, their mean confidence and their accuracy."""

    edges: tuple[float, ...]
    count: tuple[int, ...]
    confidence: tuple[float, ...]
    accuracy: tuple[float, ...]

    def to_dict(self) -> dict[str, list[float]]:
        """Return plain lists, as evaluations hold them."""
        return {
            "edges": list(self.edges),
            "count": list(self.count),
            "confidence": list(self.confidence),
            "accuracy": list(self.accuracy),
        }

    @property
    def error(self) -> float:
        """Expected calibration error: mean of |accuracy - confidence| weighted by count."""
        n = max(1, sum(self.count))
        rows = zip(self.count, self.confidence, self.accuracy, strict=True)
        return sum(k * abs(a - c) for k, c, a in rows) / n


def _binned(confidence: FloatArray, bins: int) -> tuple[NDArray[np.float64], Ints]:
    """Return the edges of equal bins of confidence, and each answer's bin."""
    edges = np.linspace(0, 1, bins + 1)
    return edges, np.digitize(confidence, edges[1:-1], right=True)


def reliability(probabilities: FloatArray, truth: Ints, bins: int = 10) -> Reliability:
    """Sort predictions into ``bins`` equal bins of confidence."""
    return reliability_of(probabilities.max(axis=1), probabilities.argmax(axis=1) == truth, bins)


def reliability_of(confidence: FloatArray, right: NDArray[np.bool_], bins: int = 10) -> Reliability:
    """Sort answers ``(n,)`` into ``bins`` equal bins of confidence."""
    edges, place = _binned(confidence, bins)
    count = np.bincount(place, minlength=bins)
    some = np.maximum(count, 1)
    return Reliability(
        tuple(map(float, edges)),
        tuple(map(int, count)),
        tuple(map(float, np.bincount(place, confidence, bins) / some)),
        tuple(map(float, np.bincount(place, right, bins) / some)),
    )


def chance_error(confidence: FloatArray, bins: int = 10, draws: int = 50) -> float:
    """Return the calibration error that answers ``(n,)`` as sure as these show by chance alone.

    It is the mean over draws in which every answer is right as often as it says: with few answers
    even a perfect calibration has an error, and a measured one below it says nothing.
    """
    rng = np.random.default_rng(0)
    _, place = _binned(confidence, bins)
    total = 0.0
    for _ in range(draws):
        missing = confidence - (rng.random(len(confidence)) < confidence)
        total += float(np.abs(np.bincount(place, missing, bins)).sum())
    return total / (draws * len(confidence))


DENSE_LABELS = 500
"""With more labels than this a confusion table is mostly zeros and given as its other entries."""


def confusion(predicted: Ints, truth: Ints, n: int) -> list[list[int]]:
    """Return counts ``(n, n)``, rows are what is true, columns what was said.

    Beyond :data:`DENSE_LABELS` labels they are triples ``[true, said, count]`` of what happened.
    """
    if n > DENSE_LABELS:
        pairs, counts = np.unique(np.stack([truth, predicted]), axis=1, return_counts=True)
        return np.stack([*pairs, counts], axis=1).tolist()
    table = np.zeros((n, n), dtype=np.int64)
    np.add.at(table, (truth, predicted), 1)
    return table.tolist()


def per_class(predicted: Ints, truth: Ints, n: int) -> list[dict[str, float]]:
    """Return precision, recall, F1 and support of every class."""
    out = []
    hits = np.bincount(truth[predicted == truth], minlength=n).tolist()
    answers = np.bincount(predicted, minlength=n).tolist()
    for hit, said, true in zip(
        hits, answers, np.bincount(truth, minlength=n).tolist(), strict=True
    ):
        precision = hit / said if said else 0.0
        recall = hit / true if true else 0.0
        both = precision + recall
        f1 = 2 * precision * recall / both if both else 0.0
        out.append({"precision": precision, "recall": recall, "f1": f1, "n": true})
    return out


def averages(rows: Sequence[Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Return ``macro`` (every class alike) and ``weighted`` (by support) means of the classes.

    Parameters
    ----------
    rows
        As :func:`per_class` gives them.
    """
    support = np.array([row["n"] for row in rows], dtype=np.float64)
    ways = {"macro": np.ones(len(rows)), "weighted": support}
    return {
        way: {
            **{
                key: float(np.average([row[key] for row in rows], weights=weight))
                for key in ("precision", "recall", "f1")
            },
            "n": float(support.sum()),
        }
        for way, weight in ways.items()
    }


def interval(
    hits: NDArray[np.floating] | NDArray[np.bool_], trials: NDArray[np.floating] | None = None
) -> tuple[float, float]:
    """Return the 95 % interval of an accuracy: Wilson's, of as many questions as count.

    Windows of one song depend on each other, so they count as the number of questions that would
    spread as much (Kish 1965, section 8.2; from the linearised variance of a ratio over whole
    songs), never fewer than songs; where all songs agree, as the songs.

    Parameters
    ----------
    hits
        Right answers of each song, ``(songs,)``.
    trials
        Questions asked about each song (its windows); ``None``: one.
    """
    n = len(hits)
    asked = np.ones(n) if trials is None else trials
    total = max(1.0, float(asked.sum()))
    share = float(np.sum(hits)) / total
    count = float(n)
    if trials is not None and n > 1:
        spread = np.square(hits - share * asked).sum() * n / (n - 1) / total**2
        count = min(max(share * (1 - share) / spread, n), total) if spread > 0 else n
    return trust.wilson(share * count, count)


def pool_songs(means: FloatArray, heard_s: FloatArray, pool: Pool) -> FloatArray:
    """Return what ``pool`` makes of each song's mean ``(songs, classes)``."""
    out = np.empty_like(means)
    for part in parts(means):
        out[part] = pool(means[part], heard_s[part])
    return out


def summed(probabilities: FloatArray, song: Ints, n: int) -> FloatArray:
    """Return each song's mean probability over its windows, ``(n, classes)``."""
    out = np.zeros((n, probabilities.shape[1]), dtype=np.float32)
    order = np.argsort(song, kind="stable")
    edges = np.searchsorted(song[order], np.arange(n + 1))
    for number in range(n):
        own = order[edges[number] : edges[number + 1]]
        if len(own):
            out[number] = probabilities[own].mean(axis=0, dtype=np.float64)
    return out


def majority(probabilities: FloatArray, song: Ints, n: int) -> Ints:
    """Return each song's most frequent window label; ties go to the lowest class number."""
    classes = probabilities.shape[1]
    pairs, votes = np.unique(song * classes + probabilities.argmax(axis=1), return_counts=True)
    order = np.lexsort((-pairs, votes))  # a song's winner comes last, and stays
    chosen = np.zeros(n, dtype=np.intp)
    chosen[pairs[order] // classes] = pairs[order] % classes
    return chosen


def among_first(probabilities: FloatArray, truth: Ints, places: int) -> NDArray[np.bool_]:
    """Return which rows have their true class among the ``places`` highest; ties as in argmax."""
    own = probabilities[np.arange(len(truth)), truth][:, None]
    before = np.arange(probabilities.shape[1]) < truth[:, None]
    return ((probabilities > own) | ((probabilities == own) & before)).sum(axis=1) < places


def named_at(probabilities: FloatArray, truth: Ints, threshold: float) -> tuple[float, float]:
    """Return the share of songs that are named at a threshold, and of those, the share right."""
    named = probabilities.max(axis=1) >= threshold
    right = probabilities.argmax(axis=1) == truth
    return float(named.mean()), float(right[named].mean()) if named.any() else 0.0
