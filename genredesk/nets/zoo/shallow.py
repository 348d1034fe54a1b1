"""The shallow network of Schindler, Lidy & Rauber, as reproduced by Wyborn, Butt & Klas (001).

Two parallel convolutions, one wide in time and one tall in frequency, each pooled along the
other axis, then one dense layer.
"""

from __future__ import annotations

from functools import partial
from typing import Literal

import torch
from torch import Tensor, nn

from genredesk.nets.init import keras_
from genredesk.nets.layers import FittedPool, SameConv2d
from genredesk.nets.network import Network, absolute_sum
from genredesk.nets.spec import NetSpec

Activation = Literal["linear", "relu", "leaky"]


def _activation(kind: Activation) -> nn.Module:
    choices = {"linear": nn.Identity, "relu": nn.ReLU, "leaky": partial(nn.LeakyReLU, 0.3)}
    return choices[kind]()


class Shallow(Network):
    """Left 10 x 23 and right 21 x 20 convolutions of 16, pools 1 x 20 and 20 x 1, dense 200.

    Kernels and pools are (bands, frames). "same" convolutions fit any input; a pool longer than
    its axis is cut down to it.

    Parameters
    ----------
    activation
        After the convolutions; ``leaky`` (slope 0.3) is Schindler's own.
    fc_act
        After dense 200: paper 001's code has none there, Schindler's has the leaky one.
    drop_after_fc
        Dropout 0.1 after dense 200 (Schindler's text) instead of before (figure, 001's code).
    conv_bias
        001's code has none.
    """

    def __init__(
        self,
        n_channels: int,
        n_bands: int,
        n_frames: int,
        n_classes: int,
        *,
        activation: Activation = "relu",
        fc_act: Activation = "linear",
        drop_after_fc: bool = False,
        conv_bias: bool = False,
    ) -> None:
        super().__init__()
        size = (n_bands, n_frames)
        left, right = FittedPool((1, 20), size), FittedPool((20, 1), size)
        self.left = nn.Sequential(
            SameConv2d(n_channels, 16, (10, 23), bias=conv_bias), _activation(activation), left
        )
        self.right = nn.Sequential(
            SameConv2d(n_channels, 16, (21, 20), bias=conv_bias), _activation(activation), right
        )
        cells = left.out_size[0] * left.out_size[1] + right.out_size[0] * right.out_size[1]
        self.drop = nn.Dropout(0.1)
        self.drop_after_fc = drop_after_fc
        self.dense = nn.Linear(16 * cells, 200)
        self.fc_act = _activation(fc_act)
        self.head = nn.Linear(200, n_classes)
        keras_(self)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """``(batch, channels, bands, frames)`` to logits and the dense layer's 200 numbers."""
        x = torch.cat([self.left(features).flatten(1), self.right(features).flatten(1)], 1)
        embedding = self.fc_act(self.dense(x if self.drop_after_fc else self.drop(x)))
        return self.head(self.drop(embedding) if self.drop_after_fc else embedding), embedding

    def penalty(self) -> Tensor:
        """L1 of 1e-4 on every trainable value, biases too (001's code)."""
        return 1e-4 * torch.stack([absolute_sum(p) for p in self.parameters()]).sum()


_LEAKY = partial(Shallow, activation="leaky", fc_act="leaky", drop_after_fc=True)

_SHALLOW = NetSpec(
    name="shallow",
    title="Shallow (Schindler et al., as in paper 001)",
    paper="001",
    build=Shallow,
    frontend_name="logmel80",
    shape=(1, 80, 80),
    parameters=2_060_610,
    recipe="schindler",
    scaling="none",
    notes="Printed, base, 100 epochs: segments 65.2 %, songs 81.2 % (sum). The test songs also "
    "served as validation.",
)

NET = _SHALLOW.with_variants(
    _SHALLOW.like(
        name="shallow-cqt",
        title="Shallow on constant-Q",
        frontend_name="cqt80",
        recipe="schindler-cqt",
        notes="Printed, 100 epochs: segments 63.3 %, songs 80.0 % (sum).",
    ),
    _SHALLOW.like(
        name="shallow-cqt84",
        title="Shallow on constant-Q, seven whole octaves",
        frontend_name="cqt84",
        shape=(1, 84, 80),
        parameters=2_111_810,
        recipe="schindler-cqt",
        notes="Paper 001's own proposal; no numbers printed.",
    ),
    _SHALLOW.like(
        name="shallow-leaky",
        title="Shallow, Schindler's LeakyReLU",
        build=_LEAKY,
        notes="Schindler's own description; dropout after the dense layer, as his text has it.",
    ),
    _SHALLOW.like(
        name="shallow-leaky-cqt",
        title="Shallow, LeakyReLU, on constant-Q",
        build=_LEAKY,
        frontend_name="cqt80",
        recipe="schindler-cqt",
        notes="Schindler's layers on paper 001's constant-Q input.",
    ),
)
