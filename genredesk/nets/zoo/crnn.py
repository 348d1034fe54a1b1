"""A recurrent network on net1's first layers, beside net1: what the order in time adds.

After Choi et al. (2017), "Convolutional Recurrent Neural Networks for Music Classification", with
net1's kernel over all bands in place of their small ones.
"""

from __future__ import annotations

from torch import Tensor, nn

from genredesk.nets.init import full_height_, keras_
from genredesk.nets.layers import SameConv1d, bands_as_channels
from genredesk.nets.network import Network
from genredesk.nets.recurrent import KerasLstm, run_lstm
from genredesk.nets.spec import NetSpec


class Crnn(Network):
    """Conv over all bands, conv 1 x 4, pooled by two each, an LSTM, the mean of its states.

    Parameters
    ----------
    width, kernel
        Kernels of the convolutions, and their frames.
    units, depth
        Of the LSTM, and how many of its layers.
    dropout
        After the convolutions and before the last layer.
    """

    def __init__(
        self,
        n_channels: int,
        n_bands: int,
        n_frames: int,
        n_classes: int,
        *,
        width: int = 128,
        kernel: int = 4,
        units: int = 64,
        depth: int = 1,
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        first = min(kernel, n_frames)
        self.conv1 = nn.Conv1d(n_channels * n_bands, width, first)
        self.conv2 = SameConv1d(width, width, kernel)
        left = n_frames - first + 1
        self.pool1 = nn.MaxPool1d(min(2, left))
        self.pool2 = nn.MaxPool1d(min(2, max(1, left // 2)))
        self.drop = nn.Dropout(dropout)
        self.head = nn.Linear(units, n_classes)
        keras_(self)
        full_height_(self.conv1, n_channels, n_bands)
        self.lstm = KerasLstm(width, units, depth)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """``(batch, channels, bands, frames)`` to logits and the mean of the LSTM's states."""
        x = self.pool1(self.conv1(bands_as_channels(features)).relu())
        x = self.pool2(self.conv2(x).relu())
        embedding = run_lstm(self.lstm, self.drop(x).transpose(1, 2)).mean(1)
        return self.head(self.drop(embedding)), embedding


NET = NetSpec(
    name="crnn",
    title="CRNN on net1's input",
    paper="genredesk",
    build=Crnn,
    frontend_name="mel256",
    shape=(1, 256, 128),
    parameters=246_922,
    recipe="plain",
    worth_trying={"width": (64, 128, 256), "units": (32, 64, 128), "depth": (1, 2)},
    notes="In no paper: net1's convolutions, then an LSTM over time. Measured beside net1 by "
    "genredesk reproduce 000 --beside.",
)
