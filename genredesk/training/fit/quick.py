"""Quick mode: the bodies of trained networks stay, only the last layer on them is learned anew.

Every window is heard once; what remains is a logistic regression on embeddings, solved to its
optimum with NumPy and SciPy. Nothing of it needs torch. Every song is held back once,
in folds, for the numbers and for how strongly the layer is held back; the layer that stays has
learned from all of them.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genredesk.core.scores import FloatArray
from genredesk.training.data.songs import iter_windows, window_columns
from genredesk.training.data.split import Split
from genredesk.training.evaluation import evaluate, metrics
from genredesk.training.evaluation.evaluate import HOP_S, Predictions
from genredesk.training.fit import other_music
from genredesk.training.fit.epoch import EpochReport
from genredesk.training.fit.run import FitResult, QuickRun
from genredesk.training.network import logistic
from genredesk.training.network.logistic import Matrix
from genredesk.training.network.module import Embed

AVERAGED, JOINED, KNOWN = "averaged", "joined", "known"
"""A last layer for each network and the mean of their answers, or one on all embeddings together,
or one for each network that is held to what it already says of the words it knows, and the mean of
their answers; either way it is one layer in the end."""

DECAYS = {
    AVERAGED: (1e-1, 3e-2, 1e-2), JOINED: (1e-1, 3e-2, 1e-2), KNOWN: (1.0, 3.0, 0.3),
}  # fmt: skip
"""By way the weights of the squared norm; the first is tried in every way, see :func:`choose`."""

TRIES = len(DECAYS[AVERAGED])
"""How many there are for each way."""

OTHERS = 0.1
"""Share of music that is none of the genres in what a last layer is fitted to."""


@dataclass(frozen=True, slots=True)
class SongEmbeddings:
    """Embeddings of the windows of some songs.

    Parameters
    ----------
    embedding
        ``(windows, d)``; of several networks side by side.
    song, truth
        Index of each window's song and its class number, ``(windows,)``; where several classes may
        hold, which do, ``(windows, classes)``.
    start_s
        Where in the song each begins, in seconds.
    apart
        The windows that overlap with none before them, ``(windows,)``: what is learned from.
        Overlapping ones teach no more (``benchmarks/ACCURACY.md``).
    others
        Embeddings ``(n, d)`` of music that is none of the genres; see
        :mod:`genredesk.training.fit.other_music`.
    known
        For each network the layer ``(classes, its d + 1)`` that says what it already knows of the
        words, or ``None``; empty where none knows any.
    """

    embedding: Matrix
    song: NDArray[np.intp]
    truth: NDArray[Any]
    start_s: FloatArray
    apart: NDArray[np.bool_]
    others: Matrix
    known: tuple[Matrix | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """How a last layer is made.

    Parameters
    ----------
    way
        :data:`AVERAGED`, :data:`JOINED` or :data:`KNOWN`; of one network the first two are one.
    decay
        How strongly it is held back.
    widths
        Of the networks' embeddings, which stand side by side.
    """

    way: str
    decay: float
    widths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """The way that the folds preferred.

    Parameters
    ----------
    held_back
        What layers that had not learned from a song say to its windows.
    number, history
        Which of the tries it was, and all of them.
    """

    head: Head
    held_back: Predictions
    number: int
    history: tuple[EpochReport, ...]


def hear(
    run: QuickRun,
    embed: Embed,
    indices: Sequence[int],
    others: Matrix | None = None,
    known: tuple[Matrix | None, ...] = (),
) -> SongEmbeddings:
    """Embed every window of the songs ``indices``; ``known`` as in :class:`SongEmbeddings`."""
    classes = evaluate.truth_of(run.data.songs, run.labels)
    spec = run.data.spec
    hop = max(1, round(HOP_S / spec.hop_s))
    parts, song, start, apart = [], [], [], []
    for done, (index, windows, starts) in enumerate(iter_windows(run.data, indices, hop), 1):
        parts += [embed(windows[i : i + 64]) for i in range(0, len(windows), 64)]
        song += [index] * len(windows)
        start += [s * spec.hop_s for s in starts]
        apart += [k % -(-window_columns(spec) // starts.step) == 0 for k in range(len(starts))]
        run.ctx.progress(done, len(indices), run.data.songs[index].name)
    songs = np.array(song, np.intp)
    embedding = np.concatenate(parts).astype(np.float64)
    others = other_music.none(embedding.shape[1]) if others is None else others
    begin = np.array(start, np.float32)
    truth = classes[songs]
    return SongEmbeddings(embedding, songs, truth, begin, np.array(apart), others, known)


def fit_layer(
    x: Matrix,
    truth: NDArray[Any],
    n: int,
    *,
    decay: float,
    others: Matrix,
    known: Matrix | None = None,
) -> tuple[Matrix, float]:
    """Fit a last layer on embeddings ``(windows, d)`` as they are; every class counts alike.

    Where several classes may hold, each is a question of its own and counts as often as it holds.
    With ``known (n, d + 1)`` the layer is held to that one; of one class only.

    Returns
    -------
    (layer, loss)
        ``(n, d + 1)``, the standardisation folded into it, and what was minimised.
    """
    mean = x.mean(0)
    # numbers that hardly move would get weights that magnify rounding errors
    least = max(1e-4, 0.02 * float(np.sqrt(np.square(x).mean())))
    deviation = np.maximum(x.std(0), least)
    if truth.ndim == 2:
        layer, loss = logistic.fit_each((x - mean) / deviation, truth, decay=decay)
        weight = layer[:, :-1] / deviation
        return np.column_stack([weight, layer[:, -1] - weight @ mean]), loss
    counts = np.maximum(np.bincount(truth, minlength=n), 1)
    weights = counts.sum() / (n * counts)
    prior = None
    if known is not None:  # the same layer on standardised embeddings
        prior = np.column_stack([known[:, :-1] * deviation, known[:, -1] + known[:, :-1] @ mean])
    layer, loss = logistic.fit(
        (x - mean) / deviation, truth, n, decay=decay, weights=weights,
        others=(others - mean) / deviation, share=OTHERS, prior=prior,
    )  # fmt: skip
    weight = layer[:, :-1] / deviation
    return np.column_stack([weight, layer[:, -1] - weight @ mean]), loss


def layer_of(
    head: Head, heard: SongEmbeddings, rows: NDArray[np.bool_], n: int
) -> tuple[Matrix, float]:
    """Fit a last layer for ``n`` genres on some windows.

    Returns
    -------
    (layer, loss)
        ``(n, d + 1)``, on embeddings as they are.
    """
    rows = rows & heard.apart
    x, truth = heard.embedding[rows], heard.truth[rows]
    if head.way == JOINED:
        return fit_layer(x, truth, n, decay=head.decay, others=heard.others)
    edges = np.cumsum(head.widths)[:-1]
    known = heard.known if head.way == KNOWN else (None,) * len(head.widths)
    parts = zip(
        np.split(x, edges, axis=1), np.split(heard.others, edges, axis=1), known, strict=True
    )
    # a network that knows none of the words learns as it does by itself
    alone = DECAYS[AVERAGED][0] if head.way == KNOWN else head.decay
    fitted = [
        fit_layer(
            part, truth, n, decay=alone if prior is None else head.decay, others=others, known=prior
        )
        for part, others, prior in parts
    ]
    share = 1 / len(fitted)
    weights = [share * layer[:, :-1] for layer, _ in fitted]
    bias = share * sum(layer[:, -1] for layer, _ in fitted)
    return np.column_stack([*weights, bias]), share * sum(loss for _, loss in fitted)


def in_turn(
    run: QuickRun, heard: SongEmbeddings, folds: Sequence[Split], head: Head
) -> tuple[Predictions, float, float]:
    """Ask about every song of the folds a layer that has not learned from it.

    Returns
    -------
    (predictions, loss, accuracy)
        Beside the answers, the mean of what was minimised and of the windows learned from that
        are named rightly.
    """
    n = len(run.labels)
    asked = sorted(i for fold in folds for i in fold.valid)
    place = np.full(len(run.data.songs), -1)
    place[asked] = np.arange(len(asked))
    logits = np.zeros((len(heard.truth), n), np.float32)
    losses, right = [], []
    for fold in folds:
        run.ctx.checkpoint()
        learned, held = (np.isin(heard.song, side) for side in (fold.train, fold.valid))
        layer, loss = layer_of(head, heard, learned, n)
        logits[held] = logistic.answers(layer, heard.embedding[held])
        said = logistic.answers(layer, heard.embedding[learned])
        losses.append(loss)
        right.append(float(evaluate.right(said, heard.truth[learned]).mean()))
    tried = place[heard.song] >= 0
    truth = np.zeros((len(asked), *heard.truth.shape[1:]), heard.truth.dtype)
    truth[place[heard.song[tried]]] = heard.truth[tried]
    predictions = Predictions(
        run.labels, tuple(run.data.songs[i].name for i in asked), truth,
        place[heard.song[tried]], heard.start_s[tried], logits[tried], run.data.spec.window_s,
    )  # fmt: skip
    return predictions, float(np.mean(losses)), float(np.mean(right))


def doubts(predictions: Predictions) -> NDArray[np.float64]:
    """Return the mean -log p(truth) of each song's windows, ``(songs,)``, at the best temperature.

    Tries are judged by it: it tells more from a few songs than the share that is right, which
    moves in steps of a song.
    """
    truth, logits, song = predictions.window_truth, predictions.logits, predictions.song
    losses = metrics.losses(logits, truth, metrics.fit_temperature(logits, truth))
    return np.bincount(song, losses) / np.bincount(song)


def clearly_less(mine: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Return whether doubts ``mine`` are less by more than a standard error of the difference.

    One standard error (Breiman et al. 1984, section 3.4.3), paired by song: of a few songs the
    least doubt is mostly luck, and the try before is the one that learns less from them.
    """
    if len(mine) < 2:
        return False
    better = other - mine
    return bool(better.mean() > better.std(ddof=1) / np.sqrt(len(better)))


def choose(
    run: QuickRun, heard: SongEmbeddings, folds: Sequence[Split], widths: Sequence[int]
) -> Kept:
    """Try the ways and then the strengths of the best one on the folds.

    What is already known comes first, where something is; of ways and strengths that come later one
    is taken where its doubts are :func:`clearly_less`.

    Parameters
    ----------
    widths
        Of the networks' embeddings, which stand side by side in ``heard``.
    """
    ways = [AVERAGED, JOINED] if len(widths) > 1 else [JOINED]
    if any(layer is not None for layer in heard.known):
        ways.insert(0, KNOWN)
    tries = [Head(way, DECAYS[way][0], tuple(widths)) for way in ways]
    n = len(ways) + TRIES - 1
    history: list[EpochReport] = []
    least: NDArray[np.float64] | None = None
    kept = None
    while len(history) < n:
        head, started = tries[len(history)], time.monotonic()
        answers, loss, learned = in_turn(run, heard, folds, head)
        windows, songs = evaluate.accuracies(answers)
        mine = doubts(answers)
        best = least is None or clearly_less(mine, least)
        report = EpochReport(
            len(history) + 1, n, loss, learned, windows, songs, head.decay,
            time.monotonic() - started, best,
        )  # fmt: skip
        history.append(report)
        run.on_valid(report.epoch, answers)
        if best:
            least, kept = mine, (head, answers, report.epoch)
        run.on_epoch(report)
        if len(history) == len(ways) and kept is not None:
            best_way = kept[0]
            tries += [
                dataclasses.replace(best_way, decay=decay) for decay in DECAYS[best_way.way][1:]
            ]
    assert kept is not None  # noqa: S101 - there is something to try
    return Kept(*kept, tuple(history))


def compared(
    run: QuickRun, heard: SongEmbeddings, folds: Sequence[Split], widths: Sequence[int], kept: Kept
) -> list[dict[str, Any]]:
    """Return what the first network alone gets right on the same folds, and what all do.

    Returns
    -------
    list of dict
        Of one and of all networks (once, where there is one): ``ears``, how many; ``songs``, the
        share right; ``interval``, its 95 % one; ``n`` songs.
    """
    found = [(len(widths), kept.held_back)]
    if len(widths) > 1:
        first = alone(heard, widths, 0)
        way = KNOWN if kept.head.way == KNOWN and first.known[0] is not None else JOINED
        head = Head(way, kept.head.decay, tuple(widths[:1]))
        found.insert(0, (1, in_turn(run, first, folds, head)[0]))
    out = []
    for ears, answers in found:
        right = answers.right(evaluate.song_probabilities(answers))
        interval = list(metrics.interval(right))
        out.append(
            {"ears": ears, "songs": float(right.mean()), "interval": interval, "n": len(right)}
        )
    return out


def alone(heard: SongEmbeddings, widths: Sequence[int], ear: int) -> SongEmbeddings:
    """Return what one of several networks heard."""
    first = sum(widths[:ear])
    part = slice(first, first + widths[ear])
    embedding, others = (np.ascontiguousarray(x[:, part]) for x in (heard.embedding, heard.others))
    known = heard.known[ear : ear + 1]
    return dataclasses.replace(heard, embedding=embedding, others=others, known=known)


def on_all(run: QuickRun, heard: SongEmbeddings, kept: Kept) -> tuple[Matrix, FitResult]:
    """Fit the layer that stays on all songs of ``heard``; see :func:`layer_of`."""
    began = time.monotonic()
    every = np.ones(len(heard.truth), bool)
    layer, _ = layer_of(kept.head, heard, every, len(run.labels))
    seconds = time.monotonic() - began
    return layer, FitResult({}, kept.history, kept.number, seconds, "cpu")
