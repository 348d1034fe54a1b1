"""The recurrent network of Patel (paper 003), after the tutorial it follows."""

from __future__ import annotations

from torch import Tensor, nn

from genredesk.nets.init import keras_
from genredesk.nets.layers import bands_as_channels
from genredesk.nets.network import Network
from genredesk.nets.recurrent import KerasLstm, run_lstm
from genredesk.nets.spec import NetSpec


class PatelLstm(Network):
    """Two LSTM layers of 64 over the frames, the last state through dense 64; any input fits.

    Parameters
    ----------
    dropout
        Before the last layer; 0.1 was the paper's best.
    width, depth
        Units of an LSTM layer, and how many such layers.
    """

    def __init__(
        self,
        n_channels: int,
        n_bands: int,
        n_frames: int,
        n_classes: int,
        *,
        dropout: float = 0.1,
        width: int = 64,
        depth: int = 2,
    ) -> None:
        super().__init__()
        del n_frames  # a recurrent network takes any number
        self.dense = nn.Linear(width, 64)
        self.drop = nn.Dropout(dropout)
        self.head = nn.Linear(64, n_classes)
        keras_(self)
        self.lstm = KerasLstm(n_channels * n_bands, width, depth)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """``(batch, channels, bands, frames)`` to logits and the dense layer's 64 numbers."""
        sequence = bands_as_channels(features).transpose(1, 2)
        embedding = self.dense(run_lstm(self.lstm, sequence)[:, -1]).relu()
        return self.head(self.drop(embedding)), embedding


_LSTM = NetSpec(
    name="patel-lstm",
    title="Patel LSTM",
    paper="003",
    build=PatelLstm,
    frontend_name="patel-mfcc",
    shape=(1, 13, 259),
    parameters=57_802,
    recipe="patel",
    scaling="none",
    worth_trying={"width": (32, 64, 128), "depth": (1, 2), "dropout": (0.1, 0.3, 0.5)},
    notes="Segment accuracy printed: .7774 at dropout 0.1, on a split by segments, where every "
    "song is on both sides.",
)

NET = _LSTM.with_variants(
    _LSTM.like(
        name="patel-lstm-130",
        title="Patel LSTM, 3 s",
        frontend_name="patel-mfcc-130",
        shape=(1, 13, 130),
        notes="The text says 6 s segments; the printed accuracies imply these 3 s ones.",
    ),
)
