"""What the nearest neighbours get right: a baseline that needs no network (paper 003's kNN).

A window is the means and deviations of 13 cepstral coefficients, standardised; the five nearest
training windows vote.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from genredesk.core.scores import FloatArray
from genredesk.features import mfcc
from genredesk.features.frontend import FrontendSpec
from genredesk.training.data.songs import SongSet, iter_windows, labels_of, window_columns
from genredesk.training.data.split import Split
from genredesk.training.evaluation import metrics
from genredesk.training.evaluation.evaluate import Predictions, predict, song_probabilities

K = 5
N_MFCC = 13
MOST_WINDOWS = 20_000
"""So many training windows are kept at most, evenly taken."""


def described(spec: FrontendSpec, windows: FloatArray) -> FloatArray:
    """Return means and deviations over time of the first cepstral coefficients.

    Parameters
    ----------
    windows
        ``(n, channels, bands, frames)`` of any front end: what is no MFCC becomes one by the
        cosine transform over its bands, power after a logarithm.

    Returns
    -------
    ``(n, channels * 26)``.
    """
    if spec.kind not in ("mfcc", "mfcc_image"):
        if spec.kind == "waveform":
            windows = np.square(np.abs(np.fft.rfft(windows, axis=2)))
        if spec.log == "none":
            windows = np.log(np.maximum(windows, 1e-10))
        windows = mfcc.cepstra(windows.astype(np.float32), min(N_MFCC, windows.shape[2]))
    kept = windows[:, :, :N_MFCC]
    both = np.concatenate([kept.mean(-1), kept.std(-1)], axis=2)
    return both.reshape(len(both), -1).astype(np.float32)


def ask(data: SongSet, parts: Split, asked: Sequence[int]) -> Predictions:
    """Let the training songs' windows vote about other songs; logits are log shares of votes.

    Raises
    ------
    DataError
        When there is no song to ask about.
    """
    from scipy.spatial import KDTree  # noqa: PLC0415 - takes a quarter of a second

    labels, hop = labels_of(data), window_columns(data.spec)
    number = {label: i for i, label in enumerate(labels)}
    found, truth = [], []
    for index, windows, _ in iter_windows(data, parts.train, hop):
        found.append(described(data.spec, windows))
        truth += [number[data.songs[index].label]] * len(windows)
    x, y = np.concatenate(found), np.array(truth)
    thin = slice(None, None, -(-len(x) // MOST_WINDOWS))
    x, y = x[thin], y[thin]
    mean, deviation = x.mean(0, dtype=np.float64), x.std(0, dtype=np.float64)
    deviation[deviation == 0] = 1
    nearest: Any = np.arange(1, min(K, len(x)) + 1)  # as a row, so that one is a row, too
    tree = KDTree((x - mean) / deviation)

    def votes(windows: FloatArray) -> FloatArray:
        rows = (described(data.spec, windows) - mean) / deviation
        _, near = tree.query(rows, nearest)
        shares = np.full((len(windows), len(labels)), 1e-3, np.float32)
        np.add.at(shares, (np.arange(len(windows))[:, None], y[near]), 1 / len(nearest))
        return np.log(shares / shares.sum(1, keepdims=True))

    return predict(data, asked, labels, votes, hop=hop)


MOST_GENRES = 500
"""With more genres than this the neighbours are not asked: the votes would be mostly noughts."""


def measured(data: SongSet, splits: Sequence[Split]) -> dict[str, Any] | None:
    """Return what the neighbours name rightly of the songs held back in each of some splits.

    Returns
    -------
    dict or None
        ``k``, ``songs`` (share right), ``n`` and ``interval``; ``None`` with more genres than
        :data:`MOST_GENRES`.
    """
    if len(labels_of(data)) > MOST_GENRES:
        return None
    right = []
    for parts in splits:
        said = ask(data, parts, parts.valid)
        right.append(song_probabilities(said).argmax(axis=1) == said.truth)
    hits = np.concatenate(right)
    return {
        "k": K,
        "songs": float(hits.mean()),
        "n": len(hits),
        "interval": list(metrics.interval(hits)),
    }
