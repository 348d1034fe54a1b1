"""Quick mode: the body of a trained network stays, only its last layer is learned anew.

Every window is heard once; what remains is a logistic regression on embeddings, solved to its
optimum. How strongly it is held back is chosen on the kept-back songs.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from genredesk.nets.network import Network
from genredesk.training.batches import batches
from genredesk.training.data.songs import iter_windows
from genredesk.training.evaluation import metrics
from genredesk.training.evaluation.evaluate import HOP_S, Predictions
from genredesk.training.fit.epoch import EpochReport
from genredesk.training.fit.fit import FitResult, FitRun
from genredesk.training.network import logistic, rebuild
from genredesk.training.network.logistic import Matrix
from genredesk.training.network.module import Listen

DECAYS = (1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4)
"""Weights of the squared norm, from held back to free."""


@dataclass(frozen=True, slots=True)
class SongEmbeddings:
    """Embeddings of the windows of some songs.

    Parameters
    ----------
    embedding
        ``(windows, d)``.
    song, truth
        Position of each window's song and its class number, ``(windows,)``.
    """

    embedding: Matrix
    song: NDArray[np.intp]
    truth: NDArray[np.intp]


def hear(
    run: FitRun, listen: Listen, indices: tuple[int, ...], done: int, total: int
) -> SongEmbeddings:
    """Embed every window of the songs ``indices``."""
    classes = batches.targets_of(run.data, run.labels)
    hop = max(1, round(HOP_S / run.data.spec.hop_s))
    parts, song, truth = [], [], []
    for place, (index, windows, _) in enumerate(iter_windows(run.data, indices, hop)):
        parts += [listen(windows[i : i + 64])[1] for i in range(0, len(windows), 64)]
        song += [place] * len(windows)
        truth += [int(classes[index])] * len(windows)
        run.ctx.progress(done + place + 1, total, run.data.songs[index].name)
    embedding = np.concatenate(parts).astype(np.float64)
    return SongEmbeddings(embedding, np.array(song), np.array(truth))


def _accuracies(heard: SongEmbeddings, logits: Matrix) -> tuple[float, float]:
    """Return the accuracy of windows and of songs (summed probability)."""
    scores = metrics.softmax(logits.astype(np.float32))
    windows = float((scores.argmax(1) == heard.truth).mean())
    songs = metrics.summed(scores, heard.song, int(heard.song.max()) + 1)
    truth = np.zeros(len(songs), np.intp)
    truth[heard.song] = heard.truth
    return windows, float((songs.argmax(1) == truth).mean())


def _answers(run: FitRun, heard: SongEmbeddings, logits: Matrix) -> Predictions:
    """Return what a new head says to the windows of the held-back songs."""
    truth = np.zeros(len(run.split.valid), np.intp)
    truth[heard.song] = heard.truth
    names = tuple(run.data.songs[i].name for i in run.split.valid)
    begin = np.zeros(len(logits), np.float32)
    scores = logits.astype(np.float32)
    return Predictions(run.labels, names, truth, heard.song, begin, scores, run.data.spec.window_s)


def new_head(run: FitRun, listen: Listen) -> FitResult:
    """Replace the last layer of ``run.net`` by one for ``run.labels`` and fit it.

    Parameters
    ----------
    listen
        The network as it is, for its embeddings.

    Raises
    ------
    DataError
        When the network has no last layer of its own.
    """
    began, net, n = time.monotonic(), run.net.cpu().eval(), len(run.labels)
    rebuild.check_last_layer(net)
    torch.manual_seed(run.seed)
    total = len(run.split.train) + len(run.split.valid)
    train = hear(run, listen, run.split.train, 0, total)
    valid = hear(run, listen, run.split.valid, len(run.split.train), total)
    mean = train.embedding.mean(0)
    # numbers that hardly move would get weights that magnify rounding errors
    least = max(1e-4, 0.02 * float(np.sqrt(np.square(train.embedding).mean())))
    deviation = np.maximum(train.embedding.std(0), least)
    x, x_valid = ((h.embedding - mean) / deviation for h in (train, valid))
    counts = np.maximum(np.bincount(train.truth, minlength=n), 1)
    weights = counts.sum() / (n * counts)
    history: list[EpochReport] = []
    best, kept, layer = -1.0, 0, None
    for number, decay in enumerate(DECAYS, 1):
        run.ctx.checkpoint()
        started = time.monotonic()
        layer, loss = logistic.fit(
            x, train.truth, n, decay=decay, weights=weights, start=layer
        )  # fmt: skip
        logits = logistic.answers(layer, x_valid)
        windows, songs = _accuracies(valid, logits)
        better = windows > best
        report = EpochReport(
            number, len(DECAYS), loss, _accuracies(train, logistic.answers(layer, x))[0],
            windows, songs, decay, time.monotonic() - started, better,
        )  # fmt: skip
        history.append(report)
        run.on_valid(number, _answers(run, valid, logits))
        if better:
            best, kept = windows, number
            _put(net, layer, mean, deviation)
        run.on_epoch(report)
    state = {k: v.detach().clone() for k, v in net.state_dict().items()}
    return FitResult(state, tuple(history), kept, time.monotonic() - began, "cpu")


@torch.no_grad()
def _put(net: Network, fitted: Matrix, mean: Matrix, deviation: Matrix) -> None:
    """Give the network the fitted head, with the standardisation folded into it."""
    net.new_head(len(fitted))
    layer = net.last_layer()
    assert layer is not None  # noqa: S101 - looked at before
    weight = fitted[:, :-1] / deviation
    bias = torch.from_numpy(fitted[:, -1] - weight @ mean).float()
    layer.weight.copy_(torch.from_numpy(weight))
    if layer.bias is None:
        layer.bias = nn.Parameter(bias)
    else:
        layer.bias.copy_(bias)
