"""The vanilla CNN of Rampello, Saccardi, Trost & Gamnes Sneltvedt, KTH (paper 002)."""

from __future__ import annotations

from torch import Tensor, nn

from genredesk.nets.init import keras_
from genredesk.nets.layers import SamePool, fit, keras_norm, valid_size
from genredesk.nets.network import Network
from genredesk.nets.spec import NetSpec


class Kth(Network):
    """Three times conv 32 valid - ReLU - max pool 3 x 3 / 2 "same" - batch norm, then dense 64.

    Kernels are 3 x 3, 3 x 3, 2 x 2, as in the authors' code; the third 3 x 3 of the printed table
    does not fit on 13 MFCCs. A kernel larger than the map it meets is cut down to it.

    Parameters
    ----------
    third
        Width of the third kernel: 2 as the authors ran it, 3 as they print it.
    dropout
        Before the dense layer.
    """

    def __init__(
        self,
        n_channels: int,
        n_bands: int,
        n_frames: int,
        n_classes: int,
        *,
        third: int = 2,
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        size, n_in = (n_bands, n_frames), n_channels
        blocks: list[nn.Module] = []
        for width in (3, 3, third):
            kernel = fit((width, width), size)
            pooling = SamePool(3, valid_size(size, kernel))
            size = pooling.out_size
            blocks += [nn.Conv2d(n_in, 32, kernel), nn.ReLU(inplace=True), pooling, keras_norm(32)]
            n_in = 32
        self.blocks = nn.Sequential(*blocks)
        self.drop = nn.Dropout(dropout)
        self.dense = nn.Linear(32 * size[0] * size[1], 64)
        self.head = nn.Linear(64, n_classes)
        keras_(self)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """``(batch, channels, bands, frames)`` to logits and the dense layer's 64 numbers."""
        embedding = self.dense(self.drop(self.blocks(features)).flatten(1)).relu()
        return self.head(embedding), embedding


_KTH = NetSpec(
    name="kth-mfcc",
    title="KTH vanilla CNN on MFCC",
    paper="002",
    build=Kth,
    frontend_name="kth-mfcc",
    shape=(1, 13, 216),
    parameters=68_042,
    trainable=67_850,
    recipe="kth-mfcc",
    scaling="column",
    worth_trying={"third": (2, 3), "dropout": (0.1, 0.3, 0.5)},
    notes='Printed "test" accuracy 79 %: the best epoch on validation segments, and the split '
    "is by segments, where every song is on both sides.",
)

NET = _KTH.with_variants(
    _KTH.like(
        name="kth-mel",
        title="KTH vanilla CNN on mel power",
        frontend_name="kth-mel",
        shape=(1, 128, 216),
        parameters=813_514,
        trainable=813_322,
        recipe="kth",
        notes='Printed "test" accuracy 53.5 % (validation, split by segments). The mel input is '
        "power without a logarithm.",
    ),
    _KTH.like(
        name="kth-mel3",
        title="KTH vanilla CNN on three mels",
        frontend_name="kth-mel3",
        shape=(3, 128, 1500),
        parameters=5_760_010,
        trainable=5_759_818,
        recipe="kth-mel3",
        scaling="none",
        notes='Printed "test" accuracy 60 % (validation, split by segments). The front end '
        "standardises each sample and channel itself. Slow: 60 ms a window on one core.",
    ),
)
