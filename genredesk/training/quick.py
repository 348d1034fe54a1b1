"""Quick mode: the body of a trained network stays, only its last layer is learned anew.

Every window is heard once; what remains is a logistic regression on embeddings, solved to its
optimum with L-BFGS. How strongly it is held back is chosen on the kept-back songs.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from genredesk.core.errors import DataError
from genredesk.nets.network import Network
from genredesk.training import batches
from genredesk.training.evaluate import HOP_S, Predictions
from genredesk.training.fit import EpochReport, FitResult, Run
from genredesk.training.songs import iter_windows

DECAYS = (1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4)
"""Weights of the squared norm, from held back to free."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Embeddings of the windows of some songs.

    Parameters
    ----------
    embedding
        ``(windows, d)``.
    song, truth
        Position of each window's song and its class number, ``(windows,)``.
    """

    embedding: Tensor
    song: NDArray[np.intp]
    truth: NDArray[np.intp]


@torch.inference_mode()
def hear(run: Run, indices: tuple[int, ...], done: int, total: int) -> Heard:
    """Embed every window of the songs ``indices`` with the network in evaluation mode."""
    classes = batches.targets_of(run.data, run.labels)
    hop = max(1, round(HOP_S / run.data.spec.hop_s))
    parts, song, truth = [], [], []
    for place, (index, windows, _) in enumerate(iter_windows(run.data, indices, hop)):
        parts += [
            run.net(torch.from_numpy(windows[i : i + 64]))[1] for i in range(0, len(windows), 64)
        ]
        song += [place] * len(windows)
        truth += [int(classes[index])] * len(windows)
        run.ctx.progress(done + place + 1, total, run.data.songs[index].name)
    return Heard(torch.cat(parts).float().clone(), np.array(song), np.array(truth))


def _solve(x: Tensor, y: Tensor, weights: Tensor, head: nn.Linear, decay: float) -> float:
    """Fit ``head`` in place by L-BFGS from where it stands; return the loss."""
    optimiser = torch.optim.LBFGS(
        head.parameters(), max_iter=200, tolerance_change=1e-7, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        fitted = functional.cross_entropy(head(x), y, weight=weights)
        return fitted + decay * head.weight.square().sum()

    def closure() -> float:
        optimiser.zero_grad()
        value = loss()
        value.backward()
        return float(value.detach())

    optimiser.step(closure)
    return float(loss().detach())


def _accuracies(head: nn.Linear, heard: Heard, x: Tensor) -> tuple[float, float]:
    """Return the accuracy of windows and of songs (summed probability)."""
    with torch.inference_mode():
        scores = head(x).softmax(1).numpy()
    windows = float((scores.argmax(1) == heard.truth).mean())
    n = int(heard.song.max()) + 1
    total = np.zeros((n, scores.shape[1]))
    np.add.at(total, heard.song, scores)
    truth = np.zeros(n, np.intp)
    truth[heard.song] = heard.truth
    return windows, float((total.argmax(1) == truth).mean())


def _answers(run: Run, head: nn.Linear, heard: Heard, x: Tensor) -> Predictions:
    """Return what ``head`` says to the windows of the held-back songs."""
    with torch.inference_mode():
        logits = head(x).numpy()
    truth = np.zeros(len(run.split.valid), np.intp)
    truth[heard.song] = heard.truth
    names = tuple(run.data.songs[i].name for i in run.split.valid)
    begin = np.zeros(len(logits), np.float32)
    return Predictions(run.labels, names, truth, heard.song, begin, logits, run.data.spec.window_s)


def new_head(run: Run) -> FitResult:
    """Replace the last layer of ``run.net`` by one for ``run.labels`` and fit it.

    Raises
    ------
    DataError
        When the network has no last layer of its own.
    """
    began, net = time.monotonic(), run.net.cpu().eval()
    if net.last_layer() is None:
        raise DataError("This network has no last layer to learn anew. Choose the full mode.")
    torch.manual_seed(run.seed)
    total = len(run.split.train) + len(run.split.valid)
    train = hear(run, run.split.train, 0, total)
    valid = hear(run, run.split.valid, len(run.split.train), total)
    mean = train.embedding.mean(0)
    # numbers that hardly move would get weights that magnify rounding errors
    least = max(1e-4, 0.02 * float(train.embedding.square().mean().sqrt()))
    deviation = train.embedding.std(0).clamp_min(least)
    x, x_valid = ((h.embedding - mean) / deviation for h in (train, valid))
    y = torch.from_numpy(train.truth)
    counts = torch.bincount(y, minlength=len(run.labels)).clamp_min(1).float()
    weights = counts.sum() / (len(run.labels) * counts)
    head = nn.Linear(x.shape[1], len(run.labels))
    nn.init.zeros_(head.weight)
    nn.init.zeros_(head.bias)
    history: list[EpochReport] = []
    best, kept = -1.0, 0
    for number, decay in enumerate(DECAYS, 1):
        run.ctx.checkpoint()
        started = time.monotonic()
        loss = _solve(x, y, weights, head, decay)
        windows, songs = _accuracies(head, valid, x_valid)
        better = windows > best
        report = EpochReport(
            number, len(DECAYS), loss, _accuracies(head, train, x)[0], windows, songs,
            decay, time.monotonic() - started, better,
        )  # fmt: skip
        history.append(report)
        run.on_valid(number, _answers(run, head, valid, x_valid))
        if better:
            best, kept = windows, number
            _put(net, head, mean, deviation, len(run.labels))
        run.on_epoch(report)
    state = {k: v.detach().clone() for k, v in net.state_dict().items()}
    return FitResult(state, tuple(history), kept, time.monotonic() - began, "cpu")


@torch.no_grad()
def _put(net: Network, head: nn.Linear, mean: Tensor, deviation: Tensor, n: int) -> None:
    """Give the network the fitted head, with the standardisation folded into it."""
    net.new_head(n)
    layer = net.last_layer()
    assert layer is not None  # noqa: S101 - looked at before
    weight = head.weight / deviation
    layer.weight.copy_(weight)
    bias = head.bias - weight @ mean
    if layer.bias is None:
        layer.bias = nn.Parameter(bias.clone())
    else:
        layer.bias.copy_(bias)
