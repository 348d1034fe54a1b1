"""The convolutional network of Patel (paper 003), after the tutorial it follows."""

from __future__ import annotations

from functools import partial
from typing import Literal

from torch import Tensor, nn

from genredesk.nets.init import keras_
from genredesk.nets.layers import SamePool, fit, keras_norm, valid_size
from genredesk.nets.network import Network
from genredesk.nets.spec import NetSpec


class PatelCnn(Network):
    """Conv 3 x 3, 3 x 3, 2 x 2 of 32, each pooled by two, dense 64.

    A kernel larger than the map it meets is cut down to it.

    Parameters
    ----------
    bn
        Batch norm after the first block only (the paper) or after all (the tutorial).
    dropout
        Before the last layer; 0.6 was the paper's best.
    width
        Kernels of every block.
    """

    def __init__(
        self,
        n_channels: int,
        n_bands: int,
        n_frames: int,
        n_classes: int,
        *,
        bn: Literal["first", "all"] = "first",
        dropout: float = 0.6,
        width: int = 32,
    ) -> None:
        super().__init__()
        size, n_in = (n_bands, n_frames), n_channels
        blocks: list[nn.Module] = []
        for i, (side, pool) in enumerate(((3, 3), (3, 3), (2, 2))):
            kernel = fit((side, side), size)
            pooling = SamePool(pool, valid_size(size, kernel))
            size = pooling.out_size
            blocks += [nn.Conv2d(n_in, width, kernel), nn.ReLU(inplace=True), pooling]
            if bn == "all" or i == 0:
                blocks.append(keras_norm(width))
            n_in = width
        self.blocks = nn.Sequential(*blocks)
        self.dense = nn.Linear(width * size[0] * size[1], 64)
        self.drop = nn.Dropout(dropout)
        self.head = nn.Linear(64, n_classes)
        keras_(self)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """``(batch, channels, bands, frames)`` to logits and the dense layer's 64 numbers."""
        embedding = self.dense(self.blocks(features).flatten(1)).relu()
        return self.head(self.drop(embedding)), embedding


_ALL = partial(PatelCnn, bn="all")

_CNN = NetSpec(
    name="patel-cnn",
    title="Patel CNN",
    paper="003",
    build=PatelCnn,
    frontend_name="patel-mfcc",
    shape=(1, 13, 259),
    parameters=80_074,
    trainable=80_010,
    recipe="patel",
    scaling="none",
    worth_trying={"width": (16, 32, 64), "bn": ("first", "all"), "dropout": (0.2, 0.4, 0.6)},
    notes="Segment accuracy printed: .7608 at dropout 0.6, on a split by segments, where every "
    "song is on both sides.",
)

NET = _CNN.with_variants(
    _CNN.like(
        name="patel-cnn-all",
        title="Patel CNN, batch norm throughout",
        build=_ALL,
        parameters=80_330,
        trainable=80_138,
        notes="As the tutorial that the paper follows has it.",
    ),
    _CNN.like(
        name="patel-cnn-130",
        title="Patel CNN, 3 s",
        frontend_name="patel-mfcc-130",
        shape=(1, 13, 130),
        parameters=45_258,
        trainable=45_194,
        notes="The text says 6 s segments; the printed accuracies imply these 3 s ones.",
    ),
    _CNN.like(
        name="patel-cnn-all-130",
        title="Patel CNN, batch norm throughout, 3 s",
        build=_ALL,
        frontend_name="patel-mfcc-130",
        shape=(1, 13, 130),
        parameters=45_514,
        trainable=45_322,
        notes="The tutorial's network on the segments that the printed accuracies imply.",
    ),
)
