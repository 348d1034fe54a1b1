"""nnet1: three convolutions over time on the STFT, Zhang et al. 2016 (printed in paper 000)."""

from __future__ import annotations

from functools import partial

from torch import Tensor, nn

from genredesk.nets.init import full_height_, keras_
from genredesk.nets.layers import bands_as_channels, max_and_mean
from genredesk.nets.network import Network
from genredesk.nets.spec import NetSpec


class Nnet1(Network):
    """Conv 513 x 4, two conv 1 x 4 with pools of 2 between, max and mean over time, dense.

    Kernels and pools are cut down to what is left of a short window.

    Parameters
    ----------
    hidden
        Widths of dense layers after the pools. The printed count leaves no room for any; public
        re-implementations have ``(300, 150)``.
    batch_norm
        After each convolution, as the re-implementations have it; the printed count has none.
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
        hidden: tuple[int, ...] = (),
        batch_norm: bool = False,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        frames, n_in = n_frames, n_channels * n_bands
        convs: list[nn.Conv1d] = []
        layers: list[nn.Module] = []
        for n_out, pooled in ((128, True), (128, True), (256, False)):
            width = min(4, frames)
            convs.append(nn.Conv1d(n_in, n_out, width))
            layers.append(convs[-1])
            frames -= width - 1
            if batch_norm:
                layers.append(nn.BatchNorm1d(n_out))
            layers.append(nn.ReLU(inplace=True))
            if pooled:
                layers.append(nn.MaxPool1d(min(2, frames)))
                frames = max(1, frames // 2)
            layers.append(nn.Dropout(dropout))
            n_in = n_out
        self.convs = nn.Sequential(*layers)
        dense: list[nn.Module] = []
        n_in *= 2
        for n_out in hidden:
            dense += [nn.Linear(n_in, n_out), nn.ReLU(inplace=True)]
            n_in = n_out
        self.dense = nn.Sequential(*dense)
        self.head = nn.Linear(n_in, n_classes)
        keras_(self)
        full_height_(convs[0], n_channels, n_bands)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """``(batch, channels, bands, frames)`` to logits and the numbers before them."""
        embedding = self.dense(max_and_mean(self.convs(bands_as_channels(features))))
        return self.head(embedding), embedding


_NNET1 = NetSpec(
    name="nnet1",
    title="nnet1 (Zhang et al. 2016)",
    paper="000",
    build=Nnet1,
    frontend_name="stft513",
    shape=(1, 513, 128),
    parameters=464_906,
    recipe="net1",
    notes="Song accuracy printed: 84.8 %. The printed count fits only without the hidden dense "
    "layers that others attribute to it.",
)

NET = _NNET1.with_variants(
    _NNET1.like(
        name="nnet1-hidden",
        title="nnet1 with dense 300 and 150",
        build=partial(Nnet1, hidden=(300, 150)),
        parameters=660_336,
        notes="As in public re-implementations; not the printed count.",
    ),
)
