"""MobileNetV2 (Sandler et al. 2018) as a transfer network, KTH (paper 002).

Plain torch with torchvision's parameter names; the paper fed it the MFCCs' picture.
"""

from __future__ import annotations

from collections import OrderedDict

from torch import Tensor, nn

from genredesk.nets.layers import halved
from genredesk.nets.spec import NetSpec
from genredesk.nets.transfer import Transfer

BLOCKS = (
    # expansion, channels, repeats, first stride
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def _conv(n_in: int, n_out: int, kernel: int, stride: int = 1, *, groups: int = 1) -> nn.Sequential:
    """Convolution, batch norm, ReLU6; torchvision names them 0, 1, 2."""
    return nn.Sequential(
        nn.Conv2d(
            n_in, n_out, kernel, stride, padding=(kernel - 1) // 2, groups=groups, bias=False
        ),
        nn.BatchNorm2d(n_out),
        nn.ReLU6(),  # in place it would take the export half as long again
    )


class InvertedResidual(nn.Module):
    """Widen 1 x 1, convolve each channel 3 x 3, narrow 1 x 1 without activation; add if it fits."""

    def __init__(self, n_in: int, n_out: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = n_in * expansion
        layers: list[nn.Module] = [] if expansion == 1 else [_conv(n_in, wide, 1)]
        layers += [
            _conv(wide, wide, 3, stride, groups=wide),
            nn.Conv2d(wide, n_out, 1, bias=False),
            nn.BatchNorm2d(n_out),
        ]
        self.conv = nn.Sequential(*layers)
        self.adds = stride == 1 and n_in == n_out

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, n_in, h, w)`` to ``(batch, n_out, h / stride, w / stride)``."""
        return x + self.conv(x) if self.adds else self.conv(x)


def backbone(n_channels: int) -> nn.Sequential:
    """Build ``mobilenet_v2().features``: 1280 channels, every axis halved five times."""
    layers: list[nn.Module] = [_conv(n_channels, 32, 3, 2)]
    n_in = 32
    for expansion, n_out, repeats, stride in BLOCKS:
        for i in range(repeats):
            layers.append(InvertedResidual(n_in, n_out, stride if i == 0 else 1, expansion))
            n_in = n_out
    layers.append(_conv(n_in, 1280, 1))
    features = nn.Sequential(OrderedDict((str(i), layer) for i, layer in enumerate(layers)))
    for module in features.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out")
    return features


class MobileNetV2(Transfer):
    """MobileNetV2's convolutions and the paper's top; padding lets any input through."""

    def __init__(self, n_channels: int, n_bands: int, n_frames: int, n_classes: int) -> None:
        super().__init__(
            backbone(n_channels),
            "MobileNetV2",
            "0.0.weight",
            width=1280,
            size=halved((n_bands, n_frames), 5),
            n_classes=n_classes,
        )


NET = NetSpec(
    name="mobilenet-v2",
    title="MobileNetV2 transfer (KTH)",
    paper="002",
    build=MobileNetV2,
    frontend_name="kth-mfcc-image",
    shape=(3, 235, 352),
    parameters=4_229_898,
    trainable=1_969_354,
    recipe="mobilenet-transfer",
    scaling="none",
    notes='Printed "test" accuracy 66.33 % (validation, split by segments). Trainable count with '
    "the frozen ImageNet backbone; without ImageNet weights (genredesk train --weights FILE) "
    "everything is trained from a random start. The front end standardises each sample and channel "
    "itself.",
)
