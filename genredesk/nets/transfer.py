"""Transfer as in paper 002: a backbone, a pool, and a small trained top.

The backbone keeps torchvision's parameter names under ``features.``, so a person's ImageNet file
fits. Without one the whole network is trained from its random start, and :attr:`Transfer.origin`
says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from genredesk.core.errors import DataError
from genredesk.core.messages import say
from genredesk.nets import imagenet
from genredesk.nets.init import keras_
from genredesk.nets.layers import SamePool, Size, keras_norm, keras_norm1d
from genredesk.nets.network import Network

RANDOM = "random initialisation (no ImageNet weights were given)"


class Transfer(Network):
    """Backbone - max pool 3 x 3 / 2 "same" - batch norm - dropout - dense 64 - dense.

    Parameters
    ----------
    features
        The backbone's convolutions, torchvision's names inside.
    backbone
        Its name in :data:`genredesk.nets.imagenet.FILES`.
    first
        Name of its first convolution's weight, which alone depends on ``n_channels``.
    width, size
        Channels of its map, and the map's (bands, frames).
    norm_after_dense
        Batch norm and dropout between dense 64 and the last layer too (DenseNet).
    """

    def __init__(
        self,
        features: nn.Module,
        backbone: str,
        first: str,
        *,
        width: int,
        size: Size,
        n_classes: int,
        norm_after_dense: bool = False,
    ) -> None:
        super().__init__()
        self.features = features
        self.backbone = backbone
        self.first = first
        self.origin = RANDOM
        self.frozen = False
        self.pool = SamePool(3, size)
        self.norm = keras_norm(width)
        self.drop = nn.Dropout(0.3)
        cells = self.pool.out_size[0] * self.pool.out_size[1]
        self.dense = nn.Linear(width * cells, 64)
        self.dense_norm = keras_norm1d(64) if norm_after_dense else nn.Identity()
        self.dense_drop = nn.Dropout(0.3 if norm_after_dense else 0.0)
        self.head = nn.Linear(64, n_classes)
        for layer in (self.dense, self.head):
            keras_(layer)

    def body(self, features: Tensor) -> Tensor:
        """``(batch, channels, bands, frames)`` to the pooled map ``(batch, width, h, w)``.

        Nothing trained lies after it but :meth:`top`: with a frozen backbone it can be cached.
        """
        return self.pool(self.features(features))

    def top(self, pooled: Tensor) -> tuple[Tensor, Tensor]:
        """Pooled map to logits and 64 numbers."""
        x = self.drop(self.norm(pooled)).flatten(1)
        embedding = self.dense_norm(self.dense(x).relu())
        return self.head(self.dense_drop(embedding)), embedding

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """``(batch, channels, bands, frames)`` to logits and 64 numbers."""
        return self.top(self.body(features))

    def freeze(self, frozen: bool = True) -> None:
        """Keep the backbone as it is while the top is trained (or let it learn again)."""
        self.frozen = frozen
        self.features.requires_grad_(not frozen)
        self.train(self.training)

    def train(self, mode: bool = True) -> Transfer:
        """Switch to training; a frozen backbone's batch norms stay in evaluation."""
        super().train(mode)
        if self.frozen:
            self.features.eval()
        return self

    def load_torchvision(
        self,
        source: str | Path | Mapping[str, Tensor],
        sha256: str | None = None,
        *,
        name: str = "given weights",
    ) -> None:
        """Take ImageNet weights for the backbone and freeze it, as the paper did.

        Parameters
        ----------
        source
            torchvision's file, or the table of weights in it. Its classifier is left out. With
            other than three input channels the first kernel is averaged over its colours.
        sha256
            What the file's hash must begin with; without it, the digits in its name.
        name
            What a table of weights is called.

        Raises
        ------
        DataError
            When it is missing, damaged or another network's; this network is unchanged then.
        """
        if isinstance(source, Mapping):
            state = imagenet.checked(source, self.backbone)
        else:
            state = imagenet.read(source, self.backbone, sha256)
            name = Path(source).name
        own = self.features.state_dict()
        mine = {
            key.removeprefix("features."): value
            for key, value in state.items()
            if key.startswith("features.")
        }
        for key in own:  # files of torch before 0.4.1 do not count batch norm's steps
            if key.endswith("num_batches_tracked"):
                mine.setdefault(key, torch.zeros((), dtype=torch.long))
        if self.first in mine:
            mine[self.first] = _for_channels(mine[self.first], own[self.first].shape[1])
        misfits = {k for k in own if k not in mine or mine[k].shape != own[k].shape}
        wrong = sorted(misfits | (set(mine) - set(own)))
        if wrong:
            raise DataError(
                say(
                    "The {name} do not fit {backbone}: features.{wrong} is missing, unknown or has "
                    "another shape ({n_wrong} such). Use torchvision's {files}.",
                    name=name,
                    backbone=self.backbone,
                    wrong=wrong[0],
                    n_wrong=len(wrong),
                    files=" / ".join(imagenet.FILES[self.backbone]),
                )
            )
        self.features.load_state_dict(mine)
        self.origin = say("ImageNet ({name})", name=name)
        self.freeze()


def _for_channels(kernel: Tensor, n: int) -> Tensor:
    """First kernel for ``n`` input channels: unchanged for its own number, else its mean spread.

    The sum over channels stays the same, so one channel gives what a grey picture would.
    """
    if kernel.ndim != 4 or kernel.shape[1] == n:
        return kernel
    scale = kernel.shape[1] / n
    return kernel.mean(1, keepdim=True).expand(-1, n, -1, -1).contiguous() * scale
