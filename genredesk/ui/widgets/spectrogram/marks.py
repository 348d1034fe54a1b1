"""What is drawn on and around the picture of a timeline: ribbon, axes, legend, plates.

Plain functions of a painter and a place, shared by the window and by pictures that are saved.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import islice, takewhile

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen

from genredesk.inference.stretches import Stretch
from genredesk.ui.look import theme
from genredesk.ui.widgets.base import number
from genredesk.ui.widgets.charts.ribbon import paint_segment
from genredesk.ui.widgets.charts.ribbon_segments import merged

_LEGEND_DB = 20

MIDDLE = Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight
LEFT = Qt.AlignmentFlag.AlignLeft


def paint_ribbon(
    painter: QPainter, box: QRectF, stretches: Sequence[Stretch], left: float, right: float
) -> None:
    """Draw the stretches between two times over the width of ``box``, leaves as their parents."""
    per_second = box.width() / max(right - left, 1e-9)
    begin = max(0, bisect_right(stretches, left, key=lambda one: one.start) - 1)
    drawn = box.left() - 1.0
    seen = takewhile(lambda one: one.start < right, islice(stretches, begin, None))
    for one in merged(seen):
        x0 = max(box.left(), box.left() + (one.start - left) * per_second)
        x1 = min(box.right(), box.left() + (one.end - left) * per_second)
        if x1 - drawn < 1.0:  # of many in one pixel the first is seen
            continue
        gap = 1.0 if x1 - x0 > 3 else 0.0
        part = QRectF(x0, box.top(), max(1.0, x1 - x0 - gap), box.height())
        paint_segment(painter, part, one.state, one.named)
        drawn = x1


def paint_time_axis(
    painter: QPainter, box: QRectF, ticks: Sequence[tuple[float, str]], left: float, right: float
) -> None:
    """Write the times below the picture, those at the ends moved inwards until they fit."""
    metrics = QFontMetricsF(painter.font())
    per_second = box.width() / max(right - left, 1e-9)
    painter.setPen(QColor(theme.current().quiet))
    edge = box.left() - 1e9
    for at, text in ticks:
        x = box.left() + (at - left) * per_second
        wide = metrics.horizontalAdvance(text)
        x0 = min(max(x - wide / 2, box.left()), box.right() - wide)
        if not box.left() - 1 <= x <= box.right() + 1 or x0 < edge + 6:
            continue
        painter.drawText(QRectF(x0, box.top(), wide + 2, box.height()), LEFT | MIDDLE, text)
        edge = x0 + wide


def paint_frequency_axis(
    painter: QPainter, box: QRectF, ticks: Sequence[tuple[float, str]], low: float, high: float
) -> None:
    """Write the frequencies left of the picture, of which ``low`` to ``high`` are seen."""
    metrics = QFontMetricsF(painter.font())
    painter.setPen(QColor(theme.current().quiet))
    for place, text in ticks:
        y = box.bottom() - (place - low) / max(high - low, 1e-9) * box.height()
        line = QRectF(box.left(), y - metrics.height() / 2, box.width() - 7, metrics.height())
        painter.drawText(line, RIGHT | MIDDLE, text)


def paint_legend(
    painter: QPainter, box: QRectF, palette: NDArray[np.uint32], floor: float, ceiling: float
) -> None:
    """Draw which color is how many decibels, the loudest on top."""
    bar = QRectF(box.left(), box.top(), theme.px(8), box.height())
    column = np.ascontiguousarray(palette[::-1, None])
    image = QImage(column.data, 1, len(column), 4, QImage.Format.Format_RGB32)
    painter.drawImage(bar, image)
    metrics = QFontMetricsF(painter.font())
    painter.setPen(QColor(theme.current().quiet))
    span = max(ceiling - floor, 1.0)
    step = _LEGEND_DB
    while box.height() / (span / step) < 1.4 * metrics.height() and step < span:
        step *= 2
    first = int(np.ceil(floor / step))
    marks = [step * i for i in range(first, int(np.floor(ceiling / step)) + 1)]
    for level in marks:
        y = bar.bottom() - (level - floor) / span * bar.height()
        y = min(max(y, bar.top() + metrics.height() / 2), bar.bottom() - metrics.height() / 2)
        unit = " dB" if level == marks[-1] else ""
        line = QRectF(bar.right() + 5, y - metrics.height() / 2, 200, metrics.height())
        painter.drawText(line, LEFT | MIDDLE, number(level) + unit)


def legend_width(painter_font_metrics: QFontMetricsF) -> float:
    """Return the room the legend takes."""
    return theme.px(8) + 7 + painter_font_metrics.horizontalAdvance("−100 dB")


def plate(painter: QPainter, corner: QPointF, text: str) -> QRectF:
    """Draw words on a dark plate, legible over any color; return the plate."""
    metrics = QFontMetricsF(painter.font())
    lines = text.split("\n")
    wide = max(metrics.horizontalAdvance(line) for line in lines)
    box = QRectF(corner.x(), corner.y(), wide + 12, metrics.height() * len(lines) + 6)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(8, 9, 12, 205))
    painter.drawRoundedRect(box, 4, 4)
    painter.restore()
    painter.setPen(QColor("#FFFFFF"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    return box


def paint_gaps(
    painter: QPainter,
    box: QRectF,
    gaps: Sequence[float],
    left: float,
    right: float,
    *,
    text: str,
) -> None:
    """Mark where sound is missing."""
    per_second = box.width() / max(right - left, 1e-9)
    last = box.left() - 1e9
    for gap in gaps:
        x = round(box.left() + (gap - left) * per_second)
        if not box.left() <= x < box.right() or x - last < theme.px(48):
            continue
        painter.fillRect(QRectF(x - 1, box.top(), 3, box.height()), QColor("#0B0D10"))
        painter.fillRect(QRectF(x, box.top(), 1, box.height()), QColor("#FFFFFF"))
        plate(painter, QPointF(x + 5, box.bottom() - theme.px(26)), text)
        last = x


def dashed_box(painter: QPainter, box: QRectF) -> None:
    """Draw light and dark dashes in turn: seen over bright sound and on an empty light ground."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for offset, tone in ((0, QColor(255, 255, 255, 200)), (4, QColor(8, 9, 12, 110))):
        pen = QPen(tone, 1)
        pen.setDashPattern([4, 4])
        pen.setDashOffset(offset)
        painter.setPen(pen)
        painter.drawRect(box)


def paint_playhead(painter: QPainter, x: float, top: float, bottom: float) -> None:
    """Draw where the file is heard, with a dark edge so that it shows over bright sound."""
    line = QRect(round(x) - 1, round(top), 3, round(bottom - top))  # whole pixels are fast
    painter.fillRect(line, QColor(8, 9, 12, 150))
    painter.fillRect(line.adjusted(1, 0, -1, 0), QColor("#FFFFFF"))
