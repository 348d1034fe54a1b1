"""Colour maps of the spectrogram: all of them even in lightness and safe for colour-blind eyes."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

PALETTES = ("magma", "viridis", "cividis", "grey")
"""The names a person can choose from."""


@lru_cache(maxsize=8)
def table(name: str) -> NDArray[np.uint8]:
    """Return 256 colours from quiet to loud, shape ``(256, 3)``.

    Raises
    ------
    KeyError
        For a name that is not in :data:`PALETTES`.
    """
    if name not in PALETTES:
        raise KeyError(name)
    if name == "grey":
        ramp = np.linspace(8, 250, 256).round().astype(np.uint8)
        return np.stack([ramp] * 3, axis=1)
    colormap = import_module("pyqtgraph.colormap")  # late: importing it takes 0.2 s
    return np.asarray(colormap.get(name).getLookupTable(nPts=256), dtype=np.uint8)[:, :3]


@lru_cache(maxsize=8)
def words(name: str) -> NDArray[np.uint32]:
    """Return the map as words ``0xffRRGGBB``, shape ``(256,)``."""
    rgb = table(name).astype(np.uint32)
    packed = 0xFF000000 | (rgb[:, 0] << 16) | (rgb[:, 1] << 8) | rgb[:, 2]
    return packed.astype(np.uint32)
