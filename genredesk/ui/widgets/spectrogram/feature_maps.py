"""What a layer makes of a window: its maps side by side."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter, QPaintEvent

from genredesk.ui.look import theme
from genredesk.ui.widgets.base import Sized, Themed, filled
from genredesk.ui.widgets.spectrogram import colour_maps
from genredesk.ui.widgets.spectrogram.window_picture import image, shades

MOST = 64
"""So many maps are shown, the first ones."""

_GAP = 1


def tiled(maps: NDArray[np.float32], ratio: float) -> NDArray[np.uint8]:
    """Put maps ``(n, rows, columns)`` into rows of tiles; row 0 of a map is at its bottom.

    Parameters
    ----------
    ratio
        Width of the whole over its height.

    Returns
    -------
    Shades ``(height, width)`` on one scale for all maps; 0 between them.
    """
    maps = maps[:MOST]
    n, rows, columns = maps.shape
    low, high = np.percentile(maps, (1, 99.5))
    across = _across(n, ratio * rows / columns)
    down = -(-n // across)
    out = np.zeros((down * (rows + _GAP) - _GAP, across * (columns + _GAP) - _GAP), np.uint8)
    for number, one in enumerate(shades(maps, float(low), float(high))):
        y, x = (number // across) * (rows + _GAP), (number % across) * (columns + _GAP)
        out[y : y + rows, x : x + columns] = one[::-1]
    return out


def _across(n: int, ratio: float) -> int:
    """Return how many of ``n`` tiles stand in a row: few distorted, few places empty.

    Parameters
    ----------
    ratio
        Of all places together, in tiles: how many would stand in a row for each row there is.
    """

    def cost(across: int) -> float:
        down = -(-n // across)
        return abs(math.log(ratio * down / across)) + 2 * (down * across - n) / n

    return min(range(1, n + 1), key=cost)


class FeatureMaps(Sized, Themed):
    """The maps of one layer, each a small picture; bands up, time along."""

    wanted = (420, 200)
    least = (200, 120)

    def __init__(self) -> None:
        super().__init__()
        self._palette = "magma"
        self._maps: NDArray[np.float32] | None = None
        self._drawn: QImage | None = None
        self.setAccessibleName(self.tr("Feature maps"))

    def set_palette(self, name: str) -> None:
        """Color by another map."""
        self._palette, self._drawn = name, None
        self.update()

    def show_maps(self, maps: NDArray[np.float32] | None) -> None:
        """Show ``(n, rows, columns)``; ``None``: nothing."""
        self._maps, self._drawn = maps, None
        self.update()

    def resizeEvent(self, event) -> None:
        """Lay the tiles out anew."""
        self._drawn = None
        super().resizeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the tiles."""
        painter = QPainter(self)
        box = QRectF(self.rect()).adjusted(0, 2, 0, -2)
        filled(painter, box, 4, theme.current().control)
        if self._maps is None:
            return
        if self._drawn is None:
            values = tiled(self._maps, box.width() / max(1.0, box.height()))
            self._drawn = image(colour_maps.words(self._palette)[values])
        painter.drawImage(box, self._drawn)
