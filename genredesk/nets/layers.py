"""Layers the zoo shares: sizes, TensorFlow's "same", kernels that fit, batch norm as Keras has it.

The papers' networks were drawn for one input each. Here each also takes other front ends: a
kernel, pool or stride larger than what is left of an axis is cut down to it. On the paper's own
shape nothing is ever cut.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

Size = tuple[int, int]
"""``(bands, frames)``."""


def fit(kernel: Size, size: Size) -> Size:
    """Cut ``kernel`` down to ``size``, the map it meets."""
    return min(kernel[0], size[0]), min(kernel[1], size[1])


def valid_size(size: Size, kernel: Size, stride: Size = (1, 1)) -> Size:
    """Size of the map after a convolution or pooling without padding (kernel already fits)."""
    return (
        (size[0] - kernel[0]) // stride[0] + 1,
        (size[1] - kernel[1]) // stride[1] + 1,
    )


def halved(size: Size, times: int = 1) -> Size:
    """Size after ``times`` steps of stride 2 with "same" padding, rounding up."""
    for _ in range(times):
        size = (size[0] + 1) // 2, (size[1] + 1) // 2
    return size


class FittedPool(nn.MaxPool2d):
    """Max pooling without overlap or padding, cut down to a map smaller than the pool.

    ``out_size`` is the size of the map it leaves.
    """

    def __init__(self, pool: Size, size: Size) -> None:
        fitted = fit(pool, size)
        super().__init__(fitted, fitted)
        self.out_size: Size = valid_size(size, fitted, fitted)


class SamePool(nn.MaxPool2d):
    """Keras' ``MaxPooling2D(kernel, strides=2, padding="same")`` for kernels 2 and 3.

    TensorFlow puts the odd column of padding at the end: for kernel 3 an even map is padded at
    its end only, an odd one on both sides. ``out_size`` is the size of the map it leaves.
    """

    def __init__(self, kernel: int, size: Size) -> None:
        if kernel not in (2, 3):
            raise ValueError("only kernels 2 and 3 are laid out here")
        both = (size[0] % 2, size[1] % 2) if kernel == 3 else (0, 0)
        super().__init__(kernel, 2, both, ceil_mode=True)
        self.out_size: Size = halved(size)


class SameConv2d(nn.Conv2d):
    """Convolution that keeps the map's size; an even kernel pads one more at the end.

    That is TensorFlow's and torch's "same". The explicit padding of the odd row spares the
    copy (and the warning) of ``padding="same"`` with even kernels.
    """

    def __init__(self, n_in: int, n_out: int, kernel: Size, *, bias: bool = True) -> None:
        half = ((kernel[0] - 1) // 2, (kernel[1] - 1) // 2)
        super().__init__(  # pyright: ignore[reportUnknownMemberType] - torch's own
            n_in, n_out, kernel, padding=half, bias=bias
        )
        self.extra = (0, 1 - kernel[1] % 2, 0, 1 - kernel[0] % 2)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's own name
        """Pad the odd row and column, then convolve."""
        return super().forward(pad(input, self.extra) if any(self.extra) else input)


class SameConv1d(nn.Conv1d):
    """1-D convolution that keeps the number of frames; width 4 pads 1 before and 2 after."""

    def __init__(self, n_in: int, n_out: int, kernel: int, *, bias: bool = True) -> None:
        super().__init__(  # pyright: ignore[reportUnknownMemberType] - torch's own
            n_in, n_out, kernel, bias=bias
        )
        self.around = ((kernel - 1) // 2, kernel // 2)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's own name
        """Pad, then convolve."""
        return super().forward(pad(input, self.around))


def keras_norm(n: int) -> nn.BatchNorm2d:
    """Batch norm with Keras' momentum .99 and eps 1e-3."""
    return nn.BatchNorm2d(n, eps=1e-3, momentum=0.01)


def keras_norm1d(n: int) -> nn.BatchNorm1d:
    """Batch norm of vectors with Keras' momentum .99 and eps 1e-3."""
    return nn.BatchNorm1d(n, eps=1e-3, momentum=0.01)


def bands_as_channels(features: Tensor) -> Tensor:
    """``(batch, channels, bands, frames)`` to ``(batch, channels * bands, frames)``."""
    return features.flatten(1, 2)


def max_and_mean(x: Tensor) -> Tensor:
    """``(batch, channels, frames)`` to ``(batch, 2 * channels)``: maximum, then mean over time."""
    return torch.cat([x.amax(-1), x.mean(-1)], 1)
