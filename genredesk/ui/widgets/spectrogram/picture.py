"""The spectrogram's memory and its pixels, without a plot around it.

Columns of decibels are kept in a ring, so that another palette or range colours the whole history
at once. The visible part is kept as a pixmap of the screen's own pixels: new columns scroll it and
are painted at its edge, which costs a tenth of painting everything.

Times count from the end of the newest column ("now" = 0, the past is negative). Rows of the plot
are bands: band ``b`` covers ``b`` to ``b + 1``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage, QPainter, QPixmap

SILENT_DB = -300.0
"""What is kept where nothing was heard yet, and for NaN."""


class ColumnRing:
    """The last seconds of columns, addressed by absolute column index.

    Parameters
    ----------
    n_bands
        Bands of a column.
    hop_s
        Seconds from one column to the next.
    span_s
        How many seconds are kept.
    """

    def __init__(self, n_bands: int, hop_s: float, span_s: float) -> None:
        self.n_bands, self.hop_s, self.span_s = n_bands, hop_s, span_s
        self.capacity = max(1, math.ceil(span_s / hop_s) + 1)
        self._values = np.full((self.capacity, n_bands), SILENT_DB, dtype=np.float32)
        self.total = 0
        self.gaps: list[int] = []

    def append(self, columns: NDArray[np.floating]) -> None:
        """Add columns, shape ``(bands, n)``, in dB."""
        new = np.fmax(columns.T, SILENT_DB)
        count = len(new)
        self.total += count
        new = new[-self.capacity :]
        first = (self.total - len(new)) % self.capacity
        head = min(len(new), self.capacity - first)
        self._values[first : first + head] = new[:head]
        self._values[: len(new) - head] = new[head:]
        oldest = self.total - self.capacity
        if self.gaps and self.gaps[0] < oldest:
            self.gaps = [g for g in self.gaps if g >= oldest]

    def mark_gap(self) -> None:
        """Remember that sound is missing before the next column."""
        if not self.gaps or self.gaps[-1] != self.total:
            self.gaps.append(self.total)

    def columns(self, indices: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return columns by absolute index, shape ``(n, bands)``; silence where unknown."""
        found = self._values[indices % self.capacity]
        lost = (indices < max(0, self.total - self.capacity)) | (indices >= self.total)
        if lost.any():
            found[lost] = SILENT_DB
        return found

    def at(self, seconds: float, band: int) -> float | None:
        """Return the dB of a band at a time (negative: past), ``None`` where nothing is known."""
        index = self.total - 1 - math.floor(-seconds / self.hop_s)
        if not (max(0, self.total - self.capacity) <= index < self.total):
            return None
        return float(self._values[index % self.capacity, band])


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of the plot that is visible, and on how many device pixels."""

    width: int
    height: int
    x0: float
    x1: float
    y0: float
    y1: float


class SpectrogramPicture:
    """The visible part of a ring as a pixmap; repainted wholly only when something else changed."""

    def __init__(self, ring: ColumnRing) -> None:
        self._ring = ring
        self._lut = np.zeros(256, dtype=np.uint32)
        self._floor, self._ceiling, self._empty = -80.0, 0.0, 0
        self._frame: Frame | None = None
        self._pixmap: QPixmap | None = None
        self._edge = 0  # absolute pixel right of the last one painted
        self._low = self._high = np.zeros(0, dtype=np.intp)
        self._share = np.zeros(0, dtype=np.float32)

    def set_colours(
        self, lut: NDArray[np.uint32], floor: float, ceiling: float, empty: int | None = None
    ) -> None:
        """Set the palette.

        Parameters
        ----------
        lut
            256 words ``0xffRRGGBB``.
        floor, ceiling
            The dB of its two ends.
        empty
            The word of the time before the first column; ``None`` is the darkest of the palette.
        """
        self._lut, self._floor, self._ceiling = lut, floor, max(ceiling, floor + 1.0)
        self._empty = int(lut[0]) if empty is None else empty
        self._pixmap = None

    def forget(self) -> None:
        """Paint everything anew next time."""
        self._pixmap = None

    def pixmap(self, frame: Frame) -> QPixmap:
        """Return the picture of ``frame``, up to date with the ring."""
        if frame != self._frame:
            self._frame = frame
            self._pixmap = None
            self._set_rows(frame)
        edge = self._edge_now(frame)
        if self._pixmap is None or not 0 <= edge - self._edge < frame.width:
            self._edge = edge
            self._pixmap = self._paint_all(frame)
        elif edge > self._edge:
            self._scroll(frame, edge)
        return self._pixmap

    def moved(self, frame: Frame) -> bool:
        """Whether :meth:`pixmap` would differ from what it returned last."""
        if frame != self._frame or self._pixmap is None:
            return True
        return self._edge_now(frame) != self._edge

    def _scale(self, frame: Frame) -> float:
        """Device pixels per column."""
        return frame.width / max(frame.x1 - frame.x0, 1e-6) * self._ring.hop_s

    def _edge_now(self, frame: Frame) -> int:
        shift = round(-frame.x1 / self._ring.hop_s * self._scale(frame))
        return math.floor(self._ring.total * self._scale(frame)) - shift

    def _set_rows(self, frame: Frame) -> None:
        rows = (np.arange(frame.height) + 0.5) / frame.height
        place = frame.y1 - rows * (frame.y1 - frame.y0) - 0.5
        place = np.clip(place, 0, self._ring.n_bands - 1)
        self._low = np.floor(place).astype(np.intp)
        self._high = np.minimum(self._low + 1, self._ring.n_bands - 1)
        self._share = (place - self._low).astype(np.float32)

    def _indices(self, frame: Frame, start: int, stop: int) -> NDArray[np.intp]:
        """Return which column each absolute pixel ``start..stop`` shows."""
        centres = (np.arange(start, stop) + 0.5) / self._scale(frame)
        return np.floor(centres).astype(np.intp)

    def _words(self, frame: Frame, start: int, stop: int) -> NDArray[np.uint32]:
        """Return the colours of absolute pixels, shape ``(height, stop - start)``."""
        pixels = self._indices(frame, start, stop)
        first = int(pixels[0])
        shown = np.arange(first, int(pixels[-1]) + 1, dtype=np.intp)
        values = self._ring.columns(shown)
        values -= self._floor
        values *= 255.0 / (self._ceiling - self._floor)
        np.clip(values, 0.0, 255.0, out=values)
        low = values[:, self._low]
        low += (values[:, self._high] - low) * self._share
        index = (low + 0.5).astype(np.uint8)
        words = self._lut[np.ascontiguousarray(index[pixels - first].T)]
        if first < 0:
            words[:, pixels < 0] = self._empty
        return words

    def _draw(self, painter: QPainter, x: int, words: NDArray[np.uint32]) -> None:
        height, width = words.shape
        image = QImage(words.data, width, height, 4 * width, QImage.Format.Format_RGB32)
        painter.drawImage(QPoint(x, 0), image)

    def _paint_all(self, frame: Frame) -> QPixmap:
        words = self._words(frame, self._edge - frame.width, self._edge)
        image = QImage(
            words.data, frame.width, frame.height, 4 * frame.width, QImage.Format.Format_RGB32
        )
        return QPixmap.fromImage(image.copy())

    def _scroll(self, frame: Frame, edge: int) -> None:
        assert self._pixmap is not None  # noqa: S101 - the caller looked
        step = edge - self._edge
        self._pixmap.scroll(-step, 0, self._pixmap.rect())
        painter = QPainter(self._pixmap)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        self._draw(painter, frame.width - step, self._words(frame, self._edge, edge))
        painter.end()
        self._edge = edge
