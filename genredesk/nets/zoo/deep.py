"""The deep network of Schindler, Lidy & Rauber, as reproduced by Wyborn, Butt & Klas (001).

Two parallel stacks of four convolutions, one wide in time and one tall in frequency.
"""

from __future__ import annotations

from functools import partial
from typing import Literal

import torch
from torch import Tensor, nn

from genredesk.nets.init import keras_
from genredesk.nets.layers import FittedPool, SameConv2d, Size
from genredesk.nets.network import Network, absolute_sum
from genredesk.nets.spec import NetSpec

Activation = Literal["linear", "relu", "leaky"]

LEFT: tuple[Size, ...] = ((10, 23), (5, 11), (3, 5), (2, 4))
RIGHT: tuple[Size, ...] = ((21, 10), (10, 5), (5, 3), (4, 2))
WIDTHS = (16, 32, 64, 128)


def _activation(kind: Activation) -> nn.Module:
    choices = {"linear": nn.Identity, "relu": nn.ReLU, "leaky": partial(nn.LeakyReLU, 0.3)}
    return choices[kind]()


def _stack(
    n_in: int, size: Size, kernels: tuple[Size, ...], last: Size, *, act: Activation, bias: bool
) -> tuple[nn.Sequential, Size]:
    """Four convolutions of ``kernels``, pools 2 x 2 and ``last``; and the size they leave."""
    layers: list[nn.Module] = []
    for kernel, n_out, pool in zip(kernels, WIDTHS, ((2, 2), (2, 2), (2, 2), last), strict=True):
        pooling = FittedPool(pool, size)
        layers += [SameConv2d(n_in, n_out, kernel, bias=bias), _activation(act), pooling]
        n_in, size = n_out, pooling.out_size
    return nn.Sequential(*layers), size


class Deep(Network):
    """Left and right stacks of 16, 32, 64, 128 kernels, dropout 0.25, dense 200.

    Kernels and pools are (bands, frames). "same" convolutions fit any input; a pool longer than
    its axis is cut down to it.

    Parameters
    ----------
    activation
        After the convolutions; ``leaky`` (slope 0.3) is Schindler's own.
    fc_act
        After dense 200: ReLU in paper 001's code, leaky in Schindler's.
    drop_after_fc
        Dropout 0.25 after dense 200 (Schindler's text) instead of before (figure, 001's code).
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
        fc_act: Activation = "relu",
        drop_after_fc: bool = False,
        conv_bias: bool = False,
    ) -> None:
        super().__init__()
        size = (n_bands, n_frames)
        self.left, left = _stack(n_channels, size, LEFT, (1, 5), act=activation, bias=conv_bias)
        self.right, right = _stack(n_channels, size, RIGHT, (5, 1), act=activation, bias=conv_bias)
        self.drop = nn.Dropout(0.25)
        self.drop_after_fc = drop_after_fc
        self.dense = nn.Linear(WIDTHS[-1] * (left[0] * left[1] + right[0] * right[1]), 200)
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


_LEAKY = partial(Deep, activation="leaky", fc_act="leaky", drop_after_fc=True)

_DEEP = NetSpec(
    name="deep",
    title="Deep (Schindler et al., as in paper 001)",
    paper="001",
    build=Deep,
    frontend_name="logmel80",
    shape=(1, 80, 80),
    parameters=1_279_522,
    recipe="schindler",
    scaling="none",
    notes="Printed, base, 100 epochs: segments 68.6 %, songs 83.2 % (sum). The test songs also "
    "served as validation.",
)

NET = _DEEP.with_variants(
    _DEEP.like(
        name="deep-cqt",
        title="Deep on constant-Q",
        frontend_name="cqt80",
        recipe="schindler-cqt",
        notes="Printed, 100 epochs: segments 68.2 %, songs 81.2 % (sum); with decaying rate "
        "70.0 and 85.6 %, the paper's best.",
    ),
    _DEEP.like(
        name="deep-cqt84",
        title="Deep on constant-Q, seven whole octaves",
        frontend_name="cqt84",
        shape=(1, 84, 80),
        recipe="schindler-cqt",
        notes="Paper 001's own proposal; no numbers printed.",
    ),
    _DEEP.like(
        name="deep-leaky",
        title="Deep, Schindler's LeakyReLU",
        build=_LEAKY,
        notes="Schindler's own description; dropout after the dense layer, as his text has it.",
    ),
    _DEEP.like(
        name="deep-leaky-cqt",
        title="Deep, LeakyReLU, on constant-Q",
        build=_LEAKY,
        frontend_name="cqt80",
        recipe="schindler-cqt",
        notes="Schindler's layers on paper 001's constant-Q input.",
    ),
)
