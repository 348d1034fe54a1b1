"""A network whose words may hold together, measured on labelled songs, word by word (no torch).

A song's label may be several, with ``;`` between them; each counts also as its parent in the
network's tree. What a song is not labelled with counts as not holding, so on a folder with one
genre a folder the precision of a word nobody looked for is a lower bound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genredesk.core import certainty
from genredesk.core.errors import DataError
from genredesk.core.genres import UNDER, genre_key
from genredesk.core.job import JobContext
from genredesk.core.messages import say
from genredesk.core.scores import FloatArray
from genredesk.inference.card import ModelCard, parents_of
from genredesk.training.data.songs import (
    SongSet,
    iter_windows,
    listed,
    window_columns,
    words_in,
)
from genredesk.training.evaluation import metrics


def _numbers(card: ModelCard) -> Mapping[str, frozenset[int]]:
    """Return which words each name means: the whole name of a word, or of a leaf its last part."""
    found: dict[str, set[int]] = {}
    for number, word in enumerate(card.words):
        for name in {word, word.rpartition(UNDER)[2]}:
            found.setdefault(genre_key(name), set()).add(number)
    for number, word in enumerate(card.words):  # who names a word exactly means no other
        found[genre_key(word)] = {number}
    return {name: frozenset(numbers) for name, numbers in found.items()}


def truth_of(card: ModelCard, names: Sequence[str], labels: Sequence[str]) -> NDArray[np.bool_]:
    """Return which words hold for songs, ``(songs, words)``.

    Parameters
    ----------
    names, labels
        Each song's name and label.

    Raises
    ------
    DataError
        When a label is none of the network's words.
    """
    numbers = _numbers(card)
    above = {
        child: place
        for place, mine in enumerate(parents_of(card.labels).values(), len(card.labels))
        for child in mine
    }
    truth = np.zeros((len(labels), len(card.words)), bool)
    for row, (name, label) in enumerate(zip(names, labels, strict=True)):
        for one in words_in(label):
            known = numbers.get(genre_key(one))
            if known is None:
                raise DataError(
                    say(
                        "{name}: its genre {one} is not one this network knows ({listed}). "
                        "Rename its folder, or leave it out.",
                        name=name,
                        one=one,
                        listed=listed(card.words),
                    )
                )
            truth[row, list(known)] = True
            truth[row, [above[k] for k in known if k in above]] = True
    return truth


def hear(
    card: ModelCard,
    data: SongSet,
    chosen: Sequence[int],
    network: Callable[[FloatArray], FloatArray],
    ctx: JobContext | None = None,
) -> FloatArray:
    """Return each song's probability of every word over its windows, ``(songs, words)``."""
    songs = np.empty((len(chosen), len(card.words)), np.float32)
    for place, (index, windows, _) in enumerate(
        iter_windows(data, chosen, window_columns(data.spec))
    ):
        parts = [network(windows[i : i + 64]) for i in range(0, len(windows), 64)]
        songs[place] = card.probabilities(np.concatenate(parts)).mean(axis=0)
        if ctx is not None:
            ctx.progress(place + 1, len(chosen), data.songs[index].name)
    return songs


def _shares(
    said: NDArray[np.bool_], truth: NDArray[np.bool_], axis: int | None = 0
) -> dict[str, NDArray[np.float64]]:
    """Return precision, recall and F1 of each word, or of all answers together (``axis=None``)."""
    both, named, there = ((x).sum(axis=axis) for x in (said & truth, said, truth))
    return {
        "precision": both / np.maximum(named, 1),
        "recall": both / np.maximum(there, 1),
        "f1": 2 * both / np.maximum(named + there, 1),
    }


def average_precision(truth: NDArray[np.bool_], scores: FloatArray) -> float:
    """Return the mean of the precisions at every song that holds, ranked by score.

    The sum over thresholds of precision times the gain in recall, as scikit-learn's; equal scores
    are one threshold. Both are of any one shape.
    """
    order = np.argsort(-scores.ravel(), kind="stable")
    held, ranked = truth.ravel()[order], scores.ravel()[order]
    last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    hits = np.cumsum(held)[last]
    gain = np.diff(hits, prepend=0) / max(1, int(held.sum()))
    return float(np.sum(gain * hits / (last + 1)))


def summarise(card: ModelCard, songs: FloatArray, truth: NDArray[np.bool_]) -> dict[str, Any]:
    """Measure every word at the card's own thresholds.

    Parameters
    ----------
    songs, truth
        ``(songs, words)``.

    Returns
    -------
    dict
        Plain data: ``labels`` (words that any song has), ``per_label`` of these: ``n``,
        ``precision``, ``recall`` with its 95 % ``interval``, ``f1``, ``average_precision``, and
        ``threshold``; ``macro`` and ``micro`` of the same over these words; ``songs``: how often
        the ``first`` word is one of the song's, of how many and its interval; ``together``: of the
        songs that have the word of a row, how many are called by the word of a column.
    """
    bounds = card.bounds()
    several = bounds.several
    assert several is not None  # noqa: S101 - of such cards only
    tried = np.flatnonzero(truth.any(axis=0))
    holds = songs >= np.array(several.sure)
    y, said, p = truth[:, tried], holds[:, tried], songs[:, tried]
    ranked = np.array([average_precision(y[:, k], p[:, k]) for k in range(len(tried))])
    by_label, micro = _shares(said, y), _shares(said, y, None)
    per_label = {
        card.words[number]: {
            "n": int(y[:, k].sum()),
            **{name: float(values[k]) for name, values in by_label.items()},
            "interval": list(metrics.interval(said[y[:, k], k])),
            "average_precision": float(ranked[k]),
            "threshold": several.sure[number],
        }
        for k, number in enumerate(tried.tolist())
    }
    first = certainty.leaders(songs, bounds)[:, 0]
    right = truth[np.arange(len(songs)), first]
    return {
        "task": "several",
        "labels": list(per_label),
        "songs": {
            "n": len(songs), "first": float(right.mean()),
            "interval": list(metrics.interval(right)),
        },
        "per_label": per_label,
        "together": (y.T.astype(int) @ said.astype(int)).tolist(),
        "macro": {
            **{name: float(values.mean()) for name, values in by_label.items()},
            "average_precision": float(ranked.mean()),
        },
        "micro": {
            **{name: float(value) for name, value in micro.items()},
            "average_precision": average_precision(y, p),
        },
    }  # fmt: skip
