"""net2: duplicated convolutional layers, Yang & Zhang (paper 000).

Three equal layers whose outputs are added ("more output"), then both pools over all time.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from genredesk.nets.init import full_height_, keras_
from genredesk.nets.layers import SameConv1d, bands_as_channels, max_and_mean
from genredesk.nets.network import Network, square_sum
from genredesk.nets.spec import NetSpec


class Net2(Network):
    """Conv 256 x 4 over all bands, two conv 1 x 4, their sum, max and mean, three dense layers.

    The first kernel is cut down to windows of fewer than four frames; all else fits any input.
    """

    def __init__(self, n_channels: int, n_bands: int, n_frames: int, n_classes: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(n_channels * n_bands, 256, min(4, n_frames))
        self.conv2 = SameConv1d(256, 256, 4)
        self.conv3 = SameConv1d(256, 256, 4)
        self.drop_conv = nn.Dropout(0.2)
        self.dense1 = nn.Linear(512, 128)
        self.dense2 = nn.Linear(128, 32)
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(32, n_classes)
        keras_(self)
        full_height_(self.conv1, n_channels, n_bands)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """``(batch, channels, bands, frames)`` to logits and the 32 numbers before them."""
        h1 = self.drop_conv(self.conv1(bands_as_channels(features)).relu())
        h2 = self.conv2(h1).relu()
        h3 = self.conv3(h2).relu()
        embedding = self.dense2(self.dense1(max_and_mean(h1 + h2 + h3)).relu()).relu()
        return self.head(self.drop(embedding)), embedding

    def penalty(self) -> Tensor:
        """L2 as printed: 0.02 on conv1, 0.01 on the others, kernels only (Keras' convention)."""
        others = torch.stack([square_sum(conv.weight) for conv in (self.conv2, self.conv3)])
        return 0.02 * square_sum(self.conv1.weight) + 0.01 * others.sum()


NET = NetSpec(
    name="net2",
    title="net2 (Yang & Zhang)",
    paper="000",
    build=Net2,
    frontend_name="mel256",
    shape=(1, 256, 128),
    parameters=857_322,
    recipe="net1",
    notes="Song accuracy printed: 88.3 % (mean of 10 random song splits, 100 songs each).",
)
