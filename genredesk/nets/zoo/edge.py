"""The small CNN for edge devices, Putovici & Molnár (paper 004).

Three linear convolutions of 2 bands x 6 frames, each normalised and pooled, then one tanh layer.
The pool's size is not printed; it decides whether the network is small (0.14 to 17.7 M).
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from genredesk.nets.init import keras_
from genredesk.nets.layers import FittedPool, Size, fit, keras_norm, valid_size
from genredesk.nets.network import Network, absolute_sum, square_sum
from genredesk.nets.spec import NetSpec


class Edge(Network):
    """Three times conv (2, 6) - batch norm - max pool, dense 512 tanh, dense.

    Kernels and pools larger than the map they meet are cut down to it (short windows).

    Parameters
    ----------
    pool
        Bands and frames pooled after each convolution. Keras' default (2, 2) gives 17.7 M
        parameters, which contradicts "small"; (2, 4) gives 1.5 M and (4, 4) 0.14 M.
    depth, width, kernel
        Number of convolutions, kernels in each (twice as many in the last), and their size; the
        paper leaves looking for better ones to others.
    """

    def __init__(
        self,
        n_channels: int,
        n_bands: int,
        n_frames: int,
        n_classes: int,
        *,
        pool: Size = (2, 4),
        depth: int = 3,
        width: int = 32,
        kernel: Size = (2, 6),
    ) -> None:
        super().__init__()
        size, n_in = (n_bands, n_frames), n_channels
        blocks: list[nn.Module] = []
        for n_out in (*[width] * (depth - 1), 2 * width):
            fitted = fit(kernel, size)
            size = valid_size(size, fitted)
            pooling = FittedPool(pool, size)
            size = pooling.out_size
            blocks += [nn.Conv2d(n_in, n_out, fitted), keras_norm(n_out), pooling]
            n_in = n_out
        self.blocks = nn.Sequential(*blocks)
        self.dense = nn.Linear(n_in * size[0] * size[1], 512)
        self.head = nn.Linear(512, n_classes)
        keras_(self)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """``(batch, channels, bands, frames)`` to logits and the tanh layer's 512 numbers."""
        embedding = torch.tanh(self.dense(self.blocks(features).flatten(1)))
        return self.head(embedding), embedding

    def penalty(self) -> Tensor:
        """L1 + L2 on the dense layer's kernel; the weights are unstated, 1e-4 each here."""
        return 1e-4 * (absolute_sum(self.dense.weight) + square_sum(self.dense.weight))


_EDGE = NetSpec(
    name="edge",
    title="Edge CNN (Putovici & Molnár)",
    paper="004",
    build=Edge,
    frontend_name="edge-mel",
    shape=(1, 128, 323),
    parameters=1_518_090,
    trainable=1_517_834,
    recipe="edge",
    worth_trying={
        "depth": (2, 3, 4),
        "width": (16, 24, 32, 48),
        "kernel": ((2, 6), (3, 3), (2, 10), (5, 5)),
        "pool": ((2, 4), (2, 2), (4, 4)),
    },
    notes="Fragment accuracy printed: 61 % on a split by fragments, where every song is on both "
    "sides. The pool's size is not printed; (2, 4) keeps it small.",
)

NET = _EDGE.with_variants(
    _EDGE.like(
        name="edge-2x2",
        title="Edge CNN, Keras' pools (2, 2)",
        build=partial(Edge, pool=(2, 2)),
        parameters=17_738_250,
        trainable=17_737_994,
    ),
    _EDGE.like(
        name="edge-4x4",
        title="Edge CNN, smallest, pools (4, 4)",
        build=partial(Edge, pool=(4, 4)),
        parameters=141_834,
        trainable=141_578,
    ),
)
