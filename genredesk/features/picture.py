"""MFCCs as the KTH paper saw them: a plot saved as a small RGB picture.

Redraws what matplotlib 3.4 made of ``specshow(mfcc)`` on a 6 x 4 inch figure at 72 dpi with a tight
bounding box: a white margin, a black frame, and cells in the cool-warm colours from blue (lowest)
over grey to red (highest).
"""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

_COOL, _WARM = (59, 76, 192), (180, 4, 38)
_WHITE_XYZ = np.array((0.9505, 1.0, 1.089))
_RGB_TO_XYZ = np.array(
    (
        (0.412453, 0.357580, 0.180423),
        (0.212671, 0.715160, 0.072169),
        (0.019334, 0.119193, 0.950227),
    )
)
# Where the axes lie in the saved picture, as shares of its 235 x 352 pixels.
_TOP, _BOTTOM, _LEFT, _RIGHT = 6.4 / 235, 223.84 / 235, 10.7 / 352, 345.5 / 352


def _rgb_to_msh(rgb: tuple[int, int, int]) -> Float64:
    """Return magnitude, saturation and hue: polar coordinates of CIELAB."""
    c = np.array(rgb) / 255.0
    linear = np.where(c > 0.04045, ((c + 0.055) / 1.055) ** 2.4, c / 12.92)
    xyz = _RGB_TO_XYZ @ linear / _WHITE_XYZ
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16.0 / 116.0)
    lab = np.array((116.0 * f[1] - 16.0, 500.0 * (f[0] - f[1]), 200.0 * (f[1] - f[2])))
    magnitude = float(np.linalg.norm(lab))
    return np.array((magnitude, math.acos(lab[0] / magnitude), math.atan2(lab[2], lab[1])))


def _msh_to_rgb(msh: Float64) -> Float64:
    """Return RGB in [0, 1]."""
    magnitude, saturation, hue = msh
    lightness = magnitude * math.cos(saturation)
    a = magnitude * math.sin(saturation) * math.cos(hue)
    b = magnitude * math.sin(saturation) * math.sin(hue)
    y = (lightness + 16.0) / 116.0
    f = np.array((y + a / 500.0, y, y - b / 200.0))
    xyz = np.where(f**3 > 0.008856, f**3, (f - 16.0 / 116.0) / 7.787) * _WHITE_XYZ
    c = np.linalg.solve(_RGB_TO_XYZ, xyz)
    gamma = 1.055 * np.maximum(c, 1e-12) ** (1.0 / 2.4) - 0.055
    return np.clip(np.where(c > 0.0031308, gamma, 12.92 * c), 0.0, 1.0)


def _adjust_hue(saturated: Float64, magnitude: float) -> float:
    """Return the hue an unsaturated end takes so that the path to it looks straight."""
    m, s, h = saturated
    if m >= magnitude:
        return h
    spin = s * math.sqrt(magnitude**2 - m**2) / (m * math.sin(s))
    return h + spin if h > -math.pi / 3 else h - spin


@functools.cache
def coolwarm() -> NDArray[np.uint8]:
    """Return the diverging cool-warm colour table ``(256, 3)``.

    Computed from K. Moreland, "Diverging Color Maps for Scientific Visualization" (2009): a
    straight line in Msh space from blue to a light grey and on to red.
    """
    cool, warm = _rgb_to_msh(_COOL), _rgb_to_msh(_WARM)
    middle = max(cool[0], warm[0], 88.0)
    table = np.empty((256, 3))
    for i, x in enumerate(np.linspace(0.0, 1.0, 256)):
        end, part = (cool, 2.0 * x) if x < 0.5 else (warm, 2.0 - 2.0 * x)
        grey = np.array((middle, 0.0, _adjust_hue(end, middle)))
        table[i] = _msh_to_rgb(end + part * (grey - end))
    result = np.round(table * 255.0).astype(np.uint8)
    result.flags.writeable = False
    return result


def draw(mfcc: Float32, height: int, width: int) -> Float32:
    """Draw one MFCC picture.

    Parameters
    ----------
    mfcc
        ``(n_mfcc, frames)``; the lowest coefficient is drawn at the bottom.
    height, width
        Pixels; margins scale with them.

    Returns
    -------
    ndarray
        ``(3, height, width)`` RGB, 0 to 255.
    """
    low, high = float(mfcc.min()), float(mfcc.max())
    scale = 256.0 / (high - low) if high > low else 0.0
    shade = np.minimum((mfcc - low) * scale, 255.0).astype(np.intp)
    y, row = _cells(_TOP * height, _BOTTOM * height, len(mfcc))
    x, col = _cells(_LEFT * width, _RIGHT * width, mfcc.shape[1])
    picture = np.full((height, width, 3), 255, np.uint8)
    picture[y.start - 1 : y.stop + 1, x.start - 1 : x.stop + 1] = 0
    picture[y, x] = coolwarm()[shade[row[::-1, None], col]]
    return np.ascontiguousarray(picture.transpose(2, 0, 1), dtype=np.float32)


def _cells(begin: float, end: float, n: int) -> tuple[slice, NDArray[np.intp]]:
    """Return the pixels inside a frame from ``begin`` to ``end`` and the cell each one shows."""
    inside = slice(round(begin) + 1, round(end))
    pixels = np.arange(inside.start, inside.stop) + 0.5
    cell = ((pixels - begin) / (end - begin) * n).astype(np.intp)
    return inside, np.clip(cell, 0, n - 1)
