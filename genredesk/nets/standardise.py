"""Standardisation inside the exported graph: the file on disk takes raw front-end features.

``Standardised(net, mean, std)`` is what training fits, exports and saves; the statistics are
buffers, so they travel with the weights. :func:`statistics` computes them from training windows.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from genredesk.nets.network import Network
from genredesk.nets.spec import NetSpec, Scaling

_AXES: dict[str, tuple[int, ...]] = {
    "global": (0, 1, 2, 3),
    "band": (0, 3),
    "column": (0, 1, 2),
}
"""Axes of ``(batch, channels, bands, frames)`` over which mean and deviation are taken."""

FLOOR = 1e-5
"""A band that never moves is left unscaled rather than divided by its rounding noise."""


def statistics(
    batches: Iterable[NDArray[np.float32]], scaling: Scaling
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and standard deviation over training windows, in one pass.

    Parameters
    ----------
    batches
        Arrays ``(n, channels, bands, frames)`` of raw features.
    scaling
        ``"band"`` (per channel and band), ``"global"`` (one number), ``"column"`` (per frame, as
        paper 002's code does), or ``"none"`` / ``"sample"`` (0 and 1: nothing to fit).

    Returns
    -------
    (mean, std)
        Each ``(channels | 1, bands | 1, frames | 1)``.

    Raises
    ------
    ValueError
        When there is nothing in ``batches`` although there should be.
    """
    zero = np.zeros((1, 1, 1), np.float32)
    if scaling not in _AXES:
        return zero, zero + 1
    axes, n = _AXES[scaling], 0
    mean = square = np.zeros(())
    for batch in batches:
        x = np.asarray(batch, np.float64)
        size = int(np.prod([x.shape[a] for a in axes]))
        here = x.mean(axes, keepdims=True)
        # Chan's update: no difference of large sums, so raw power is as safe as decibels
        delta, total = here - mean, n + size
        square = square + ((x - here) ** 2).sum(axes, keepdims=True) + delta**2 * (n * size / total)
        mean, n = mean + delta * (size / total), total
    if n == 0:
        raise ValueError("no training windows to standardise by")
    std = np.sqrt(square / n)
    std[std < FLOOR * np.maximum(1.0, np.abs(mean))] = 1.0
    return mean[0].astype(np.float32), std[0].astype(np.float32)


class Standardised(Network):
    """A network behind ``(features - mean) / std``.

    Parameters
    ----------
    net
        Any network of the zoo.
    mean, std
        Broadcast against ``(channels, bands, frames)``, e.g. ``(channels, bands, 1)``; a plain
        ``(bands,)`` or ``(channels, bands)`` is taken per band. Zero deviations become one.
    per_sample
        Also take each sample's own mean and deviation out, per channel over bands and frames
        (paper 002, three channels and pictures).
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        net: Network,
        mean: ArrayLike | Tensor = 0.0,
        std: ArrayLike | Tensor = 1.0,
        *,
        per_sample: bool = False,
    ) -> None:
        super().__init__()
        self.net = net
        self.per_sample = per_sample
        self.register_buffer("mean", _as_grid(mean))
        std = _as_grid(std)
        self.register_buffer("std", torch.where(std > 0, std, torch.ones_like(std)))

    def standardise(self, features: Tensor) -> Tensor:
        """Return the network's own input, shape as ``features``."""
        x = (features - self.mean) / self.std
        if self.per_sample:
            x = x - x.mean((2, 3), keepdim=True)
            x = x / (x.square().mean((2, 3), keepdim=True).sqrt() + FLOOR)
        return x

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Raw features ``(batch, channels, bands, frames)`` to ``(logits, embedding)``.

        In evaluation the embedding is the mean over the network's own views of each window.
        """
        views = features if self.training else self.net.views(features)
        last = self.last_layer()
        if views is features or last is None:
            return self.net(self.standardise(features))
        _, embedding = self.net(self.standardise(views))
        embedding = embedding.reshape(-1, features.shape[0], embedding.shape[1]).mean(0)
        return last(embedding), embedding

    def loss(self, features: Tensor, genre: Tensor) -> Tensor:
        """Return the loss of a network inside that brings its own, for genres ``(batch,)``."""
        return self.net.loss(self.standardise(features), genre)  # type: ignore[operator]

    def last_layer(self) -> nn.Linear | None:
        """Return the last layer of the network inside."""
        return self.net.last_layer()

    def new_head(self, n_classes: int) -> None:
        """Put a fresh last layer into the network inside."""
        self.net.new_head(n_classes)

    def penalty(self) -> Tensor:
        """Return the network's own weight regularisation."""
        return self.net.penalty()


def untouched(spec: NetSpec, shape: tuple[int, int, int], n_classes: int) -> Standardised:
    """Build a fresh network behind a standardisation that changes nothing yet.

    Its statistics have the shape that :func:`statistics` gives for ``spec.scaling``, so trained
    ones can be loaded into it.

    Parameters
    ----------
    shape
        ``(channels, bands, frames)``.
    """
    channels, bands, frames = shape
    grids = {"band": (channels, bands, 1), "column": (1, 1, frames)}
    grid = grids.get(spec.scaling, (1, 1, 1))
    net = spec.build(channels, bands, frames, n_classes)
    per_sample = spec.scaling == "sample"
    return Standardised(net, torch.zeros(grid), torch.ones(grid), per_sample=per_sample)


def _as_grid(values: ArrayLike | Tensor) -> Tensor:
    """Bring statistics to ``(channels | 1, bands | 1, frames | 1)``, float32."""
    grid = torch.as_tensor(values, dtype=torch.float32).detach().clone()
    if grid.ndim > 3:
        raise ValueError(f"statistics of shape {tuple(grid.shape)} do not fit one window")
    if grid.ndim in (1, 2):
        grid = grid[..., None]
    return grid.reshape((1,) * (3 - grid.ndim) + tuple(grid.shape))
