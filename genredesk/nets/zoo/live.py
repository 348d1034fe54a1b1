"""GenreDesk's own network for the live page: four small convolutions and statistics over time.

It hears each window twice: the standardised log-mel, and the same minus its mean per band, in
which a room or a loudspeaker (a fixed equaliser) leaves no trace.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from genredesk.nets.network import Network
from genredesk.nets.spec import NetSpec
from genredesk.nets.views import higher, stretching

HIGHER = 3 / 128
"""One view is that much of all bands higher: three of 128 mel bands, about a semitone."""
SLOWER = 1 / 0.95


class Live(Network):
    """Four conv 3 x 3 - BN - ReLU blocks, mean over frequency, mean, max and deviation over time.

    Max pooling follows the first ``pools`` convolutions, so it takes windows of any size. It
    halves with overlap (3 x 3, stride 2): where a window begins and how high it is tuned then
    changes the answer less than with 2 x 2 (Zhang 2019, section 3, aims at the same with a blur).
    It comes before batch norm, which is then four times as cheap.

    It answers with the mean of two views of a window, see :meth:`views`: five-fold
    cross-validation over 629 songs chose them (``benchmarks/ACCURACY.md``).

    Parameters
    ----------
    widths
        Channels of the blocks.
    dropout
        Before the last layer.
    """

    slower: Tensor

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
        n_in = 2 * n_channels
        blocks: list[nn.Module] = []
        for i, width in enumerate(widths):
            blocks.append(nn.Conv2d(n_in, width, 3, padding=1, bias=False))
            if i < pools:
                blocks.append(nn.MaxPool2d(3, stride=2, padding=1))
            blocks += [nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
            n_in = width
        self.blocks = nn.Sequential(*blocks)
        self.norm = nn.BatchNorm1d(3 * n_in)
        self.drop = nn.Dropout(dropout)
        self.head = nn.Linear(3 * n_in, n_classes)
        self.higher = round(HIGHER * n_bands)
        self.register_buffer("slower", stretching(n_frames, SLOWER), persistent=False)

    def views(self, features: Tensor) -> Tensor:
        """Return each window a little higher, then each a little slower."""
        return torch.cat([higher(features, self.higher), features @ self.slower], 0)

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
    notes="The network of the model that listens unless another is chosen; GenreDesk's own.",
)

NET = _LIVE.with_variants(
    _LIVE.like(
        name="live-small",
        title="GenreDesk live, small",
        build=partial(Live, widths=(16, 32, 64, 128)),
        parameters=103_402,
        trainable=102_154,
        recipe="live-small",
        notes="Half the cost of the live network; recipes with teachers train several of it first.",
    )
)
