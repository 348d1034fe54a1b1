"""The very picture a network gets, with what its answer hangs on laid over it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen

from genredesk.core.notes import note_name
from genredesk.ui.look import theme
from genredesk.ui.look.text import decimal, tr
from genredesk.ui.widgets.base import Sized, Themed, filled
from genredesk.ui.widgets.spectrogram import colour_maps

_ROUND_HZ = (100, 250, 500, 1000, 2000, 4000, 8000)


def shades(values: NDArray[np.floating], low: float, high: float) -> NDArray[np.uint8]:
    """Return values as 0 to 255 between two ends; all 0 where both are the same."""
    if not high > low:
        return np.zeros(np.shape(values), np.uint8)
    return np.clip((values - low) * (255.0 / (high - low)), 0, 255).astype(np.uint8)


def image(words: NDArray[np.uint32]) -> QImage:
    """Return ``0xffRRGGBB`` words ``(height, width)`` as an image of their own."""
    words = np.ascontiguousarray(words)
    height, width = words.shape
    return QImage(words.data, width, height, 4 * width, QImage.Format.Format_ARGB32).copy()


class WindowPicture(Sized, Themed):
    """One window as the network gets it: bands up, time along; three channels are colors."""

    wanted = (320, 200)
    least = (200, 120)

    def __init__(self) -> None:
        super().__init__()
        self._palette = "magma"
        self._features: NDArray[np.float32] | None = None
        self._weights: NDArray[np.float32] | None = None
        self._ticks: list[tuple[float, str]] = []
        self._seconds = 0.0
        self._drawn: QImage | None = None
        self.setAccessibleName(self.tr("What the network gets"))

    def set_palette(self, name: str) -> None:
        """Color by another map."""
        self._palette, self._drawn = name, None
        self.update()

    def set_axis(self, hertz: Sequence[float] | None, seconds: float, *, notes: bool) -> None:
        """Label the axes.

        Parameters
        ----------
        hertz
            The middle of every band; ``None`` for coefficients, which have none.
        seconds
            Length of a window.
        notes
            Whether bands are named by notes.
        """
        self._seconds, self._ticks = seconds, []
        if hertz is not None:
            rows = np.asarray(hertz, np.float64)
            each_c = [hz for hz in rows if note_name(hz).rstrip("-0123456789") == "C"]
            round_ones = [hz for hz in _ROUND_HZ if rows[0] <= hz <= rows[-1]]
            for hz in each_c if notes else round_ones:
                place = (float(np.interp(hz, rows, np.arange(len(rows)))) + 0.5) / len(rows)
                self._ticks.append((place, note_name(hz) if notes else _hertz(hz)))
        self.update()

    def show_window(self, features: NDArray[np.float32]) -> None:
        """Show ``(channels, bands, frames)``."""
        self._features, self._drawn = features, None
        self.update()

    def show_weights(self, weights: NDArray[np.float32] | None) -> None:
        """Lay over what an answer hangs on, ``(rows, columns)``, row 0 lowest; or nothing."""
        self._weights = weights
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self._features = self._weights = self._drawn = None
        self.update()

    def _picture(self) -> QImage | None:
        if self._features is None:
            return None
        if self._drawn is None:
            if len(self._features) == 3:
                red, green, blue = (
                    shades(channel, float(channel.min()), float(channel.max())).astype(np.uint32)
                    for channel in self._features
                )
                words = 0xFF000000 | (red << 16) | (green << 8) | blue
            else:
                low, high = np.percentile(self._features[0], (2, 99.8))
                words = colour_maps.words(self._palette)[shades(self._features[0], low, high)]
            self._drawn = image(words[::-1].astype(np.uint32))
        return self._drawn

    def _overlay(self) -> QImage | None:
        """Return what speaks for the word as light, what hangs on nothing as shade."""
        if self._weights is None or not self._weights.max() > 0:
            return None
        share = np.clip(self._weights[::-1] / self._weights.max(), 0, 1)
        alpha = (190 * (1 - share)).astype(np.uint32)
        return image((alpha << 24).astype(np.uint32))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw picture, overlay and axes."""
        painter = QPainter(self)
        tokens = theme.current()
        left, foot = theme.px(52) if self._ticks else theme.px(6), theme.px(18)
        box = QRectF(left, 2, self.width() - left - 2, self.height() - foot - 2)
        filled(painter, box, 4, tokens.control)
        picture = self._picture()
        if picture is None:
            return
        painter.drawImage(box, picture)
        overlay = self._overlay()
        if overlay is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(box, overlay)
            self._frame_most(painter, box)
        painter.setFont(theme.font(11))
        painter.setPen(QColor(tokens.quiet))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        above = math.inf
        for place, text in self._ticks:
            y = box.bottom() - place * box.height()
            if above - y < theme.px(13):
                continue  # it would stand on the one below it
            above = y
            painter.drawText(QRectF(0, y - 8, left - 5, 16), right, text)
        under = QRectF(box.left(), box.bottom() + 2, box.width(), foot - 2)
        painter.drawText(under, Qt.AlignmentFlag.AlignLeft, tr("{0} s").format(0))
        end = tr("{0} s").format(decimal(self._seconds))
        painter.drawText(under, Qt.AlignmentFlag.AlignRight, end)

    def _frame_most(self, painter: QPainter, box: QRectF) -> None:
        """Frame the weightiest patch, so that it is not told by shade alone."""
        assert self._weights is not None  # noqa: S101 - the caller looked
        rows, columns = self._weights.shape
        row, column = np.unravel_index(int(self._weights.argmax()), self._weights.shape)
        wide, high = box.width() / columns, box.height() / rows
        painter.setPen(QPen(QColor(theme.current().accent), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(
            QRectF(box.left() + column * wide, box.bottom() - (row + 1) * high, wide, high)
        )


def _hertz(value: float) -> str:
    if value >= 1000:
        return tr("{0} kHz").format(round(value / 1000))
    return tr("{0} Hz").format(round(value))
