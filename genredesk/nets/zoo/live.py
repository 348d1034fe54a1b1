"""GenreDesk's own network for the live page: four small convolutions and statistics over time.

It hears each window twice: the standardised log-mel, and the same minus its mean per band, in
which a room or a loudspeaker (a fixed equaliser) leaves no trace.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from genredesk.nets.layers import FittedPool
from genredesk.nets.network import Network
from genredesk.nets.spec import NetSpec


class Live(Network):
    """Four conv 3 x 3 - BN - ReLU blocks, mean over frequency, mean, max and deviation over time.

    Max pooling 2 x 2 follows the first ``pools`` blocks (cut down to one where an axis has
    nothing left to halve), so it takes windows of any size.

    Parameters
    ----------
    widths
        Channels of the blocks.
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
        widths: tuple[int, ...] = (24, 48, 96, 192),
        pools: int = 3,
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        size, n_in, blocks = (n_bands, n_frames), 2 * n_channels, []
        for i, width in enumerate(widths):
            blocks += [
                nn.Conv2d(n_in, width, 3, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(inplace=True),
            ]
            n_in = width
            if i < pools:
                pooling = FittedPool((2, 2), size)
                size = pooling.out_size
                blocks.append(pooling)
        self.blocks = nn.Sequential(*blocks)
        self.norm = nn.BatchNorm1d(3 * n_in)
        self.drop = nn.Dropout(dropout)
        self.head = nn.Linear(3 * n_in, n_classes)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """``(batch, channels, bands, frames)`` to logits and the normalised time statistics."""
        level_free = features - features.mean(-1, keepdim=True)
        x = self.blocks(torch.cat([features, level_free], 1)).mean(2)
        mean = x.mean(-1)
        # the population's deviation; the small constant keeps the root's slope finite at zero
        deviation = ((x - mean[..., None]).square().mean(-1) + 1e-5).sqrt()
        embedding = self.norm(torch.cat([mean, x.amax(-1), deviation], 1))
        return self.head(self.drop(embedding)), embedding


_LIVE = NetSpec(
    name="live",
    title="GenreDesk live",
    paper="genredesk",
    build=Live,
    frontend_name="live-mel",
    shape=(1, 128, 39),
    parameters=227_674,
    trainable=225_802,
    recipe="live",
    scaling="band",
    notes="The default of the live page: 3.02 s windows, 0.23 M parameters.",
)

NET = _LIVE.with_variants(
    _LIVE.like(
        name="live-small",
        title="GenreDesk live, small",
        build=partial(Live, widths=(16, 32, 64, 128)),
        parameters=103_402,
        trainable=102_154,
        recipe="live-small",
        notes="Half the cost of the live network; several of them teach it.",
    )
)
