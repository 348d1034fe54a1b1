"""The multilayer perceptrons of Patel (paper 003): all MFCCs of a window at once."""

from __future__ import annotations

import itertools
from functools import partial

import torch
from torch import Tensor, nn

from genredesk.nets.init import keras_
from genredesk.nets.network import Network, square_sum
from genredesk.nets.spec import NetSpec


class Mlp(Network):
    """Dense ReLU layers with dropout on the flattened input; any input fits.

    Parameters
    ----------
    hidden
        Widths. 512-256-64 is the tutorial's that the paper follows; those of one and five hidden
        layers are unstated (512 and 1024-512-256-128-64 here).
    dropout
        After every hidden layer.
    l2
        Weight of the L2 penalty on the hidden kernels, 0.001 as printed.
    """

    def __init__(
        self,
        n_channels: int,
        n_bands: int,
        n_frames: int,
        n_classes: int,
        *,
        hidden: tuple[int, ...] = (512,),
        dropout: float = 0.2,
        l2: float = 1e-3,
    ) -> None:
        super().__init__()
        sizes = (n_channels * n_bands * n_frames, *hidden)
        pairs = itertools.pairwise(sizes)
        self.layers = nn.ModuleList(nn.Linear(n_in, n_out) for n_in, n_out in pairs)
        self.drop = nn.Dropout(dropout)
        self.head = nn.Linear(sizes[-1], n_classes)
        self.l2 = l2
        keras_(self)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """``(batch, channels, bands, frames)`` to logits and the last hidden layer."""
        embedding = x = features.flatten(1)
        for layer in self.layers:
            embedding = layer(x).relu()
            x = self.drop(embedding)
        return self.head(x), embedding

    def penalty(self) -> Tensor:
        """L2 on the hidden layers' kernels (Keras' convention)."""
        kernels = [p for name, p in self.layers.named_parameters() if name.endswith("weight")]
        return self.l2 * torch.stack([square_sum(kernel) for kernel in kernels]).sum()


_MLP = NetSpec(
    name="mlp-1",
    title="Patel MLP, 1 hidden layer",
    paper="003",
    build=Mlp,
    frontend_name="patel-mfcc",
    shape=(1, 13, 259),
    parameters=1_729_546,
    recipe="patel-mlp",
    scaling="none",
    worth_trying={
        "hidden": ((512,), (256,), (256, 64), (512, 256, 64)),
        "dropout": (0.0, 0.1, 0.2, 0.3, 0.5),
        "l2": (0.0, 1e-4, 1e-3, 1e-2),
    },
    notes="Segment accuracy printed: .57 to .58 at dropout 0.1 to 0.2, on a split by segments, "
    "where every song is on both sides. Raw MFCCs, no normalisation.",
)
_THREE = partial(Mlp, hidden=(512, 256, 64), dropout=0.3)
_FIVE = partial(Mlp, hidden=(1024, 512, 256, 128, 64), dropout=0.3)

NET = _MLP.with_variants(
    _MLP.like(
        name="mlp-3",
        title="Patel MLP, 3 hidden layers",
        build=_THREE,
        parameters=1_872_842,
        notes="Segment accuracy printed: .51 at dropout 0.3 (split by segments).",
    ),
    _MLP.like(
        name="mlp-5",
        title="Patel MLP, 5 hidden layers",
        build=_FIVE,
        parameters=4_146_762,
        notes="Segment accuracy printed: .49 at dropout 0.3 (split by segments).",
    ),
    _MLP.like(
        name="mlp-3-130",
        title="Patel MLP, 3 hidden layers, 3 s",
        build=_THREE,
        frontend_name="patel-mfcc-130",
        shape=(1, 13, 130),
        parameters=1_014_218,
        notes="The text says 6 s segments; the printed accuracies imply these 3 s ones.",
    ),
)
