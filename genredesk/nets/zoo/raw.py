"""A network on the waveform itself, as paper 000 wishes for: its first layer learns a filter bank.

After Dieleman & Schrauwen (2014), "End-to-end learning for music audio", and Lee et al. (2017),
"Sample-level deep convolutional neural networks".
"""

from __future__ import annotations

from torch import Tensor, nn

from genredesk.nets.init import keras_
from genredesk.nets.layers import keras_norm1d, max_and_mean
from genredesk.nets.network import Network
from genredesk.nets.spec import NetSpec


class Raw(Network):
    """Strided conv over the samples, then convs of 4 pooled by 4, maximum and mean, dense 64.

    Parameters
    ----------
    width
        Filters of the first layer; the others have twice as many.
    kernel, stride
        Samples of a filter, and from one to the next.
    depth
        Convolutions after the first; fewer where the sound is too short for them.
    dropout
        Before the last layer.
    """

    def __init__(
        self,
        n_channels: int,
        n_bands: int,
        n_frames: int,
        n_classes: int,
        *,
        width: int = 64,
        kernel: int = 256,
        stride: int = 64,
        depth: int = 3,
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        size = n_bands * n_frames
        kernel = min(kernel, size)
        layers: list[nn.Module] = [
            nn.Conv1d(n_channels, width, kernel, stride), keras_norm1d(width), nn.ReLU(inplace=True)
        ]  # fmt: skip
        size, n_in = (size - kernel) // stride + 1, width
        for _ in range(depth):
            if size < 8:
                break
            layers += [
                nn.Conv1d(n_in, 2 * width, 4), keras_norm1d(2 * width), nn.ReLU(inplace=True),
                nn.MaxPool1d(4),
            ]  # fmt: skip
            size, n_in = (size - 3) // 4, 2 * width
        self.blocks = nn.Sequential(*layers)
        self.dense = nn.Linear(2 * n_in, 64)
        self.drop = nn.Dropout(dropout)
        self.head = nn.Linear(64, n_classes)
        keras_(self)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Columns of samples ``(batch, channels, samples, columns)`` to logits and 64 numbers."""
        sound = features.transpose(2, 3).flatten(2)
        embedding = self.dense(max_and_mean(self.blocks(sound))).relu()
        return self.head(self.drop(embedding)), embedding


NET = NetSpec(
    name="raw",
    title="Raw waveform",
    paper="genredesk",
    build=Raw,
    frontend_name="wave",
    shape=(1, 256, 256),
    parameters=199_562,
    trainable=198_666,
    recipe="plain",
    scaling="none",
    worth_trying={
        "width": (32, 64, 128),
        "kernel": (128, 256, 512),
        "stride": (32, 64, 128),
        "depth": (2, 3, 4),
    },
    notes="In no paper but as a wish (000): no spectrogram, its first layer learns the filters. "
    "Measured beside net1 by genredesk reproduce 000 --beside.",
)
