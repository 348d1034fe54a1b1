"""net1: duplicated convolutional layers, Yang & Zhang (paper 000).

One kernel over all mel bands, then three 1 x 4 layers of which the last two both listen to the
second; each of the four outputs is pooled once over all time, so 768 numbers describe a clip.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from genredesk.nets.init import full_height_, keras_
from genredesk.nets.layers import SameConv1d, bands_as_channels
from genredesk.nets.network import Network, square_sum
from genredesk.nets.spec import NetSpec


class Net1(Network):
    """Conv 256 x 4 over all bands, conv 1 x 4, two parallel conv 1 x 4, four pools, three dense.

    The first kernel is cut down to windows of fewer than four frames; all else fits any input.
    Which of the first two layers is pooled by maximum and which by mean is not printed ("different
    pooling"): conv1 maximum, conv2 mean.

    Parameters
    ----------
    width, kernel
        Kernels of the first two layers (the last two have half as many) and their frames.
    dropout
        After the first layer.
    """

    def __init__(
        self,
        n_channels: int,
        n_bands: int,
        n_frames: int,
        n_classes: int,
        *,
        width: int = 256,
        kernel: int = 4,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        half = width // 2
        self.conv1 = nn.Conv1d(n_channels * n_bands, width, min(kernel, n_frames))
        self.conv2 = SameConv1d(width, width, kernel)
        self.conv3 = SameConv1d(width, half, kernel)
        self.conv4 = SameConv1d(width, half, kernel)
        self.drop_conv = nn.Dropout(dropout)
        self.dense1 = nn.Linear(2 * width + 2 * half, 256)
        self.dense2 = nn.Linear(256, 64)
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(64, n_classes)
        keras_(self)
        full_height_(self.conv1, n_channels, n_bands)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """``(batch, channels, bands, frames)`` to logits and the 64 numbers before them."""
        h1 = self.drop_conv(self.conv1(bands_as_channels(features)).relu())
        h2 = self.conv2(h1).relu()
        h3 = self.conv3(h2).relu()
        h4 = self.conv4(h2).relu()
        pooled = torch.cat([h3.amax(-1), h4.mean(-1), h1.amax(-1), h2.mean(-1)], 1)
        embedding = self.dense2(self.dense1(pooled).relu()).relu()
        return self.head(self.drop(embedding)), embedding

    def penalty(self) -> Tensor:
        """L2 as printed: 0.02 on conv1, 0.01 on the others, kernels only (Keras' convention)."""
        others = (self.conv2, self.conv3, self.conv4)
        return (
            0.02 * square_sum(self.conv1.weight)
            + 0.01 * torch.stack([square_sum(conv.weight) for conv in others]).sum()
        )


NET = NetSpec(
    name="net1",
    title="net1 (Yang & Zhang)",
    paper="000",
    build=Net1,
    frontend_name="mel256",
    shape=(1, 256, 128),
    parameters=1_001_162,
    recipe="net1",
    worth_trying={"width": (64, 128, 256), "kernel": (2, 4, 8), "dropout": (0.1, 0.2, 0.4)},
    notes="Song accuracy printed: 90.7 % (mean of 10 random song splits, 100 songs each).",
)
