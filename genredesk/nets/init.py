"""How weights begin, as the papers' frameworks do it (Keras' Glorot uniform and its relatives)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


def glorot_(weight: Tensor, fan_in: int, fan_out: int) -> None:
    """Fill ``weight`` uniformly in ±sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010)."""
    limit = math.sqrt(6.0 / (fan_in + fan_out))
    with torch.no_grad():
        weight.uniform_(-limit, limit)


def keras_(module: nn.Module) -> None:
    """Initialise every dense and convolution layer inside as Keras does: Glorot, zero bias.

    For a convolution a fan counts the kernel's receptive field, as in Keras and torch alike.
    """
    for layer in module.modules():
        if isinstance(layer, nn.Linear | nn.Conv1d | nn.Conv2d | nn.ConvTranspose2d):
            nn.init.xavier_uniform_(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def full_height_(conv: nn.Conv1d, n_channels: int, n_bands: int) -> None:
    """Initialise a convolution over all bands at once as the 2-D layer that it stands for.

    A ``(n_bands, k)`` kernel on ``n_channels`` maps is a 1-D convolution of ``n_channels *
    n_bands`` inputs; the two differ only in Glorot's fan-out, which counts the kernel's height.
    """
    field = n_bands * conv.kernel_size[0]
    glorot_(conv.weight, n_channels * field, conv.out_channels * field)
    if conv.bias is not None:
        nn.init.zeros_(conv.bias)
