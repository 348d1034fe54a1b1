"""musicnn of Pons & Serra (2019): musically motivated filters, then temporal pooling, then tags.

Tall filters hear timbre, long ones rhythm; each keeps its loudest answer over frequency. Three
layers over time follow, and everything before is pooled together by maximum and mean. Its
published weights come by ``genredesk models get musicnn``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - as everywhere

from genredesk.nets.init import keras_
from genredesk.nets.network import Network
from genredesk.nets.spec import NetSpec

GAIN = 10_000.0
"""Of its front end, ``log10(1 + GAIN x)``."""

LEVEL = 0.25
"""Mean mel power that a window is brought to: the median of music at its usual level."""

_LN10 = math.log(10.0)


def at_level(features: Tensor, level: float = LEVEL) -> Tensor:
    """Bring windows ``(batch, channels, bands, frames)`` to one mean mel power; silence stays so.

    The network hears absolute level: trained at the usual one, it is right by chance 40 dB below.
    """
    power = torch.exp(features.clamp_min(0) * _LN10) - 1
    mean = power.mean((1, 2, 3), keepdim=True)
    return torch.log1p(power * (GAIN * level / mean.clamp_min(1e-9))) * (1 / _LN10)


class _Loudest(nn.Module):
    """Convolution, ReLU, batch norm, and the maximum over frequency: ``(batch, filters, frames)``.

    A batch norm with a negative factor turns the maximum of what it is given into a minimum, so
    the maximum may be taken first, of the convolution turned over where the factor is negative.
    That spares all that would be done at every frequency, and is what evaluation does.

    Parameters
    ----------
    kernel
        (bands, frames); along bands every whole position is taken, along frames "same".
    """

    def __init__(self, n_channels: int, n_filters: int, kernel: tuple[int, int]) -> None:
        super().__init__()
        self.conv = nn.Conv2d(n_channels, n_filters, kernel)
        self.norm = nn.BatchNorm2d(n_filters, eps=1e-3, momentum=0.01)
        before = (kernel[1] - 1) // 2
        self.around = (before, kernel[1] - 1 - before)

    def forward(self, x: Tensor) -> Tensor:
        x = F.pad(x, self.around)
        if self.training:
            return self.norm(F.relu(self.conv(x))).amax(2)
        norm = self.norm
        factor = norm.weight / torch.sqrt(norm.running_var + norm.eps)  # type: ignore[operator]
        sign = torch.where(factor < 0, -1.0, 1.0)
        bias = self.conv.bias
        assert bias is not None  # noqa: S101 - made with one
        loudest = F.conv2d(x, self.conv.weight * sign[:, None, None, None], bias * sign).amax(2)
        heard = F.relu(loudest * sign[:, None])
        return (heard - norm.running_mean[:, None]) * factor[:, None] + norm.bias[:, None]  # type: ignore[index]


class _OverTime(nn.Module):
    """Seven frames of all channels, ReLU, batch norm: ``(batch, channels, frames)``."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(n_in, n_out, 7, padding=3)
        self.norm = nn.BatchNorm1d(n_out, eps=1e-3, momentum=0.01)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(F.relu(self.conv(x)))


class Musicnn(Network):
    """``7774timbraltemporal`` front, three dense layers over time, pooling, dense 200.

    Parameters
    ----------
    levelled
        Bring every window to one level first; the published network does not.
    """

    def __init__(
        self,
        n_channels: int,
        n_bands: int,
        n_frames: int,  # noqa: ARG002 - any length
        n_classes: int,
        *,
        levelled: bool = True,
    ) -> None:
        super().__init__()
        self.levelled = levelled
        self.norm_in = nn.BatchNorm2d(n_channels, eps=1e-3, momentum=0.01)
        tall = [
            _Loudest(n_channels, 204, (max(1, int(share * n_bands)), 7)) for share in (0.4, 0.7)
        ]
        long = [_Loudest(n_channels, 51, (1, frames)) for frames in (128, 64, 32)]
        self.front = nn.ModuleList([*tall, *long])
        width = 2 * 204 + 3 * 51
        self.over_time = nn.ModuleList([_OverTime(n, 64) for n in (width, 64, 64)])
        self.norm_pooled = nn.BatchNorm1d(2 * (width + 3 * 64), eps=1e-3, momentum=0.01)
        self.dense = nn.Linear(2 * (width + 3 * 64), 200)
        self.norm_dense = nn.BatchNorm1d(200, eps=1e-3, momentum=0.01)
        self.drop = nn.Dropout(0.5)
        self.head = nn.Linear(200, n_classes)
        keras_(self)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """``(batch, 1, bands, frames)`` to logits and the dense layer's 200 numbers."""
        x = self.norm_in(at_level(features) if self.levelled else features)
        heard = torch.cat([part(x) for part in self.front], 1)
        first = self.over_time[0](heard)
        second = self.over_time[1](first) + first
        third = self.over_time[2](second) + second
        everything = torch.cat([heard, first, second, third], 1)
        # maximum and mean of a channel stand side by side
        pooled = torch.stack([everything.amax(2), everything.mean(2)], 2).flatten(1)
        dense = F.relu(self.dense(self.drop(self.norm_pooled(pooled))))
        embedding = self.norm_dense(dense)
        return self.head(self.drop(embedding)), embedding


_PUBLISHED = {
    "norm_in": "batch_normalization",
    **{f"front.{i}.norm": f"batch_normalization_{i + 1}" for i in range(5)},
    **{f"front.{i}.conv": "conv2d" + f"_{i}" * (i > 0) for i in range(5)},
    **{f"over_time.{i}.norm": f"batch_normalization_{i + 6}" for i in range(3)},
    **{f"over_time.{i}.conv": f"conv2d_{i + 5}" for i in range(3)},
    "norm_pooled": "batch_normalization_9",
    "dense": "dense",
    "norm_dense": "batch_normalization_10",
    "head": "dense_1",
}
"""Layers here and in the published checkpoints."""

_NORM = {
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "moving_mean",
    "running_var": "moving_variance",
}


def published_state(tensors: Mapping[str, NDArray[np.float32]]) -> dict[str, Tensor]:
    """Return a state of :class:`Musicnn` from a published checkpoint's tensors, by their names.

    There a kernel is (frames, bands, in, out); the layers over time have all channels as bands.

    Raises
    ------
    KeyError
        When one is missing.
    """
    state: dict[str, Tensor] = {}
    for ours, theirs in _PUBLISHED.items():
        if theirs.startswith("batch"):
            for name, there in _NORM.items():
                state[f"{ours}.{name}"] = torch.tensor(tensors[f"{theirs}/{there}"])
            state[f"{ours}.num_batches_tracked"] = torch.tensor(0)
            continue
        kernel = tensors[f"{theirs}/kernel"].T
        if ours.startswith("over_time"):
            kernel = kernel[:, 0]
        state[f"{ours}.weight"] = torch.tensor(np.ascontiguousarray(kernel))
        state[f"{ours}.bias"] = torch.tensor(tensors[f"{theirs}/bias"])
    return state


_MUSICNN = NetSpec(
    name="musicnn",
    title="musicnn (Pons & Serra)",
    paper="musicnn",
    build=Musicnn,
    frontend_name="musicnn-mel",
    shape=(1, 96, 187),
    parameters=787_159,
    total=792_079,
    recipe="live",
    scaling="none",
    n_classes=50,
    notes="Published for 50 tags of the Million Song Dataset and of MagnaTagATune.",
)

NET = _MUSICNN.with_variants(
    _MUSICNN.like(
        name="musicnn-plain",
        title="musicnn as published, which hears absolute level",
        build=partial(Musicnn, levelled=False),
    )
)
