"""nnet2: three convolutions and a shortcut on the STFT, Zhang et al. 2016 (in paper 000)."""

from __future__ import annotations

from functools import partial

from torch import Tensor, nn

from genredesk.nets.init import full_height_, keras_
from genredesk.nets.layers import SameConv1d, bands_as_channels, max_and_mean
from genredesk.nets.network import Network
from genredesk.nets.spec import NetSpec


class Nnet2(Network):
    """Conv 513 x 4, two conv 1 x 4, first plus third, max and mean over time, dense 300, 150.

    The first kernel is cut down to windows of fewer than four frames; all else fits any input.

    Parameters
    ----------
    batch_norm
        After each convolution, as public re-implementations have it; the printed count has none.
    dropout
        After each convolution, from the re-implementations too.
    """

    def __init__(
        self,
        n_channels: int,
        n_bands: int,
        n_frames: int,
        n_classes: int,
        *,
        batch_norm: bool = False,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(n_channels * n_bands, 256, min(4, n_frames))
        self.conv2 = SameConv1d(256, 256, 4)
        self.conv3 = SameConv1d(256, 256, 4)
        norms = [nn.BatchNorm1d(256) if batch_norm else nn.Identity() for _ in range(3)]
        self.norm1, self.norm2, self.norm3 = norms
        self.drop = nn.Dropout(dropout)
        self.dense1 = nn.Linear(512, 300)
        self.dense2 = nn.Linear(300, 150)
        self.head = nn.Linear(150, n_classes)
        keras_(self)
        full_height_(self.conv1, n_channels, n_bands)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """``(batch, channels, bands, frames)`` to logits and the 150 numbers before them."""
        h1 = self.drop(self.norm1(self.conv1(bands_as_channels(features))).relu())
        h2 = self.drop(self.norm2(self.conv2(h1)).relu())
        h3 = self.drop(self.norm3(self.conv3(h2)).relu())
        embedding = self.dense2(self.dense1(max_and_mean(h1 + h3)).relu()).relu()
        return self.head(embedding), embedding


_NNET2 = NetSpec(
    name="nnet2",
    title="nnet2 (Zhang et al. 2016)",
    paper="000",
    build=Nnet2,
    frontend_name="stft513",
    shape=(1, 513, 128),
    parameters=1_250_928,
    recipe="net1",
    notes="Song accuracy printed: 87.4 %. The printed count excludes batch norm.",
)

NET = _NNET2.with_variants(
    _NNET2.like(
        name="nnet2-bn",
        title="nnet2 with batch norm",
        build=partial(Nnet2, batch_norm=True),
        parameters=1_252_464,
        total=1_254_000,
        notes="As in public re-implementations; not the printed count.",
    ),
)
