"""The pixels of the timeline: a strip of the picture that is scrolled, not painted anew.

Pixels have absolute numbers along time, ``floor(time / seconds per pixel)``. The strip keeps one
width of them in a ring, so a step in time costs the columns that came into sight and nothing else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from genredesk.features.pyramid import HIGHEST_DB, LOWEST_DB, STEP_DB, UNKNOWN, Pyramid

Words = NDArray[np.uint32]
Bytes = NDArray[np.uint8]

_WHOLE = 256
"""Steps between two rows; 255 times as many are just held by 16 bits."""
_BAND = 32
"""Lines of pixels that are made at once: what is between stays in the processor's cache."""


@dataclass(frozen=True, slots=True)
class StripView:
    """What a strip shows, all but where it is in time.

    Parameters
    ----------
    width, height
        Device pixels.
    seconds_per_pixel
        Of time.
    low, high
        The rows that are seen, counted from the lowest; the middle of row ``k`` is ``k + 0.5``.
    """

    width: int
    height: int
    seconds_per_pixel: float
    low: float
    high: float


def lookup(palette: Words, floor_db: float, ceiling_db: float, empty: int) -> Words:
    """Return the color word of each byte of a pyramid.

    Parameters
    ----------
    palette
        256 words ``0xffRRGGBB`` from quiet to loud.
    floor_db, ceiling_db
        The decibels of its two ends.
    empty
        The word where nothing is known.
    """
    levels = LOWEST_DB + np.arange(-1, 255) * STEP_DB
    share = (levels - floor_db) / max(ceiling_db - floor_db, 1.0)
    words = palette[np.clip(np.round(share * 255), 0, 255).astype(np.intp)].copy()
    words[UNKNOWN] = empty
    assert levels[-1] <= HIGHEST_DB + STEP_DB  # noqa: S101
    return words


class PixelStrip:
    """The visible part of a pyramid as pixels."""

    def __init__(self) -> None:
        self._words: Words = np.zeros(256, np.uint32)
        self._pyramid: Pyramid | None = None
        self._view: StripView | None = None
        self._pixels: Words = np.zeros((1, 1), np.uint32)
        self._first = self._stop = 0  # absolute pixels that are painted
        self._final = 0  # before this pixel nothing more will come
        self._changes = -1
        self._low = self._high = np.zeros(0, np.intp)
        self._share = np.zeros((0, 1), np.uint16)

    def set_colours(self, words: Words) -> None:
        """Take another :func:`lookup`."""
        self._words = words
        self.forget()

    def forget(self) -> None:
        """Paint everything anew next time."""
        self._first = self._stop = 0

    def show(self, pyramid: Pyramid, view: StripView, first: int) -> int:
        """Bring the pixels from ``first`` on up to date; return how many columns were painted."""
        if pyramid is not self._pyramid or view != self._view:
            self._use(pyramid, view)
        if pyramid.changes != self._changes:
            self._stop = min(self._stop, max(self._final, self._first))
            self._changes = pyramid.changes
        stop = first + view.width
        painted = 0
        if not self._first <= first <= self._stop and not self._first <= stop <= self._stop:
            self._first = self._stop = first
        if first < self._first:
            painted += self._paint(pyramid, first, min(self._first, stop))
            self._stop = min(max(self._stop, self._first), stop)
            self._first = first
        if stop > self._stop:
            painted += self._paint(pyramid, max(self._stop, first), stop)
            self._stop = stop
        self._first = max(self._first, first)
        self._stop = min(self._stop, stop)
        self._final = self._known(pyramid, view)
        return painted

    def _use(self, pyramid: Pyramid, view: StripView) -> None:
        old = self._view
        if old is None or (old.width, old.height) != (view.width, view.height):
            self._pixels = np.zeros((view.height, view.width), np.uint32)
        rows = (np.arange(view.height) + 0.5) / view.height
        place = np.clip(view.high - rows * (view.high - view.low) - 0.5, 0, pyramid.n_rows - 1)
        self._low = np.floor(place).astype(np.intp)
        self._high = np.minimum(self._low + 1, pyramid.n_rows - 1)
        self._share = np.round((place - self._low) * _WHOLE).astype(np.uint16)[:, None]
        self._pyramid, self._view = pyramid, view
        self.forget()

    @staticmethod
    def _known(pyramid: Pyramid, view: StripView) -> int:
        """Return the first pixel whose column, at the level it is drawn from, may still change."""
        wide = pyramid.hop_s * (1 << pyramid.level_for(view.seconds_per_pixel))
        whole = math.floor((pyramid.end_s - pyramid.start_s) / wide) * wide
        return math.floor((pyramid.start_s + whole) / view.seconds_per_pixel)

    def _paint(self, pyramid: Pyramid, first: int, stop: int) -> int:
        view = self._view
        if stop <= first or view is None:
            return 0
        times = (np.arange(first, stop) + 0.5) * view.seconds_per_pixel
        columns = pyramid.columns(times, pyramid.level_for(view.seconds_per_pixel))
        rows = np.ascontiguousarray(columns.T)
        place = first % view.width
        head = min(stop - first, view.width - place)
        for at in range(0, view.height, _BAND):
            band = slice(at, at + _BAND)
            words = self._words[self._between(rows, band)]
            self._pixels[band, place : place + head] = words[:, :head]
            self._pixels[band, : stop - first - head] = words[:, head:]
        return stop - first

    def _between(self, rows: Bytes, band: slice) -> NDArray[np.uint16]:
        """Return the levels of some lines of pixels: between two rows, by their distance."""
        levels = rows[self._low[band]].astype(np.uint16)
        above = rows[self._high[band]].astype(np.uint16)
        levels *= _WHOLE - self._share[band]
        above *= self._share[band]
        levels += above
        levels += _WHOLE // 2
        levels //= _WHOLE
        return levels

    def draw(self, painter: QPainter, box: QRectF) -> None:
        """Copy what :meth:`show` made into ``box``, which has its size."""
        view = self._view
        if view is None:
            return
        image = QImage(
            self._pixels.data,
            view.width,
            view.height,
            4 * view.width,
            QImage.Format.Format_RGB32,
        )
        seam = self._first % view.width
        ratio = box.width() / view.width
        right = (view.width - seam) * ratio
        painter.drawImage(
            QRectF(box.left(), box.top(), right, box.height()),
            image,
            QRectF(seam, 0, view.width - seam, view.height),
        )
        if seam:
            painter.drawImage(
                QRectF(box.left() + right, box.top(), box.width() - right, box.height()),
                image,
                QRectF(0, 0, seam, view.height),
            )

    def words(self) -> Words:
        """Return the pixels in the order of time, ``(height, width)``."""
        view = self._view
        return np.roll(self._pixels, -(self._first % view.width), axis=1) if view else self._pixels
