"""The spectrogram inside a pyqtgraph plot: axes in Hz and seconds, zoom, marks and read-out.

Imported late by :mod:`spectrogram`, because importing pyqtgraph takes 0.2 s.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from genredesk.ui.look import theme
from genredesk.ui.widgets.base import number
from genredesk.ui.widgets.spectrogram.picture import ColumnRing, Frame, SpectrogramPicture

pg.setConfigOptions(antialias=False, useOpenGL=False)

_HZ_TICKS = (50, 100, 200, 500, 1000, 2000, 4000, 8000, 16000)
_MIN_TICK_PX = 19


class PictureItem(pg.GraphicsObject):
    """Draws a :class:`SpectrogramPicture` pixel by pixel, with window frame and gap marks."""

    def __init__(self, ring: ColumnRing, box: pg.ViewBox) -> None:
        super().__init__()
        self._box = box
        self.ring = ring
        self.picture = SpectrogramPicture(ring)
        self.window_s = 0.0
        self.window_text = ""
        self.gap_text = ""

    def boundingRect(self) -> QRectF:
        """Everything that is kept."""
        return QRectF(-self.ring.span_s, 0.0, self.ring.span_s, self.ring.n_bands)

    def _seen(self) -> tuple[QRectF, QRectF]:
        """Return the visible part in plot coordinates and in logical pixels of the viewport."""
        self._box.childTransform()  # pyqtgraph puts off computing it until somebody asks
        seen = self._box.viewRect().intersected(self.boundingRect())
        return seen, self.sceneTransform().mapRect(seen)

    def place(self) -> QRectF:
        """Return where the visible part lies, in logical pixels of the viewport."""
        return self._seen()[1]

    def frame(self, ratio: float) -> Frame:
        """Return the visible part and its size in device pixels."""
        seen, place = self._seen()
        return Frame(
            width=max(1, round(place.right() * ratio) - round(place.left() * ratio)),
            height=max(1, round(place.bottom() * ratio) - round(place.top() * ratio)),
            x0=seen.left(),
            x1=seen.right(),
            y0=seen.top(),
            y1=seen.bottom(),
        )

    def paint(self, painter: QPainter, option: Any, widget: QWidget | None = None) -> None:  # noqa: ARG002
        """Copy the picture and draw the marks."""
        ratio = painter.device().devicePixelRatioF()
        frame = self.frame(ratio)
        place = self.place()
        pixmap = self.picture.pixmap(frame)
        pixmap.setDevicePixelRatio(ratio)
        painter.save()
        painter.resetTransform()
        left, top = round(place.left() * ratio) / ratio, round(place.top() * ratio) / ratio
        painter.drawPixmap(QPointF(left, top), pixmap)
        pixmap.setDevicePixelRatio(1.0)
        self._paint_marks(painter, place, frame)
        painter.restore()

    def _paint_marks(self, painter: QPainter, place: QRectF, frame: Frame) -> None:
        per_second = place.width() / max(frame.x1 - frame.x0, 1e-6)
        painter.setFont(theme.font(11))
        for gap in self.ring.gaps:
            ago = (gap - self.ring.total) * self.ring.hop_s
            if frame.x0 <= ago < frame.x1:
                x = round(place.left() + (ago - frame.x0) * per_second)
                painter.fillRect(QRectF(x - 1, place.top(), 3, place.height()), QColor("#0B0D10"))
                painter.fillRect(QRectF(x, place.top(), 1, place.height()), QColor("#FFFFFF"))
                plate(painter, QPointF(x + 5, place.bottom() - theme.px(22)), self.gap_text)
        if self.window_s > 0 and -self.window_s < frame.x1:
            x = place.left() + (max(-self.window_s, frame.x0) - frame.x0) * per_second
            box = QRectF(round(x) + 0.5, place.top() + 0.5, 0, place.height() - 1)
            box.setRight(round(place.right()) - 0.5)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            # Light and dark dashes in turn: over bright sound and on an empty light ground, too.
            for offset, tone in ((0, QColor(255, 255, 255, 200)), (4, QColor(8, 9, 12, 110))):
                pen = QPen(tone, 1)
                pen.setDashPattern([4, 4])
                pen.setDashOffset(offset)
                painter.setPen(pen)
                painter.drawRect(box)
            plate(painter, box.topLeft() + QPointF(5, 5), self.window_text)


def plate(painter: QPainter, corner: QPointF, text: str) -> QRectF:
    """Draw words on a dark plate, legible over any colour; returns the plate."""
    metrics = QFontMetricsF(painter.font())
    box = QRectF(corner.x(), corner.y(), metrics.horizontalAdvance(text) + 12, metrics.height() + 4)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(8, 9, 12, 190))
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(QColor("#FFFFFF"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    return box


class _Axis(pg.AxisItem):
    """An axis of words without lines."""

    def __init__(self, side: str) -> None:
        super().__init__(side, maxTickLength=0)
        self.setStyle(tickTextOffset=7, autoExpandTextSpace=False, hideOverlappingLabels=48)
        self.retheme()

    def retheme(self) -> None:
        """Take tone and type of the theme."""
        self.setPen(pg.mkPen(None))
        self.setTextPen(theme.current().quiet)
        self._font = theme.font(11)
        self.setTickFont(self._font)
        if self.orientation == "left":
            self.setWidth(theme.px(54))
        else:
            self.setHeight(theme.px(28))

    def drawPicture(
        self,
        p: QPainter,
        axisSpec: Any,  # noqa: ARG002 - pyqtgraph's signature
        tickSpecs: Any,  # noqa: ARG002
        textSpecs: Any,
    ) -> None:
        """Draw the words alone, those at the ends moved inwards until they fit."""
        p.setFont(self._font)
        p.setPen(self.textPen())
        for rect, flags, text in textSpecs:
            box = QRectF(rect)
            if self.orientation == "bottom":
                box.moveLeft(min(max(box.left(), 0.0), self.size().width() - box.width()))
            p.drawText(box, int(flags), text)


class HzAxis(_Axis):
    """Frequencies at the places of their bands."""

    def __init__(self) -> None:
        super().__init__("left")
        self._frequencies = np.zeros(1)

    def set_frequencies(self, frequencies: NDArray[np.floating]) -> None:
        """Set the centre of each band in Hz, rising."""
        self._frequencies = np.asarray(frequencies, dtype=np.float64)
        self.picture = None
        self.update()

    def place_of(self, hz: float) -> float:
        """Return where a frequency is, in bands."""
        bands = np.arange(len(self._frequencies)) + 0.5
        return float(np.interp(hz, self._frequencies, bands))

    def tickValues(
        self, minVal: float, maxVal: float, size: float
    ) -> list[tuple[float, list[float]]]:
        """Return the places of the round frequencies that have room."""
        per_band = size / max(maxVal - minVal, 1e-6)
        room = theme.px(_MIN_TICK_PX) / max(per_band, 1e-6)
        low, high = self._frequencies[0], self._frequencies[-1]
        chosen: list[float] = []
        order = (1000, 100, 4000, 500, 8000, 2000, 200, 16000, 50)
        for hz in order:
            place = self.place_of(hz)
            inside = low <= hz <= high and minVal + room / 4 <= place <= maxVal - room / 4
            if inside and all(abs(place - other) >= room for other in chosen):
                chosen.append(place)
        return [(1.0, sorted(chosen))]

    def tickStrings(
        self,
        values: Sequence[float],
        scale: float,  # noqa: ARG002 - pyqtgraph's signature
        spacing: float,  # noqa: ARG002
    ) -> list[str]:
        """Write them: ``500 Hz``, ``4 kHz``."""
        places = {round(self.place_of(hz), 3): hz for hz in _HZ_TICKS}
        found = [places.get(round(v, 3), 0) for v in values]
        return [f"{hz // 1000} kHz" if hz >= 1000 else f"{hz} Hz" for hz in found]


class TimeAxis(_Axis):
    """Seconds before now."""

    def __init__(self, now: str) -> None:
        super().__init__("bottom")
        self._now = now

    def tickValues(
        self, minVal: float, maxVal: float, size: float
    ) -> list[tuple[float, list[float]]]:
        """Return round seconds that have room."""
        span = max(maxVal - minVal, 1e-6)
        room = theme.px(110) * span / max(size, 1)
        step = next((s for s in (0.1, 0.2, 0.5, 1, 2, 3, 6, 12) if s >= room), 12)
        first = int(np.ceil(minVal / step - 1e-3))
        last = int(np.floor(maxVal / step + 1e-3))
        inner = 1e-6 * span  # the first may not lie outside by a rounding error
        return [(step, [max(i * step, minVal + inner) for i in range(first, last + 1)])]

    def tickStrings(
        self,
        values: Sequence[float],
        scale: float,  # noqa: ARG002 - pyqtgraph's signature
        spacing: float,
    ) -> list[str]:
        """Write them: ``−6 s``, ``now``."""
        digits = 0 if spacing >= 1 else 1
        return [self._now if abs(v) < 1e-3 else f"{number(v, digits)} s" for v in values]


class SpectrogramPlot(pg.PlotWidget):
    """The plot: picture item, axes, wheel zoom within the limits, double click for all of it."""

    pointed = Signal(object)

    def __init__(self, ring: ColumnRing, now: str, parent: QWidget | None = None) -> None:
        self.hz_axis = HzAxis()
        self.time_axis = TimeAxis(now)
        super().__init__(
            parent=parent,
            axisItems={"left": self.hz_axis, "bottom": self.time_axis},
            enableMenu=False,
        )
        self.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self.setMouseTracking(True)
        plot: Any = self.plotItem
        plot.hideButtons()
        plot.setContentsMargins(0, 0, 0, 0)
        self.box: pg.ViewBox = plot.vb
        self.box.setDefaultPadding(0)
        self.item = PictureItem(ring, self.box)
        self.box.addItem(self.item)
        self.set_ring(ring)
        self.retheme()

    def set_ring(self, ring: ColumnRing) -> None:
        """Show another ring."""
        self.item.prepareGeometryChange()
        self.item.ring = ring
        self.item.picture = SpectrogramPicture(ring)
        span, bands = ring.span_s, ring.n_bands
        self.box.setLimits(
            xMin=-span, xMax=0, yMin=0, yMax=bands,
            minXRange=min(0.5, span), minYRange=min(8, bands),
        )  # fmt: skip
        self.show_all()

    def show_all(self) -> None:
        """Undo any zoom."""
        ring = self.item.ring
        self.box.setRange(xRange=(-ring.span_s, 0), yRange=(0, ring.n_bands), padding=0)

    def retheme(self) -> None:
        """Take the tones of the theme."""
        self.setBackground(theme.current().card)
        self.hz_axis.retheme()
        self.time_axis.retheme()

    def refresh(self) -> None:
        """Repaint the picture if it moved."""
        if self.item.picture.moved(self.item.frame(self.devicePixelRatioF())):
            self.viewport().update(self.item.place().toAlignedRect())

    def mouseMoveEvent(self, ev: QMouseEvent) -> None:
        """Tell where the pointer is: ``(seconds, band)``, or ``None`` beside the picture."""
        super().mouseMoveEvent(ev)
        self.pointed.emit(self.plot_position(ev.position()))

    def leaveEvent(self, ev: QEvent) -> None:
        """The pointer is gone."""
        super().leaveEvent(ev)
        self.pointed.emit(None)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show everything again."""
        super().mouseDoubleClickEvent(event)
        self.show_all()

    def plot_position(self, position: QPointF) -> tuple[float, float] | None:
        """Return ``(seconds, band)`` at a pixel of the viewport, ``None`` beside the picture."""
        point = self.box.mapSceneToView(self.mapToScene(position.toPoint()))
        if not self.item.boundingRect().contains(point) or not self.box.viewRect().contains(point):
            return None
        return point.x(), point.y()
