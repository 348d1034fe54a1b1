"""The reliability diagram: of the answers with this score, how many were right."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip

from genredesk.core.shares import percent
from genredesk.ui.look import theme
from genredesk.ui.look.text import tr
from genredesk.ui.widgets.base import Sized, Themed, filled, smooth


class ReliabilityDiagram(Sized, Themed):
    """Bars of accuracy over bins of score; the line is perfect calibration."""

    wanted = (240, 220)
    least = (160, 150)

    def __init__(self) -> None:
        super().__init__()
        self._edges: list[float] = []
        self._count: list[int] = []
        self._confidence: list[float] = []
        self._accuracy: list[float] = []
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Reliability diagram"))

    def set_bins(
        self,
        edges: Sequence[float],
        count: Sequence[int],
        confidence: Sequence[float],
        accuracy: Sequence[float],
    ) -> None:
        """Show bins: their edges, how many answers, their mean score, the share right."""
        self._edges, self._count = list(edges), list(count)
        self._confidence, self._accuracy = list(confidence), list(accuracy)
        said = [self.sentence(i) for i, n in enumerate(self._count) if n]
        self.setAccessibleDescription("; ".join(said))
        self.update()

    def sentence(self, i: int) -> str:
        """Return what a bar says."""
        return tr("%Ln window(s) with a score around {0}: {1} correct", "", self._count[i]).format(
            percent(self._confidence[i]), percent(self._accuracy[i])
        )

    def _box(self) -> QRectF:
        left, foot = theme.px(34), theme.px(34)
        size = min(self.width() - left - theme.px(12), self.height() - foot - 6)
        return QRectF(left, 6, max(10, size), max(10, size))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = smooth(self)
        tokens = theme.current()
        box = self._box()
        filled(painter, box, 4, tokens.control)
        for i, n in enumerate(self._count):
            if not n:
                continue
            x = box.left() + self._edges[i] * box.width()
            wide = (self._edges[i + 1] - self._edges[i]) * box.width()
            high = self._accuracy[i] * box.height()
            # a bin of few answers says little and is drawn faintly
            strength = 0.35 + 0.65 * min(1.0, n / 30)
            bar = QRectF(x + 1, box.bottom() - high, wide - 2, high)
            painter.fillRect(bar, theme.blend(tokens.accent, tokens.control, strength))
        painter.setPen(QPen(QColor(tokens.warning), 1.5, Qt.PenStyle.DashLine))
        painter.drawLine(box.bottomLeft(), box.topRight())
        painter.setPen(QColor(tokens.quiet))
        painter.setFont(theme.font(11))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for value in (0.0, 0.5, 1.0):
            y = box.bottom() - value * box.height()
            row = QRectF(0, y - 8, box.left() - 5, 16)
            painter.drawText(row, right, str(round(100 * value)))
            x = box.left() + value * box.width()
            below = QRectF(x - 16, box.bottom() + 2, 32, theme.px(14))
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, str(round(100 * value)))
        under = QRectF(0, box.bottom() + theme.px(15), self.width(), theme.px(16))
        words = self.tr("score % → share correct %")
        painter.drawText(under, Qt.AlignmentFlag.AlignCenter, words)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say what the bar under the pointer means."""
        i = self._at(event.position())
        text = self.sentence(i) if i is not None else ""
        QToolTip.showText(event.globalPosition().toPoint(), text, self)

    def _at(self, place: QPointF) -> int | None:
        box = self._box()
        if not box.contains(place) or not self._count:
            return None
        share = (place.x() - box.left()) / box.width()
        inside = (
            i for i, n in enumerate(self._count) if n and share < self._edges[i + 1]
        )  # bins are in order
        return next((i for i in inside if share >= self._edges[i]), None)
