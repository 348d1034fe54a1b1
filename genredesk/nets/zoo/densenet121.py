"""DenseNet121 (Huang et al. 2017) as a transfer network, KTH (paper 002).

Plain torch with torchvision's parameter names; the paper fed it three mels of different windows.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

from genredesk.nets.layers import Size, fit, halved, valid_size
from genredesk.nets.spec import NetSpec
from genredesk.nets.transfer import Transfer

BLOCKS = (6, 12, 24, 16)
GROWTH = 32


class DenseLayer(nn.Module):
    """Norm, conv 1 x 1 to 128, norm, conv 3 x 3 to 32 new channels."""

    def __init__(self, n_in: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(n_in)
        self.conv1 = nn.Conv2d(n_in, 4 * GROWTH, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(4 * GROWTH)
        self.conv2 = nn.Conv2d(4 * GROWTH, GROWTH, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, n_in, h, w)`` to the new channels ``(batch, 32, h, w)``."""
        return self.conv2(self.norm2(self.conv1(self.norm1(x).relu())).relu())


class DenseBlock(nn.Module):
    """Layers of which each hears all before it."""

    def __init__(self, n_layers: int, n_in: int) -> None:
        super().__init__()
        for i in range(n_layers):
            self.add_module(f"denselayer{i + 1}", DenseLayer(n_in + i * GROWTH))

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, n_in, h, w)`` to ``(batch, n_in + 32 n_layers, h, w)``."""
        for layer in self.children():
            x = torch.cat([x, layer(x)], 1)
        return x


class Transition(nn.Sequential):
    """Halve the channels and both axes; an axis with nothing left to halve stays."""

    def __init__(self, n_in: int, size: Size) -> None:
        pool = fit((2, 2), size)
        super().__init__(
            OrderedDict(
                norm=nn.BatchNorm2d(n_in),
                relu=nn.ReLU(),
                conv=nn.Conv2d(n_in, n_in // 2, 1, bias=False),
                pool=nn.AvgPool2d(pool, pool),
            )
        )
        self.out_size = valid_size(size, pool, pool)


def backbone(n_channels: int, size: Size) -> tuple[nn.Sequential, Size]:
    """Build ``densenet121().features`` and a ReLU: 1024 channels; and their map's size."""
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        conv0=nn.Conv2d(n_channels, 64, 7, 2, padding=3, bias=False),
        norm0=nn.BatchNorm2d(64),
        relu0=nn.ReLU(),
        pool0=nn.MaxPool2d(3, 2, padding=1),
    )
    size, n = halved(size, 2), 64
    for i, n_layers in enumerate(BLOCKS, start=1):
        layers[f"denseblock{i}"] = DenseBlock(n_layers, n)
        n += n_layers * GROWTH
        if i < len(BLOCKS):
            transition = Transition(n, size)
            layers[f"transition{i}"] = transition
            size, n = transition.out_size, n // 2
    layers["norm5"] = nn.BatchNorm2d(n)
    layers["relu5"] = nn.ReLU()  # torchvision applies it outside ``features``
    features = nn.Sequential(layers)
    for module in features.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
    return features, size


class DenseNet121(Transfer):
    """DenseNet121's convolutions and the paper's top; any input fits, see :class:`Transition`."""

    def __init__(self, n_channels: int, n_bands: int, n_frames: int, n_classes: int) -> None:
        features, size = backbone(n_channels, (n_bands, n_frames))
        super().__init__(
            features,
            "DenseNet121",
            "conv0.weight",
            width=1024,
            size=size,
            n_classes=n_classes,
            norm_after_dense=True,
        )


NET = NetSpec(
    name="densenet121",
    title="DenseNet121 transfer (KTH)",
    paper="002",
    build=DenseNet121,
    frontend_name="kth-mel3",
    shape=(3, 128, 1500),
    parameters=10_057_226,
    trainable=3_017_546,
    recipe="densenet-transfer",
    scaling="none",
    notes='Printed "test" accuracy 92 %: the best epoch on 100 validation segments of a 1,000-'
    "segment file, split by segments. Trainable count with the frozen ImageNet backbone; without "
    "ImageNet weights (genredesk train --weights FILE) everything is trained from a random start.",
)
